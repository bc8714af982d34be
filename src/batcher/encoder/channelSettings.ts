import type { Compression } from '../../base/compression.ts'
import { frameOverheadBytes } from '../../protocol/batch/frame.ts'

/** How the bytes of channels are made small. */
export interface ChannelCompression {
  readonly algorithm: Compression
  /** zlib 0 to 9, brotli 0 to 11. */
  readonly level: number
}

/** Where frames go: into the calldata of a transaction, or one into each blob. */
export type DataAvailability = 'calldata' | 'blobs'

/** How a channel is filled, and how it leaves. */
export interface ChannelSettings {
  readonly batchType: 'singular' | 'span'
  /** Blocks of one span batch; 0 sets no bound. */
  readonly maxBlocksPerSpan: number
  readonly compression: ChannelCompression
  /**
   * How it is known that a channel is full. `measured`: by compressing what it would hold. `ratio`: by
   * `approxRatio` alone, so that a channel may come out larger, or smaller, than wanted.
   */
  readonly fill: 'measured' | 'ratio'
  /** Compressed size by raw size, as long as nothing was measured. */
  readonly approxRatio: number
  readonly availability: DataAvailability
  /** Bytes of a whole frame. */
  readonly maxFrameBytes: number
  readonly targetFrames: number
  readonly framesPerTransaction: number
}

/** Compressed bytes that fill the frames of a channel exactly. */
export function targetChannelBytes(settings: ChannelSettings): number {
  return settings.targetFrames * (settings.maxFrameBytes - frameOverheadBytes)
}
