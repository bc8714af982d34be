import type { TaktError } from '../base/errors.ts'
import type { Hash, Hex } from '../base/hex.ts'
import type { L1BlockRef } from '../chain/refs.ts'
import type { FrameRejection } from '../protocol/batch/channel.ts'
import type { BatchVerdict } from './batchVerdict.ts'

/**
 * Something that derivation passed over, or a turn that it took. None of it is an error: bad bytes on L1
 * are dropped by rule, and the chain goes on.
 */
export type DerivationEvent =
  | { readonly type: 'configUpdateDropped'; readonly error: TaktError }
  | { readonly type: 'blobDropped'; readonly versionedHash: Hash; readonly error: TaktError }
  /** The data of one batcher transaction or blob holds no valid frames. */
  | { readonly type: 'framesDropped'; readonly error: TaktError }
  | {
      readonly type: 'frameDropped'
      readonly channelId: Hex
      readonly frameNumber: number
      readonly reason: FrameDropReason
    }
  | { readonly type: 'channelOpened'; readonly channelId: Hex }
  | {
      readonly type: 'channelDropped'
      readonly channelId: Hex
      readonly reason: 'timedOut' | 'bankFull' | 'tooLarge' | 'replaced'
    }
  | { readonly type: 'channelRead'; readonly channelId: Hex; readonly sizeBytes: number }
  /** A channel's bytes stop making sense; what came before in it was used. */
  | { readonly type: 'channelCorrupt'; readonly error: TaktError }
  | { readonly type: 'channelFlushed' }
  | { readonly type: 'batchMalformed'; readonly error: TaktError }
  | {
      readonly type: 'batchJudged'
      readonly verdict: BatchVerdict
      readonly batchType: 'singular' | 'span'
      readonly timestamp: bigint
    }
  /** The sequencing window passed without a batch, so an empty one was made. */
  | { readonly type: 'emptyBatchMade'; readonly timestamp: bigint }
  | { readonly type: 'holoceneActivated' }

/** Why a frame was left out. */
export type FrameDropReason =
  | FrameRejection
  | 'channelTimedOut'
  /** Holocene: not the next frame of a channel in its transaction. */
  | 'notNext'
  /** Holocene: a new channel began before this one was complete. */
  | 'channelAbandoned'
  /** Holocene: not a first frame, and no channel is open. */
  | 'noChannel'

/** Hears of what derivation passes over, with the L1 block that it was reading. Must not throw. */
export type DerivationObserver = (event: DerivationEvent, origin: L1BlockRef) => void
