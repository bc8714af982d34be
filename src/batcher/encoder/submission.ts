import type { Hex } from '../../base/hex.ts'
import { encodeBlob } from '../../protocol/batch/blobCodec.ts'
import { encodeFrames, type Frame } from '../../protocol/batch/frame.ts'
import type { DataAvailability } from './channelSettings.ts'

/** Frames that go to L1 in one transaction. */
export interface Submission {
  /** Counts up: what has a lower id must be in L1 first. */
  readonly id: number
  readonly channelId: Hex
  readonly availability: DataAvailability
  /** Consecutive frames of the channel. */
  readonly frames: readonly Frame[]
}

/** What the transaction of a submission carries. */
export interface SubmissionData {
  readonly data: Uint8Array
  /** One for each frame. */
  readonly blobs: readonly Uint8Array[]
}

/**
 * What goes to L1 for a submission.
 *
 * @see https://specs.optimism.io/protocol/derivation.html#batcher-transaction-format
 */
export function encodeSubmission({ availability, frames }: Submission): SubmissionData {
  if (availability === 'calldata') return { data: encodeFrames(frames), blobs: [] }
  return {
    data: new Uint8Array(0),
    blobs: frames.map((frame) => encodeBlob(encodeFrames([frame]))),
  }
}
