import type { Address } from '../base/hex.ts'
import type { Clock } from '../runtime/clock.ts'
import type { SyncPoint } from './encoder/syncPoint.ts'
import type { BatcherL1 } from './interface.ts'

/** Whether the node's safe head accounts for all that the batcher has posted; if not, why not yet. */
export type Standing =
  | { readonly type: 'settled' }
  | { readonly type: 'waiting'; readonly reason: string }

export interface OwnTransactionsOptions {
  readonly account: Address
  /** L1 blocks to look back. */
  readonly depth: bigint
  /** How long to wait for transactions of an earlier run that are stuck in the pool. */
  readonly patienceMs: number
}

/**
 * Compares what the batcher's account has sent with what the node has read, so that a batcher which starts, or starts
 * over, posts nothing that is on its way already.
 *
 * The account's nonces tell: when it had sent nothing more by now than up to the block which the node has read, then
 * the node has read everything.
 */
export class OwnTransactions {
  readonly #options: OwnTransactionsOptions
  readonly #l1: BatcherL1
  readonly #clock: Clock
  #stuck: { readonly mined: bigint; readonly sinceMs: number } | undefined

  constructor(
    options: OwnTransactionsOptions,
    deps: { readonly l1: BatcherL1; readonly clock: Clock },
  ) {
    this.#options = options
    this.#l1 = deps.l1
    this.#clock = deps.clock
  }

  /**
   * @param point - Asked of the node before this call, never after it.
   * @throws {ChainError} `temporary`
   */
  async standing(point: SyncPoint, l1Head: bigint, signal?: AbortSignal): Promise<Standing> {
    const { account, depth } = this.#options
    const { currentL1 } = point
    const [mined, pooled] = await Promise.all([
      this.#l1.transactionCount(account, 'latest', signal),
      this.#l1.transactionCount(account, 'pending', signal),
    ])
    if (pooled > mined && !this.#isStuck(mined)) {
      return { type: 'waiting', reason: 'transactions of ours wait in the pool of L1' }
    }
    if (mined === 0n) return { type: 'settled' }
    if (currentL1.number + depth < l1Head) {
      return { type: 'waiting', reason: 'the rollup node is far behind L1' }
    }
    // The node may still be at work on its current block.
    const read =
      currentL1.number === 0n
        ? 0n
        : await this.#l1.transactionCount(account, currentL1.number - 1n, signal)
    return read >= mined
      ? { type: 'settled' }
      : { type: 'waiting', reason: 'the rollup node has not read our newest transactions' }
  }

  /** Nothing of what is pooled got into a block for so long that nobody seems to care for it any more. */
  #isStuck(mined: bigint): boolean {
    if (this.#stuck?.mined !== mined) this.#stuck = { mined, sinceMs: this.#clock.now() }
    return this.#clock.now() - this.#stuck.sinceMs >= this.#options.patienceMs
  }
}
