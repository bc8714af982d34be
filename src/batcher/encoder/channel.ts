import type { Hex } from '../../base/hex.ts'
import { type Frame, frameOverheadBytes } from '../../protocol/batch/frame.ts'
import type { SpanBatchChain } from '../../protocol/batch/spanBatch.ts'
import type { BatcherBlock } from './batcherBlock.ts'
import { type ChannelContent, createChannelContent } from './channelContent.ts'
import { type ChannelSettings, targetChannelBytes } from './channelSettings.ts'
import { type FillAdvice, FillSearch } from './fillSearch.ts'

/**
 * Why a channel takes no more blocks.
 *
 * - `full`: one more block would not fit into its frames.
 * - `inputLimit`: derivation decompresses no more than it holds.
 * - `duration`: it has been open for as long as a channel may be.
 * - `sequencingWindow`: the batch of its first block must get into L1 soon.
 * - `flushed`: somebody asked for it.
 */
export type CloseReason = 'full' | 'inputLimit' | 'duration' | 'sequencingWindow' | 'flushed'

/**
 * What a channel needs next.
 *
 * - `blocks`: it has room.
 * - `compress`: its first blocks, to know how large they become.
 * - `nothing`: it is closed, and has its frames.
 */
export type ChannelNeed =
  | { readonly type: 'blocks' }
  | { readonly type: 'compress'; readonly blockCount: number }
  | { readonly type: 'nothing' }

/** Blocks on their way into frames, and frames on their way to L1. */
export class Channel {
  /** 16 bytes. */
  readonly id: Hex
  readonly settings: ChannelSettings
  /** Until closed. */
  #content: ChannelContent | undefined
  readonly #search: FillSearch
  readonly #maxRawBytes: number
  #blocks: BatcherBlock[] = []
  #closeReason: CloseReason | undefined
  /** The largest channel so far that fits, or the first block alone. */
  #best: { readonly blockCount: number; readonly bytes: Uint8Array } | undefined
  #frames: readonly Frame[] | undefined
  #rawBytes = 0
  #nextFrame = 0
  #framesConfirmed = 0
  #firstInclusion: bigint | undefined
  #lastInclusion: bigint | undefined

  /** @param limits.maxRawBytes - What derivation decompresses at most. */
  constructor(
    id: Hex,
    settings: ChannelSettings,
    limits: { readonly maxRawBytes: number; readonly ratio: number },
    chain: SpanBatchChain,
  ) {
    this.id = id
    this.settings = settings
    this.#content = createChannelContent(settings, chain)
    const ratio = settings.fill === 'ratio' ? settings.approxRatio : limits.ratio
    this.#search = new FillSearch(targetChannelBytes(settings), ratio)
    this.#maxRawBytes = limits.maxRawBytes
  }

  /** Once closed: those that the frames hold. */
  get blocks(): readonly BatcherBlock[] {
    return this.#blocks
  }

  get isClosed(): boolean {
    return this.#frames !== undefined
  }

  get closeReason(): CloseReason | undefined {
    return this.#closeReason
  }

  /** Compressed size by raw size, as far as it is known. */
  get ratio(): number {
    return this.#search.ratio
  }

  /** Of the blocks that it holds. */
  get rawBytes(): number {
    return this.#content?.rawBytes(this.#blocks.length) ?? this.#rawBytes
  }

