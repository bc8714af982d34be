import type { L2BlockRef } from '../chain/refs.ts'
import type { RollupConfig } from '../chain/rollupConfig.ts'
import type { SingularBatch } from '../protocol/batch/singularBatch.ts'
import type { SpanBatch } from '../protocol/batch/spanBatch.ts'
import type { BatchContext } from './singularBatchCheck.ts'
import { firstNewBlock, indexOfL1Block } from './spanBatchCheck.ts'

/** A span whose blocks are being taken, one by one, from the first that is not in the safe chain yet. */
export class OpenSpan {
  readonly #config: RollupConfig
  readonly #context: BatchContext
  readonly #span: SpanBatch
  #next: number

  /** @param span - As a whole accepted, in the same context: all its new blocks have known origins. */
  constructor(config: RollupConfig, context: BatchContext, span: SpanBatch) {
    this.#config = config
    this.#context = context
    this.#span = span
    this.#next = firstNewBlock(config, span, context.safeHead)
  }

  get isEmpty(): boolean {
    return this.#next >= this.#span.blockCount
  }

  /**
   * The next block as a batch on top of `safeHead`. `undefined` when no block is left, or when the next one
   * is for another height: then the block before it did not become what the span expected.
   */
  take(safeHead: L2BlockRef): SingularBatch | undefined {
    const block = this.#next
    if (this.isEmpty) return undefined
    const timestamp = this.#span.timestamp(block)
    if (timestamp !== safeHead.timestamp + this.#config.blockTime) return undefined
    this.#next++
    const { l1Blocks } = this.#context
    const epochNumber = this.#span.epochNumber(block)
    return {
      type: 'singular',
      // The span vouches for its first parent only; the others are the blocks that it made itself.
      parentHash: safeHead.hash,
      epochNumber,
      epochHash: l1Blocks[indexOfL1Block(l1Blocks, epochNumber)!]!.hash,
      timestamp,
      transactions: this.#span.transactions(block),
    }
  }
}
