import type { TaktError } from '../base/errors.ts'
import type { L1BlockRef, L2BlockRef } from '../chain/refs.ts'
import type { PayloadAttributes, PayloadEnvelope } from '../protocol/payload.ts'
import type { PayloadId } from './interface.ts'

/** A block that the engine is building. */
export interface BuildJob {
  readonly id: PayloadId
  readonly parent: L2BlockRef
  readonly attributes: PayloadAttributes
}

/** A block with the ref that was read from it. */
export interface SealedBlock {
  readonly envelope: PayloadEnvelope
  readonly ref: L2BlockRef
}

/** The unsafe head is no longer the parent: another block came first, or a reset. Nothing was changed. */
export interface StaleOutcome {
  readonly type: 'stale'
  readonly head: L2BlockRef
}

/** The engine will never take these attributes or this payload. */
export interface InvalidOutcome {
  readonly type: 'invalid'
  readonly reason: TaktError
}

/** What came of the wish to build. */
export type BuildOutcome =
  | { readonly type: 'started'; readonly job: BuildJob }
  | StaleOutcome
  | InvalidOutcome

/** What came of a build job. */
export type SealOutcome =
  | { readonly type: 'sealed'; readonly block: SealedBlock }
  /** The engine no longer has the job. */
  | { readonly type: 'expired'; readonly reason: unknown }
  | StaleOutcome
  | InvalidOutcome

/** What came of a block that was to be the unsafe head. */
export type InsertOutcome =
  /** The block is the unsafe head now; it may have been so before. `job`: the engine is building on it. */
  { readonly type: 'inserted'; readonly job?: BuildJob } | StaleOutcome | InvalidOutcome

/** What L1 says the block on top of the pending-safe head is. */
export interface DerivedBlock {
  readonly attributes: PayloadAttributes
  readonly parent: L2BlockRef
  /** L1 had to be read up to this block. */
  readonly derivedFrom: L1BlockRef
  /** The block is safe as soon as it is there; otherwise it waits for the rest of its span. */
  readonly isConcluding: boolean
}

/** What came of derived attributes. */
export type ConsolidateOutcome =
  /** The block is the pending-safe head now. `isNew`: it was built for that, and became the unsafe head too. */
  | { readonly type: 'consolidated'; readonly head: L2BlockRef; readonly isNew: boolean }
  /**
   * The engine will never take these attributes. Instead of them: from Holocene on the same with deposits alone; before,
   * the next batch on top of the safe head, to which the pending-safe head went back.
   */
  | {
      readonly type: 'invalid'
      readonly reason: TaktError
      readonly remedy: 'depositsOnly' | 'nextBatch'
    }
  /** `head` is the pending-safe head, not the parent of what was derived. */
  | StaleOutcome

/** What came of a block that was offered to an engine that syncs by itself. */
export type OfferOutcome =
  /** The engine does not sync by itself, or no longer: blocks are inserted one by one. */
  | { readonly type: 'notSyncing' }
  | { readonly type: 'syncing' }
  /** All heads are at that block now. */
  | { readonly type: 'synced' }
  | InvalidOutcome
