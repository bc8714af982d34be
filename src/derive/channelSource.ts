import type { Hex } from '../base/hex.ts'
import type { L1BlockRef } from '../chain/refs.ts'
import type { Frame } from '../protocol/batch/frame.ts'
import type { Pull } from './pull.ts'

/** The stage that gives frames. */
export interface FrameSource {
  pull(origin: L1BlockRef, signal?: AbortSignal): Promise<Pull<Frame>>
}

/** A complete channel, still compressed. */
export interface RawChannel {
  /** 16 bytes. */
  readonly id: Hex
  readonly data: Uint8Array
}

/**
 * The stage that makes channels of frames: the channel bank, and from Holocene on the channel assembler.
 *
 * `origin` is the L1 block that the pipeline reads.
 */
export interface ChannelSource {
  pull(origin: L1BlockRef, signal?: AbortSignal): Promise<Pull<RawChannel>>
}
