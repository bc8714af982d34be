import { type Address, bytesToHex, hexToBytes } from '../../base/hex.ts'
import { keccak256 } from '../../base/keccak.ts'
import { rlpEncode, rlpUint } from '../../base/rlp.ts'
import type { Log } from '../../protocol/receipt.ts'
import type { ForkRules } from '../chainConfig.ts'
import { type EvmPool, mayBePrecompile } from '../evm/evmPool.ts'
import type { BlockContext, Message, MessageResult } from '../evm/opEvm.ts'
import type { Pause } from '../evm/pausePoints.ts'
import { emptyAccount, emptyCodeHash } from '../state/account.ts'
import type { JournaledState } from '../state/journaledState.ts'

/** Where a transaction runs. */
export interface TransitionContext {
  readonly chainId: bigint
  readonly rules: ForkRules
  readonly block: BlockContext
  readonly state: JournaledState
  readonly evms: EvmPool
  /** Where long code lets others have a turn. */
  readonly pause?: Pause | undefined
}

/** What a transaction did, as far as receipts and callers want to know. */
export interface TransitionResult {
  readonly succeeded: boolean
  readonly gasUsed: bigint
  readonly logs: readonly Log[]
  readonly returnValue: Uint8Array
  /** Why it failed: `revert`, another of the EVM's errors, or why a deposit could not run at all. */
  readonly failure: string | undefined
}

/** Runs a message; without the EVM where there is nothing to run. */
export async function runMessage(
  context: TransitionContext,
  message: Omit<Message, 'pause'>,
): Promise<MessageResult> {
  const { state, rules, block, evms, pause } = context
  if (message.to === undefined || mayBePrecompile(message.to)) {
    return evms.run(rules.fork, state, block, { ...message, pause })
  }
  const code = state.account(message.to)?.codeHash ?? emptyCodeHash
  if (code !== emptyCodeHash) return evms.run(rules.fork, state, block, { ...message, pause })
  return transferValue(state, message, message.to)
}

/** Gas after the refund, which may be a fifth of what was used, and not below the floor. */
export function settleGas(used: bigint, refund: bigint, floor: bigint): bigint {
  const cap = used / 5n
  const settled = used - (refund < cap ? refund : cap)
  return settled < floor ? floor : settled
}

/** The address of the contract that a sender creates with that nonce. */
export function createdContractAddress(sender: Address, nonce: bigint): Address {
  return bytesToHex(keccak256(rlpEncode([hexToBytes(sender), rlpUint(nonce)])).subarray(12))
}

function transferValue(
  state: JournaledState,
  message: Pick<Message, 'caller' | 'value'>,
  to: Address,
): MessageResult {
  const { caller, value } = message
  const balance = state.account(caller)?.balance ?? 0n
  if (balance < value) return { ...nothingHappened, failure: 'insufficient balance' }
  if (value > 0n) {
    state.setAccount(caller, {
      ...(state.account(caller) ?? emptyAccount),
      balance: balance - value,
    })
    state.addBalance(to, value)
  }
  state.sweep(to)
  return nothingHappened
}

const nothingHappened: MessageResult = {
  gasUsed: 0n,
  gasRefund: 0n,
  logs: [],
  returnValue: new Uint8Array(0),
  failure: undefined,
  createdAddress: undefined,
  destroyed: [],
}