  /** All that goes to L1. 0 while open. */
  get frameBytes(): number {
    return (this.#frames ?? []).reduce((sum, { data }) => sum + frameOverheadBytes + data.length, 0)
  }

  get frameCount(): number {
    return this.#frames?.length ?? 0
  }

  /** Frames that are in no submission. */
  get hasUnsentFrames(): boolean {
    return this.#nextFrame < this.frameCount
  }

  /** No frame was ever handed out, or all came back. */
  get isUntouched(): boolean {
    return this.#nextFrame === 0
  }

  get isConfirmed(): boolean {
    return this.isClosed && this.#framesConfirmed === this.frameCount
  }

  /** The newest L1 block that has a frame; `undefined` while none has. */
  get lastInclusion(): bigint | undefined {
    return this.#lastInclusion
  }

  /** The oldest L1 block that has a frame. */
  get firstInclusion(): bigint | undefined {
    return this.#firstInclusion
  }

  /** @throws {DecodeError} when a transaction cannot be carried. */
  append(block: BatcherBlock): void {
    this.#content!.append(block)
    this.#blocks.push(block)
  }

  /** Lets it take no more blocks. The first reason stays. */
  close(reason: CloseReason): void {
    this.#closeReason ??= reason
  }

  /** Says what is needed; closes the channel and cuts its frames when nothing is. */
  advance(): ChannelNeed {
    if (this.isClosed) return { type: 'nothing' }
    const advice = this.#advice()
    if (advice.type === 'measure') return { type: 'compress', blockCount: advice.blockCount }
    if (advice.type === 'room' && this.#closeReason === undefined) return { type: 'blocks' }
    const blockCount = advice.type === 'full' ? advice.blockCount : this.#withinInputLimit()
    if (advice.type === 'full') this.close('full')
    if (this.#best?.blockCount !== blockCount) return { type: 'compress', blockCount }
    this.#finish(this.#best)
    return { type: 'nothing' }
  }

  /** Uncompressed bytes of the first blocks. */
  encode(blockCount: number): Uint8Array {
    return this.#content!.encode(blockCount)
  }

  /** Takes the answer to `compress`: the data of a channel, with the byte that tells how it is compressed. */
  compressed(blockCount: number, bytes: Uint8Array): void {
    const rawBytes = this.#content!.rawBytes(blockCount)
    this.#search.report({ blockCount, rawBytes, compressedBytes: bytes.length })
    const fits = bytes.length <= targetChannelBytes(this.settings)
    const isFinal = this.settings.fill === 'ratio' || blockCount === 1
    if (isFinal || (fits && blockCount > (this.#best?.blockCount ?? 0))) {
      this.#best = { blockCount, bytes }
    }
  }

  /** The next frames in order, as many as one transaction takes. */
  takeFrames(): { readonly first: number; readonly frames: readonly Frame[] } {
    const first = this.#nextFrame
    const frames = this.#frames!.slice(first, first + this.settings.framesPerTransaction)
    this.#nextFrame += frames.length
    return { first, frames }
  }

  /** Hands out frames again, from that one on. */
  rewindTo(frame: number): void {
    this.#nextFrame = Math.min(this.#nextFrame, frame)
  }

  confirm(frameCount: number, l1BlockNumber: bigint): void {
    this.#framesConfirmed += frameCount
    const [first, last] = [this.#firstInclusion, this.#lastInclusion]
    if (first === undefined || l1BlockNumber < first) this.#firstInclusion = l1BlockNumber
    if (last === undefined || l1BlockNumber > last) this.#lastInclusion = l1BlockNumber
  }

  #advice(): FillAdvice {
    const count = this.#withinInputLimit()
    if (count < this.#blocks.length) this.close('inputLimit')
    const rawBytes = (blockCount: number) => this.#content!.rawBytes(blockCount)
    if (this.settings.fill === 'measured') return this.#search.advise(count, rawBytes)
    const wanted = targetChannelBytes(this.settings) / this.settings.approxRatio
    if (rawBytes(count) < wanted) return { type: 'room' }
    return { type: 'full', blockCount: count }
  }

  /** How many of its blocks derivation would read; at least one. */
  #withinInputLimit(): number {
    const { length } = this.#blocks
    return length > 1 && this.rawBytes > this.#maxRawBytes ? length - 1 : length
  }

  #finish(best: { readonly blockCount: number; readonly bytes: Uint8Array }): void {
    this.#blocks = this.#blocks.slice(0, best.blockCount)
    this.#rawBytes = this.rawBytes
    this.#content = undefined
    this.#frames = cutIntoFrames(this.id, best.bytes, this.settings.maxFrameBytes)
  }
}

function cutIntoFrames(channelId: Hex, bytes: Uint8Array, maxFrameBytes: number): Frame[] {
  const size = maxFrameBytes - frameOverheadBytes
  return Array.from({ length: Math.ceil(bytes.length / size) }, (_, number) => ({
    channelId,
    number,
    data: bytes.subarray(number * size, (number + 1) * size),
    isLast: (number + 1) * size >= bytes.length,
  }))
}
