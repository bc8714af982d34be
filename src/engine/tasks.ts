import type { TaktError } from '../base/errors.ts'
import type { L2BlockRef } from '../chain/refs.ts'
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

export type BuildOutcome =
  | { readonly type: 'started'; readonly job: BuildJob }
  | StaleOutcome
  | InvalidOutcome

export type SealOutcome =
  | { readonly type: 'sealed'; readonly block: SealedBlock }
  /** The engine no longer has the job. */
  | { readonly type: 'expired'; readonly reason: unknown }
  | StaleOutcome
  | InvalidOutcome

export type InsertOutcome =
  /** The block is the unsafe head now; it may have been so before. */
  { readonly type: 'inserted' } | StaleOutcome | InvalidOutcome
