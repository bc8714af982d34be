import type { Address } from '../base/hex.ts'
import type { Clock } from '../runtime/clock.ts'
import type { SyncPoint } from './encoder/syncPoint.ts'
import type { BatcherL1 } from './interface.ts'

/** Whether the node's safe head accounts for all that the batcher has posted; if not, why not yet. */
export type Standing =
  | { readonly type: 'settled' }
  | { readonly type: 'waiting'; readonly reason: string }
  /** What an earlier run has left in L1's pool gets into no block, and could later. */
  | { readonly type: 'stuck' }

export interface OwnTransactionsOptions {
  readonly account: Address
  /** L1 blocks to look back from the head at the first look, 0 for 128; what is older is taken to be read. */
  readonly depth: bigint
  /** Whether the node must have read L1 up to that head. */
  readonly waitForHead: boolean
  /** How long nothing new of the account must have shown: what was sent last may take a while to be seen. */
  readonly quietMs: number
}

// As far back as nodes of L1 know nonces that keep no archive.
const defaultDepth = 128n
// Of an earlier run, in the pool: after this it takes more than waiting to get them into a block.
const patienceMs = 60_000

/**
 * Compares what the batcher's account has sent with what the node has read, so that a batcher which starts, or starts
 * over, posts nothing that is on its way already. Made anew each time.
 *
 * The account's nonces tell: when it had sent nothing more by now than up to the block which the node has read, then
 * the node has read everything.
 */
export class OwnTransactions {
  readonly #options: OwnTransactionsOptions
  readonly #l1: BatcherL1
  readonly #clock: Clock
  /** L1 block that the node must have come to. */
  #target: bigint | undefined
  /** Counts as they have been since then. */
  #seen: { readonly mined: bigint; readonly pooled: bigint; readonly sinceMs: number } | undefined

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
    const { account, depth, waitForHead, quietMs } = this.#options
    const { currentL1 } = point
    const [mined, pooled] = await Promise.all([
      this.#l1.transactionCount(account, 'latest', signal),
      this.#l1.transactionCount(account, 'pending', signal),
    ])
    const unchangedMs = this.#unchangedMs(mined, pooled)
    if (pooled > mined) {
      return unchangedMs >= patienceMs
        ? { type: 'stuck' }
        : waiting('transactions of ours wait in the pool of L1')
    }
    if (unchangedMs < quietMs) {
      return waiting('L1 may not show yet what we sent last')
    }
    this.#target ??= waitForHead ? l1Head : l1Head - (depth || defaultDepth)
    if (currentL1.number < this.#target) {
      return waiting(`the rollup node has not read L1 up to block ${this.#target}`)
    }
    const canonical = await this.#l1.blockHash(currentL1.number, signal)
    if (canonical === undefined) return waiting('our L1 is behind that of the rollup node')
    // There the node has read other transactions, and its safe head may go back.
    if (canonical !== currentL1.hash) return waiting('the rollup node is on another fork of L1')
    if (mined === 0n) return { type: 'settled' }
    // The node may still be at work on its current block.
    const read =
      currentL1.number === 0n
        ? 0n
        : await this.#l1.transactionCount(account, currentL1.number - 1n, signal)
    return read >= mined
      ? { type: 'settled' }
      : waiting('the rollup node has not read our newest transactions')
  }

  #unchangedMs(mined: bigint, pooled: bigint): number {
    const nowMs = this.#clock.now()
    if (this.#seen?.mined !== mined || this.#seen.pooled !== pooled) {
      this.#seen = { mined, pooled, sinceMs: nowMs }
    }
    return nowMs - this.#seen.sinceMs
  }
}

function waiting(reason: string): Standing {
  return { type: 'waiting', reason }
}
