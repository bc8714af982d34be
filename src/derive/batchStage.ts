import { ChainError, faultOfTakt } from '../base/errors.ts'
import type { L1BlockRef, L2BlockRef } from '../chain/refs.ts'
import type { RollupConfig } from '../chain/rollupConfig.ts'
import type { SingularBatch } from '../protocol/batch/singularBatch.ts'
import type { SpanBatch } from '../protocol/batch/spanBatch.ts'
import type {
  BatchSource,
  BatchSourceDeps,
  IncludedBatch,
  NextBatch,
  UncheckedBatchSource,
} from './batchSource.ts'
import type { BatchVerdict } from './batchVerdict.ts'
import { pullEmptyBatch } from './emptyBatch.ts'
import { judgeSpan } from './judgeSpan.ts'
import type { L1Window } from './l1Window.ts'
import { OpenSpan } from './openSpan.ts'
import { again, item, type Pull } from './pull.ts'
import { type BatchContext, checkSingularBatch } from './singularBatchCheck.ts'

/**
 * The batch stage from Holocene on: batches come in order or not at all. A span's blocks are judged one by
 * one, and the first invalid batch takes the rest of its channel with it.
 *
 * Differs: op-node and kona lose a batch whose check was interrupted by a failing provider
 * (ethereum-optimism/optimism#22629). Here it waits, so that two nodes with different luck derive the same chain.
 *
 * @see https://specs.optimism.io/protocol/holocene/derivation.html#batch-queue
 */
export class BatchStage implements BatchSource {
  readonly #config: RollupConfig
  readonly #window: L1Window
  readonly #prev: UncheckedBatchSource
  readonly #deps: BatchStageDeps
  /** Read, but not judged yet. */
  #pending: IncludedBatch | undefined
  #span: OpenSpan | undefined

  constructor(
    config: RollupConfig,
    window: L1Window,
    prev: UncheckedBatchSource,
    deps: BatchStageDeps,
  ) {
    this.#config = config
    this.#window = window
    this.#prev = prev
    this.#deps = deps
  }

  async pull(
    origin: L1BlockRef,
    safeHead: L2BlockRef,
    signal?: AbortSignal,
  ): Promise<Pull<NextBatch>> {
    this.#window.update(origin, safeHead)
    // What an L1 block holds that is not newer than the safe head's origin can only be past.
    if (origin.number <= safeHead.l1Origin.number || this.#window.isReadBefore(origin)) {
      const skipped = await this.#prev.pull(origin, signal)
      return skipped.type === 'item' ? again : skipped
    }
    if (this.#window.blocks.length < 2) {
      throw new ChainError(
        'critical',
        'WINDOW_TOO_SHORT',
        `derivation reads L1 block ${origin.number} but did not pass the safe head's origin`,
        { context: { origin, safeHead }, metaMessages: [faultOfTakt] },
      )
    }
    this.#window.assertFollows(safeHead)
    const candidate = await this.#candidate(origin, safeHead, signal)
    if (candidate.type === 'item') return this.#judge(candidate.item, origin, safeHead)
    if (candidate.type === 'again') return again
    const empty = pullEmptyBatch(this.#config, this.#window, origin, safeHead, true)
    if (empty.type !== 'item') return empty
    this.#deps.observe({ type: 'emptyBatchMade', timestamp: empty.item.timestamp }, origin)
    return item({ batch: empty.item, isConcluding: true })
  }

  /** Forgets the rest of the channel: what is left of its span, and the channel itself. */
  flush(): void {
    this.#pending = undefined
    this.#span = undefined
    this.#deps.flushChannel()
  }

  async #candidate(
    origin: L1BlockRef,
    safeHead: L2BlockRef,
    signal: AbortSignal | undefined,
  ): Promise<Pull<IncludedBatch<SingularBatch>>> {
    if (this.#pending === undefined) {
      const block = this.#span?.take(safeHead)
      if (block !== undefined) return item({ batch: block, inclusionBlock: origin })
      this.#span = undefined
      const read = await this.#prev.pull(origin, signal)
      if (read.type !== 'item') return read
      this.#pending = { batch: read.item, inclusionBlock: origin }
    }
    const { batch, inclusionBlock } = this.#pending
    if (batch.type === 'span')
      return this.#openSpan(batch, inclusionBlock, origin, safeHead, signal)
    this.#pending = undefined
    return item({ batch, inclusionBlock })
  }

  /** Judges a span as a whole and makes its blocks the next candidates. */
  async #openSpan(
    span: SpanBatch,
    inclusionBlock: L1BlockRef,
    origin: L1BlockRef,
    safeHead: L2BlockRef,
    signal: AbortSignal | undefined,
  ): Promise<Pull<never>> {
    const context = this.#context(safeHead, inclusionBlock)
    const verdict = await judgeSpan(
      this.#config,
      this.#deps.safeChain,
      context,
      span,
      'apart',
      signal,
    )
    this.#report(verdict, 'span', span.timestamp(0), origin)
    this.#pending = undefined
    if (verdict.type === 'drop') this.#flushAndTell(origin)
    if (verdict.type === 'accept') this.#span = new OpenSpan(this.#config, context, span)
    return again
  }

  #judge(
    candidate: IncludedBatch<SingularBatch>,
    origin: L1BlockRef,
    safeHead: L2BlockRef,
  ): Pull<NextBatch> {
    const { batch, inclusionBlock } = candidate
    const context = this.#context(safeHead, inclusionBlock)
    const verdict = checkSingularBatch(this.#config, context, batch)
    this.#report(verdict, 'singular', batch.timestamp, origin)
    switch (verdict.type) {
      case 'accept':
        return item({ batch, isConcluding: true })
      case 'drop':
        this.#flushAndTell(origin)
        return again
      case 'undecided':
      case 'past':
      case 'future':
        return again
    }
  }

  #flushAndTell(origin: L1BlockRef): void {
    this.flush()
    this.#deps.observe({ type: 'channelFlushed' }, origin)
  }

  #context(safeHead: L2BlockRef, inclusionBlock: L1BlockRef): BatchContext {
    return { l1Blocks: this.#window.blocks, safeHead, inclusionBlock }
  }

  #report(
    verdict: BatchVerdict,
    batchType: 'singular' | 'span',
    timestamp: bigint,
    origin: L1BlockRef,
  ): void {
    this.#deps.observe({ type: 'batchJudged', verdict, batchType, timestamp }, origin)
  }
}

export interface BatchStageDeps extends BatchSourceDeps {
  /** Forgets the open channel and what is left of the one being read. */
  readonly flushChannel: () => void
}
