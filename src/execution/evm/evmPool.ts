import type { Address } from '../../base/hex.ts'
import type { Fork } from '../../chain/forks.ts'
import type { JournaledState } from '../state/journaledState.ts'
import { type BlockContext, type Message, type MessageResult, OpEvm } from './opEvm.ts'

/**
 * EVMs of one chain. An EVM runs one message at a time, and messages of several blocks and calls overlap:
 * each takes an EVM that is free, or a new one.
 */
export class EvmPool {
  readonly #chainId: bigint
  readonly #free = new Map<Fork, OpEvm[]>()

  constructor(chainId: bigint) {
    this.#chainId = chainId
  }

  /** Runs a message under the rules of a fork, as {@link OpEvm.run}. */
  async run(
    fork: Fork,
    state: JournaledState,
    block: BlockContext,
    message: Message,
  ): Promise<MessageResult> {
    const free = this.#freeOf(fork)
    const evm = free.pop() ?? (await OpEvm.create(fork, this.#chainId, state))
    const result = await evm.run(state, block, message)
    // After an internal fault the EVM is left in the middle of something: it does not come back.
    free.push(evm)
    return result
  }

  #freeOf(fork: Fork): OpEvm[] {
    let free = this.#free.get(fork)
    if (free === undefined) {
      free = []
      this.#free.set(fork, free)
    }
    return free
  }
}

/** True for all addresses that a precompile may have, under any fork. */
export function mayBePrecompile(address: Address): boolean {
  return address.startsWith(precompileRange)
}

const precompileRange = `0x${'0'.repeat(36)}`
