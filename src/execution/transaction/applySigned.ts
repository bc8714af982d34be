import { predeploys } from '../../chain/addresses.ts'
import type { SignedTransaction } from '../../protocol/signedTransaction.ts'
import type { FeeParameters } from '../fees/feeParameters.ts'
import { l1Fee } from '../fees/l1Fee.ts'
import { operatorFee } from '../fees/operatorFee.ts'
import { emptyAccount } from '../state/account.ts'
import { applyAuthorizations } from './authorizations.ts'
import { floorGas, intrinsicGas } from './intrinsicGas.ts'
import {
  runMessage,
  settleGas,
  type TransitionContext,
  type TransitionResult,
} from './transition.ts'
import { assertSender, effectiveGasPrice, maxCost } from './validity.ts'

/** What a signed transaction did, and what was paid for it. */
export interface SignedTransitionResult extends TransitionResult {
  /** Wei per gas. */
  readonly effectiveGasPrice: bigint
  /** Wei. */
  readonly l1Fee: bigint
  readonly operatorFee: bigint
  /** To the fee recipient. */
  readonly tip: bigint
}

/**
 * Runs a well-formed signed transaction: buys gas, runs the message, pays fees out.
 *
 * @throws {TransactionInvalidError} leaving the state as it was.
 * @see https://specs.optimism.io/protocol/exec-engine.html#fees
 */
export async function applySigned(
  context: TransitionContext,
  parameters: FeeParameters,
  transaction: SignedTransaction,
): Promise<SignedTransitionResult> {
  const { state, rules, block } = context
  const { sender, gasLimit } = transaction
  const price = effectiveGasPrice(transaction, block.baseFee)
  const account = state.account(sender) ?? emptyAccount
  assertSender(
    transaction,
    account,
    () => state.code(sender),
    maxCost(transaction, parameters, rules),
  )

  const dataFee = l1Fee(transaction.raw, parameters, rules)
  const prepaid = gasLimit * price + operatorFee(gasLimit, parameters, rules)
  state.setAccount(sender, {
    ...account,
    balance: account.balance - prepaid - dataFee,
    nonce: account.nonce + 1n,
  })
  const authorized = applyAuthorizations(state, context.chainId, transaction.authorizations)
  const intrinsic = intrinsicGas(transaction, rules)
  const result = await runMessage(context, {
    caller: sender,
    to: transaction.to,
    value: transaction.value,
    data: transaction.data,
    gasLimit: gasLimit - intrinsic,
    gasPrice: price,
    warm: [
      ...transaction.accessList,
      ...authorized.warm.map((address) => ({ address, storageKeys: [] })),
    ],
  })
  const gasUsed = settleGas(
    intrinsic + result.gasUsed,
    result.gasRefund + authorized.refund,
    floorGas(transaction.data, rules),
  )

  const operator = operatorFee(gasUsed, parameters, rules)
  const tip = gasUsed * (price - block.baseFee)
  state.addBalance(sender, prepaid - gasUsed * price - operator)
  state.addBalance(block.feeRecipient, tip)
  state.addBalance(predeploys.baseFeeVault, gasUsed * block.baseFee)
  state.addBalance(predeploys.l1FeeVault, dataFee)
  if (rules.isActive('isthmus')) state.addBalance(predeploys.operatorFeeVault, operator)
  state.sweep(block.feeRecipient)
  // Last: what a destroyed account was paid goes with it.
  for (const address of result.destroyed) state.deleteAccount(address)
  return {
    succeeded: result.failure === undefined,
    gasUsed,
    logs: result.logs,
    returnValue: result.returnValue,
    failure: result.failure,
    effectiveGasPrice: price,
    l1Fee: dataFee,
    operatorFee: operator,
    tip,
  }
}
