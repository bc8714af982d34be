import type { Address, Hash } from '../../base/hex.ts'
import type { BlockHeader } from '../../protocol/header.ts'
import { rulesAt } from '../chainConfig.ts'
import type { BlockContext } from '../evm/opEvm.ts'
import type { Pause } from '../evm/pausePoints.ts'
import { emptyAccount } from '../state/account.ts'
import { JournaledState } from '../state/journaledState.ts'
import { WorldState } from '../state/worldState.ts'
import { applyAuthorizations } from '../transaction/authorizations.ts'
import { floorGas, intrinsicGas } from '../transaction/intrinsicGas.ts'
import {
  createdContractAddress,
  runMessage,
  settleGas,
  type TransitionContext,
} from '../transaction/transition.ts'
import type { CallRequest } from './callRequest.ts'
import { applyStateOverrides, type BlockOverrides, type StateOverrides } from './overrides.ts'
import type { RpcDeps } from './rpcDeps.ts'

/** The block on whose state a call is tried out, and what is pretended about it. */
export interface SimulationSetting {
  readonly hash: Hash
  readonly stateOverrides: StateOverrides | undefined
  readonly blockOverrides: BlockOverrides | undefined
  /** Bounds how long the call takes, and how long it keeps others waiting. */
  readonly pause: Pause
}

export interface SimulationResult {
  /** Who is called, or the address of the contract that is created. */
  readonly target: Address
  readonly gasUsed: bigint
  /** Not yet capped. */
  readonly gasRefund: bigint
  readonly returnValue: Uint8Array
  /** `undefined` when it succeeded. */
  readonly failure: string | undefined
  /** Accounts and slots that opcodes touched. */
  readonly accessed: ReadonlyMap<Address, readonly Hash[]>
}

/** What `failure` says of a transaction whose gas limit is too low to even begin. */
export const belowIntrinsicGas = 'intrinsic gas too low'

/**
 * Tries out a transaction without the checks that only protect the chain: nonce, signature, base fee,
 * L1 and operator fee do not count. Nothing is kept.
 */
export async function simulate(
  deps: Pick<RpcDeps, 'config' | 'chain' | 'states' | 'evms'>,
  setting: SimulationSetting,
  request: CallRequest,
  gasLimit: bigint,
): Promise<SimulationResult> {
  const context = contextOf(deps, setting)
  const { state, rules } = context
  const { from, gasPrice, value } = request
  const sender = state.account(from) ?? emptyAccount
  const target = request.to ?? createdContractAddress(from, sender.nonce)
  const intrinsic = intrinsicGas(request, rules)
  const floor = floorGas(request.data, rules)
  if (gasLimit < intrinsic || gasLimit < floor) return failed(target, gasLimit, belowIntrinsicGas)

  const balance = sender.balance - gasLimit * gasPrice
  if (balance < value) {
    const failure = `insufficient funds for gas * price + value: address ${from} have ${sender.balance} want ${gasLimit * gasPrice + value}`
    return failed(target, 0n, failure)
  }
  state.setAccount(from, { ...sender, balance, nonce: sender.nonce + 1n })
  const authorized = applyAuthorizations(state, context.chainId, request.authorizations)
  const result = await runMessage(context, {
    caller: from,
    to: request.to,
    value,
    data: request.data,
    gasLimit: gasLimit - intrinsic,
    gasPrice,
    warm: [
      ...request.accessList,
      ...authorized.warm.map((address) => ({ address, storageKeys: [] })),
    ],
    reportsAccess: true,
  })
  const gasRefund = result.gasRefund + authorized.refund
  return {
    target,
    gasUsed: settleGas(intrinsic + result.gasUsed, gasRefund, floor),
    gasRefund,
    returnValue: result.returnValue,
    failure: result.failure,
    accessed: result.accessed ?? new Map(),
  }
}

function contextOf(
  { config, chain, states, evms }: Pick<RpcDeps, 'config' | 'chain' | 'states' | 'evms'>,
  { hash, stateOverrides, blockOverrides, pause }: SimulationSetting,
): TransitionContext {
  const header = chain.header(hash)!
  const state = new JournaledState(WorldState.at(states, header.stateRoot))
  if (stateOverrides !== undefined) applyStateOverrides(state, stateOverrides)
  const block: BlockContext = {
    ...blockContextOf(header),
    blockHash: (number) => chain.ancestorHash(hash, number)!,
    ...blockOverrides,
  }
  const rules = rulesAt(config, block.timestamp)
  return { chainId: config.chainId, rules, block, state, evms, pause }
}

function blockContextOf(header: BlockHeader): Omit<BlockContext, 'blockHash'> {
  return {
    number: header.number,
    timestamp: header.timestamp,
    feeRecipient: header.beneficiary,
    gasLimit: header.gasLimit,
    baseFee: header.baseFeePerGas ?? 0n,
    prevRandao: header.mixHash,
  }
}

function failed(target: Address, gasUsed: bigint, failure: string): SimulationResult {
  const returnValue = new Uint8Array(0)
  return { target, gasUsed, gasRefund: 0n, returnValue, failure, accessed: new Map() }
}
