import { DecodeError } from '../base/errors.ts'
import { isForkActive } from '../chain/forks.ts'
import type { L1BlockRef } from '../chain/refs.ts'
import type { RollupConfig } from '../chain/rollupConfig.ts'
import { decodeFrames, type Frame } from '../protocol/batch/frame.ts'
import type { DerivationObserver, FrameDropReason } from './observer.ts'
import { again, item, type Pull } from './pull.ts'

/** The stage before: data of batcher transactions and blobs. */
export interface DataSource {
  pull(signal?: AbortSignal): Promise<Pull<Uint8Array>>
}

/**
 * The stage that takes batcher data apart into frames, one transaction at a time.
 *
 * @see https://specs.optimism.io/protocol/derivation.html#frame-queue
 * @see https://specs.optimism.io/protocol/holocene/derivation.html#frame-queue
 */
export class FrameQueue {
  readonly #config: RollupConfig
  readonly #prev: DataSource
  readonly #observe: DerivationObserver
  #frames: Frame[] = []

  constructor(config: RollupConfig, prev: DataSource, observe: DerivationObserver) {
    this.#config = config
    this.#prev = prev
    this.#observe = observe
  }

  async pull(origin: L1BlockRef, signal?: AbortSignal): Promise<Pull<Frame>> {
    if (this.#frames.length === 0) {
      const data = await this.#prev.pull(signal)
      if (data.type !== 'item') return data
      this.#frames = this.#framesOf(data.item, origin)
    }
    const frame = this.#frames.shift()
    return frame === undefined ? again : item(frame)
  }

  /** Forgets all frames: Holocene begins without any. */
  clear(): void {
    this.#frames = []
  }

  #framesOf(data: Uint8Array, origin: L1BlockRef): Frame[] {
    try {
      const frames = decodeFrames(data)
      if (!isForkActive(this.#config, 'holocene', origin.timestamp)) return frames
      return keepOrderedFrames(frames, ({ channelId, number }, reason) => {
        this.#observe({ type: 'frameDropped', channelId, frameNumber: number, reason }, origin)
      })
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error
      this.#observe({ type: 'framesDropped', error }, origin)
      return []
    }
  }
}

/**
 * Holocene's rule for the frames of one transaction: each channel's follow one another, and a new channel
 * begins only behind a complete one. The first frame stays whatever its number: it may go on with a channel
 * of an earlier transaction.
 */
export function keepOrderedFrames(
  frames: readonly Frame[],
  onDrop: (frame: Frame, reason: FrameDropReason) => void,
): Frame[] {
  const kept: Frame[] = []
  for (const next of frames) {
    let last = kept.at(-1)
    // A new channel ends the one before it, with all its frames, unless that is complete.
    while (last !== undefined && next.number === 0 && isOpenAndOther(last, next)) {
      onDrop(last, 'channelAbandoned')
      kept.pop()
      last = kept.at(-1)
    }
    if (last === undefined || follows(last, next)) kept.push(next)
    else onDrop(next, 'notNext')
  }
  return kept
}

function isOpenAndOther(last: Frame, next: Frame): boolean {
  return !last.isLast && last.channelId !== next.channelId
}

function follows(last: Frame, next: Frame): boolean {
  if (last.channelId === next.channelId) return !last.isLast && next.number === last.number + 1
  return last.isLast && next.number === 0
}
