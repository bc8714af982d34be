import { concatBytes } from '../../base/bytes.ts'
import type { Hex } from '../../base/hex.ts'
import type { Frame } from './frame.ts'

/** Why a frame did not enter its channel. */
export type FrameRejection =
  | 'otherChannel'
  | 'alreadyClosed'
  | 'duplicate'
  | 'behindLastFrame'
  | 'outOfOrder'

/** What a frame counts for beside its data when the size of a channel is measured. */
export const frameAccountingBytes = 200

/**
 * The frames of one channel, until they are all there.
 *
 * @see https://specs.optimism.io/protocol/derivation.html#loading-frames
 */
export class Channel {
  /** 16 bytes. */
  readonly id: Hex
  /** Number of the L1 block that held the first frame seen: the channel's timeout counts from it. */
  readonly openBlockNumber: bigint
  readonly #mustBeInOrder: boolean
  readonly #frames = new Map<number, Frame>()
  #sizeBytes = 0
  #lastNumber: number | undefined

  /** @param mustBeInOrder - Holocene: each frame must be the next. */
  constructor(id: Hex, openBlockNumber: bigint, mustBeInOrder: boolean) {
    this.id = id
    this.openBlockNumber = openBlockNumber
    this.#mustBeInOrder = mustBeInOrder
  }

  get frameCount(): number {
    return this.#frames.size
  }

  /** Data of the buffered frames and 200 bytes for each: what the limits of the protocol measure. */
  get sizeBytes(): number {
    return this.#sizeBytes
  }

  /** Takes a frame, or says why not. A rejected frame changes nothing. */
  add(frame: Frame): FrameRejection | undefined {
    const rejection = this.#rejectionOf(frame)
    if (rejection !== undefined) return rejection
    this.#frames.set(frame.number, frame)
    this.#sizeBytes += frame.data.length + frameAccountingBytes
    if (frame.isLast) this.#close(frame.number)
    return undefined
  }

  /** All frames up to the last one are there. */
  get isReady(): boolean {
    // Numbers are unique and none exceeds the last, so the count alone proves there is no gap.
    return this.#lastNumber !== undefined && this.#frames.size === this.#lastNumber + 1
  }

  /** The frames' data in order. Only for a channel that {@link isReady}. */
  data(): Uint8Array {
    const parts: Uint8Array[] = []
    for (let number = 0; number < this.#frames.size; number++) {
      parts.push(this.#frames.get(number)!.data)
    }
    return parts.length === 1 ? parts[0]! : concatBytes(...parts)
  }

  #rejectionOf(frame: Frame): FrameRejection | undefined {
    if (frame.channelId !== this.id) return 'otherChannel'
    if (frame.isLast && this.#lastNumber !== undefined) return 'alreadyClosed'
    if (this.#frames.has(frame.number)) return 'duplicate'
    if (this.#lastNumber !== undefined && frame.number > this.#lastNumber) return 'behindLastFrame'
    if (this.#mustBeInOrder && frame.number !== this.#frames.size) return 'outOfOrder'
    return undefined
  }

  /**
   * Drops frames that turn out to lie behind the last one.
   *
   * Differs: op-node and kona take the size of all earlier frames off here, not only of those dropped.
   * The specification counts what is buffered. It shows only in a channel bank that is over its limit.
   */
  #close(lastNumber: number): void {
    this.#lastNumber = lastNumber
    for (const [number, frame] of this.#frames) {
      if (number <= lastNumber) continue
      this.#frames.delete(number)
      this.#sizeBytes -= frame.data.length + frameAccountingBytes
    }
  }
}
