import { ChainError, faultOfTakt } from '../base/errors.ts'
import type { L1BlockRef, L2BlockRef } from '../chain/refs.ts'

/**
 * The L1 blocks from which the next L2 blocks may take their origin: from the epoch of the safe head, or the
 * one behind it, up to the block that the pipeline reads.
 */
export class L1Window {
  readonly #readUpTo: bigint
  #origin: L1BlockRef
  #blocks: readonly L1BlockRef[]

  /**
   * @param origin - Where the pipeline begins to read.
   * @param readUpTo - Number of the last L1 block that was read to its end before.
   */
  constructor(origin: L1BlockRef, readUpTo = -1n) {
    this.#origin = origin
    this.#readUpTo = readUpTo
    this.#blocks = [origin]
  }

  /** What was made of the block's batches is in the safe chain already: it is read for its frames only. */
  isReadBefore(origin: L1BlockRef): boolean {
    return origin.number <= this.#readUpTo
  }

  /** Consecutive, oldest first. Empty while the pipeline reads blocks older than the safe head's origin. */
  get blocks(): readonly L1BlockRef[] {
    return this.#blocks
  }

  /** Follows the pipeline to the L1 block it reads and the safe head to its epoch. */
  update(origin: L1BlockRef, safeHead: L2BlockRef): void {
    if (this.#origin !== origin) {
      this.#origin = origin
      this.#blocks = isBehind(origin, safeHead) ? [] : [...this.#blocks, origin]
    }
    const current = this.#blocks.findIndex(({ number }) => number === safeHead.l1Origin.number)
    if (current > 0) this.#blocks = this.#blocks.slice(current)
  }

  /**
   * Checks that the safe head's origin is the first block, or the one before it when its epoch was left behind.
   *
   * @throws {ChainError} `reset` `EPOCH_CONFLICT`: the safe head is on another L1 chain than the pipeline reads.
   *   `critical` `WINDOW_EMPTY`: the pipeline does not read behind the safe head's origin yet.
   */
  assertFollows(safeHead: L2BlockRef): void {
    const [epoch] = this.#blocks
    const { l1Origin } = safeHead
    if (epoch === undefined) {
      throw new ChainError(
        'critical',
        'WINDOW_EMPTY',
        `no L1 block is known for the batch behind L2 block ${safeHead.number}`,
        { context: { safeHead }, metaMessages: [faultOfTakt] },
      )
    }
    if (l1Origin.hash === epoch.hash || l1Origin.number === epoch.number - 1n) return
    throw new ChainError(
      'reset',
      'EPOCH_CONFLICT',
      `L2 block ${safeHead.number} has L1 origin ${l1Origin.number} ${l1Origin.hash}, but the ` +
        `pipeline's first epoch is ${epoch.number} ${epoch.hash}`,
      { context: { safeHead, epoch } },
    )
  }

  /** Leaves the first block behind: its epoch is complete although no L2 block has left it yet. */
  dropFirst(): void {
    this.#blocks = this.#blocks.slice(1)
  }
}

/** The pipeline still reads L1 blocks from before the safe head's origin: no batch in them is new. */
export function isBehind(origin: L1BlockRef, safeHead: L2BlockRef): boolean {
  return origin.number < safeHead.l1Origin.number
}
