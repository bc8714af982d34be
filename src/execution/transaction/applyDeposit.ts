import { emptyAccount } from '../state/account.ts'
import { floorGas, intrinsicGas, isInitCodeTooLarge } from './intrinsicGas.ts'
import type { DepositedTransaction } from './transaction.ts'
import {
  runMessage,
  settleGas,
  type TransitionContext,
  type TransitionResult,
} from './transition.ts'

/** What a deposit did, and the sender's nonce before it. */
export interface DepositTransitionResult extends TransitionResult {
  readonly nonce: bigint
}

/**
 * Runs a deposit. It cannot be refused: what it minted stays and the sender's nonce rises, whatever becomes of the
 * rest. It pays for nothing here, as its gas was bought on L1.
 *
 * @see https://specs.optimism.io/protocol/deposits.html#execution
 */
export async function applyDeposit(
  context: TransitionContext,
  deposit: DepositedTransaction,
): Promise<DepositTransitionResult> {
  const { state, rules } = context
  const { from, gas } = deposit
  const reportsActualGas = rules.isActive('regolith')
  const { nonce } = state.account(from) ?? emptyAccount
  state.addBalance(from, deposit.mint)
  raiseNonce(context, deposit)

  const obstacle = obstacleTo(context, deposit)
  if (obstacle !== undefined) {
    return {
      succeeded: false,
      gasUsed: reportsActualGas || !deposit.isSystemTransaction ? gas : 0n,
      logs: [],
      returnValue: new Uint8Array(0),
      failure: obstacle,
      nonce,
    }
  }
  const intrinsic = intrinsicGas({ ...deposit, ...noLists }, rules)
  const result = await runMessage(context, {
    caller: from,
    to: deposit.to,
    value: deposit.value,
    data: deposit.data,
    gasLimit: gas - intrinsic,
    gasPrice: 0n,
    warm: [],
  })
  for (const address of result.destroyed) state.deleteAccount(address)
  const metered = settleGas(
    intrinsic + result.gasUsed,
    result.gasRefund,
    floorGas(deposit.data, rules),
  )
  return {
    succeeded: result.failure === undefined,
    gasUsed: reportsActualGas ? metered : deposit.isSystemTransaction ? 0n : gas,
    logs: result.logs,
    returnValue: result.returnValue,
    failure: result.failure,
    nonce,
  }
}

/** Why the deposit cannot run at all, where it cannot. */
function obstacleTo(
  { state, rules }: TransitionContext,
  deposit: DepositedTransaction,
): string | undefined {
  if (deposit.isSystemTransaction && rules.isActive('regolith')) {
    return 'system transactions ended with Regolith'
  }
  if (deposit.gas < intrinsicGas({ ...deposit, ...noLists }, rules))
    return 'gas below intrinsic gas'
  if (deposit.gas < floorGas(deposit.data, rules)) return 'gas below the floor for its data'
  if (isInitCodeTooLarge(deposit, rules)) return 'init code too large'
  if ((state.account(deposit.from)?.balance ?? 0n) < deposit.value) return 'insufficient balance'
  return undefined
}

function raiseNonce({ state }: TransitionContext, { from }: DepositedTransaction): void {
  const account = state.account(from) ?? emptyAccount
  state.setAccount(from, { ...account, nonce: account.nonce + 1n })
}

const noLists = { accessList: [], authorizations: [] }
