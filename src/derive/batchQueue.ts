import { ChainError, faultOfTakt } from '../base/errors.ts'
import type { L1BlockRef, L2BlockRef } from '../chain/refs.ts'
import type { RollupConfig } from '../chain/rollupConfig.ts'
import type { Batch } from '../protocol/batch/batch.ts'
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
import { isBehind, type L1Window } from './l1Window.ts'
import { OpenSpan } from './openSpan.ts'
import { again, exhausted, item, type Pull } from './pull.ts'
import { type BatchContext, checkSingularBatch } from './singularBatchCheck.ts'

/**
 * The batch stage before Holocene: keeps batches until their turn, and takes a span as a whole or not at all.
 *
 * @see https://specs.optimism.io/protocol/derivation.html#batch-queue
 */
export class BatchQueue implements BatchSource {
  readonly #config: RollupConfig
  readonly #window: L1Window
  readonly #prev: UncheckedBatchSource
  readonly #deps: BatchSourceDeps
  /** In the order of their inclusion. */
  #batches: readonly IncludedBatch[] = []
  #span: OpenSpan | undefined

  constructor(
    config: RollupConfig,
    window: L1Window,
    prev: UncheckedBatchSource,
    deps: BatchSourceDeps,
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
    const next = this.#takeOfSpan(safeHead)
    if (next !== undefined) return item(next)
    // Only here: as long as a span is being taken, its first epoch may be needed for another one.
    this.#window.update(origin, safeHead)
    const read = await this.#prev.pull(origin, signal)
    if (read.type === 'again') return again
    const isAllRead = read.type === 'exhausted'
    const nothingYet = isAllRead ? exhausted : again
    if (isBehind(origin, safeHead)) return nothingYet
    if (read.type === 'item') {
      // A batch that waits is kept before anything can fail: it will not be read again.
      this.#batches = [...this.#batches, { batch: read.item, inclusionBlock: origin }]
    }
    if (this.#window.isReadBefore(origin)) return nothingYet
    const chosen = await this.#choose(origin, safeHead, isAllRead, signal)
    return chosen.type === 'exhausted' && !isAllRead ? again : chosen
  }

  async #choose(
    origin: L1BlockRef,
    safeHead: L2BlockRef,
    isAllRead: boolean,
    signal: AbortSignal | undefined,
  ): Promise<Pull<NextBatch>> {
    this.#window.assertFollows(safeHead)
    const waiting: IncludedBatch[] = []
    for (const [index, included] of this.#batches.entries()) {
      const verdict = await this.#judge(included, safeHead, signal)
      if (verdict.type === 'future') {
        waiting.push(included)
        continue
      }
      this.#report(included, verdict, origin)
      if (verdict.type === 'undecided') {
        this.#batches = [...waiting, ...this.#batches.slice(index)]
        return exhausted
      }
      if (verdict.type === 'accept') {
        this.#batches = [...waiting, ...this.#batches.slice(index + 1)]
        return item(this.#take(included, safeHead))
      }
    }
    this.#batches = waiting
    const empty = pullEmptyBatch(this.#config, this.#window, origin, safeHead, isAllRead)
    if (empty.type !== 'item') return empty
    this.#deps.observe({ type: 'emptyBatchMade', timestamp: empty.item.timestamp }, origin)
    return item({ batch: empty.item, isConcluding: true })
  }

  #take({ batch, inclusionBlock }: IncludedBatch, safeHead: L2BlockRef): NextBatch {
    if (batch.type === 'singular') return { batch, isConcluding: true }
    this.#span = new OpenSpan(this.#config, this.#context(safeHead, inclusionBlock), batch)
    const first = this.#takeOfSpan(safeHead)
    if (first !== undefined) return first
    throw new ChainError('critical', 'SPAN_WITHOUT_BLOCKS', 'an accepted span has no next block', {
      metaMessages: [faultOfTakt],
    })
  }

  #takeOfSpan(safeHead: L2BlockRef): NextBatch | undefined {
    const span = this.#span
    const batch = span?.take(safeHead)
    if (span === undefined || batch === undefined) {
      this.#span = undefined
      return undefined
    }
    return { batch, isConcluding: span.isEmpty }
  }

  async #judge(
    { batch, inclusionBlock }: IncludedBatch,
    safeHead: L2BlockRef,
    signal: AbortSignal | undefined,
  ): Promise<BatchVerdict> {
    const context = this.#context(safeHead, inclusionBlock)
    return batch.type === 'singular'
      ? checkSingularBatch(this.#config, context, batch)
      : judgeSpan(this.#config, this.#deps.safeChain, context, batch, 'asOne', signal)
  }

  #context(safeHead: L2BlockRef, inclusionBlock: L1BlockRef): BatchContext {
    return { l1Blocks: this.#window.blocks, safeHead, inclusionBlock }
  }

  #report({ batch }: IncludedBatch, verdict: BatchVerdict, origin: L1BlockRef): void {
    const timestamp = timestampOf(batch)
    this.#deps.observe({ type: 'batchJudged', verdict, batchType: batch.type, timestamp }, origin)
  }
}

function timestampOf(batch: Batch): bigint {
  return batch.type === 'singular' ? batch.timestamp : batch.timestamp(0)
}
