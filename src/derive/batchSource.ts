import type { L1BlockRef, L2BlockRef } from '../chain/refs.ts'
import type { Batch } from '../protocol/batch/batch.ts'
import type { SingularBatch } from '../protocol/batch/singularBatch.ts'
import type { DerivationObserver } from './observer.ts'
import type { SafeChainProvider } from './providers.ts'
import type { Pull } from './pull.ts'

/** The stage that reads batches out of channels. */
export interface UncheckedBatchSource {
  pull(origin: L1BlockRef, signal?: AbortSignal): Promise<Pull<Batch>>
}

/** The batch of the next L2 block. */
export interface NextBatch {
  readonly batch: SingularBatch
  /** The safe head may move on to this block: before Holocene, a span counts only as a whole. */
  readonly isConcluding: boolean
}

/**
 * The stage that decides which batch is next: the batch queue, and from Holocene on the batch stage.
 *
 * `origin` is the L1 block that the pipeline reads.
 */
export interface BatchSource {
  pull(origin: L1BlockRef, safeHead: L2BlockRef, signal?: AbortSignal): Promise<Pull<NextBatch>>
}

export interface BatchSourceDeps {
  readonly safeChain: SafeChainProvider
  readonly observe: DerivationObserver
}

/** A batch with the L1 block at which it was completely read. */
export interface IncludedBatch<B extends Batch = Batch> {
  readonly batch: B
  readonly inclusionBlock: L1BlockRef
}
