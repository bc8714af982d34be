import type { Hex } from '../../base/hex.ts'
import type { L2BlockRef } from '../../chain/refs.ts'
import { channelTimeout } from '../../chain/rollupConfig.ts'
import type { BatcherBlock } from './batcherBlock.ts'
import { Channel, type CloseReason } from './channel.ts'
import { availabilityAt, type ChannelPlanOptions, planChannel } from './channelPlan.ts'
import type { ChannelCompression, DataAvailability } from './channelSettings.ts'
import { FramesInFlight } from './framesInFlight.ts'
import { firstPostable, isCloseToExpiry, isExpired } from './sequencingWindow.ts'
import type { Submission } from './submission.ts'
import { type BlockRange, decideSync, type SyncPoint } from './syncPoint.ts'

/** How blocks are packed. */
export interface BatchEncoderOptions extends ChannelPlanOptions {
  /** The way to begin with. */
  readonly availability: DataAvailability
  /** L1 blocks from the newest origin that was submitted to the closing of the next channel; 0 sets no bound. */
  readonly maxChannelDuration: bigint
}

/** Compressing that is wanted. */
export interface CompressionJob {
  readonly id: number
  /** Not to be changed, and good until the encoder is called again. */
  readonly data: Uint8Array
  readonly compression: ChannelCompression
}

/**
 * What one step came to.
 *
 * - `compress`: do this, and give the result to `compressed`.
 * - `closed`: a channel has its frames.
 * - `dropped`: channels were taken apart; their blocks go into new ones.
 * - `progressed`: step again.
 * - `idle`: nothing to do until something is told to the encoder. `reason` says when it holds blocks back.
 */
export type EncoderOutcome =
  | { readonly type: 'compress'; readonly job: CompressionJob }
  | { readonly type: 'closed'; readonly channel: Channel; readonly reason: CloseReason }
  | { readonly type: 'dropped'; readonly channelId: Hex; readonly reason: string }
  | { readonly type: 'progressed' }
  | { readonly type: 'idle'; readonly reason?: string }

/** What came of comparing with the node. */
export type SyncOutcome =
  | { readonly type: 'wait'; readonly reason: string }
  | { readonly type: 'startedOver'; readonly reason: string }
  | { readonly type: 'inSync'; readonly load: BlockRange | undefined }

// Beside its transactions.
const keptBytesPerBlock = 2_048

/**
 * Turns L2 blocks into submissions, in order, and keeps them until they are safe.
 *
 * A state machine: it knows neither time nor network, and does nothing on its own. L1's height, the node's position
 * and the fate of submissions are told to it; compressing is asked of the caller. The same calls give the same
 * submissions.
 *
 * @see https://specs.optimism.io/protocol/batcher.html
 * @see https://specs.optimism.io/protocol/holocene/derivation.html#batcher-hardening
 */
export class BatchEncoder {
  readonly #options: BatchEncoderOptions
  readonly #newChannelId: () => Hex
  /** Behind the safe head, without gaps. */
  #blocks: BatcherBlock[] = []
  /** As the node last told it. */
  #safe: L2BlockRef | undefined
  /** Index of the first block that is in no channel. */
  #next = 0
  /** In order. Only the last one can be open. */
  #channels: Channel[] = []
  #job: { readonly id: number; readonly channel: Channel; readonly blockCount: number } | undefined
  readonly #inFlight = new FramesInFlight()
  #lastId = 0
  #l1Head = 0n
  #previousL1 = 0n
  /** Newest L1 origin of what was submitted. */
  #submittedOrigin = 0n
  #availability: DataAvailability
  #ratio: number | undefined
  #isFlushing = false

  constructor(options: BatchEncoderOptions, deps: { readonly newChannelId: () => Hex }) {
    this.#options = options
    this.#newChannelId = deps.newChannelId
    this.#availability = options.availability
  }

  /** A closed channel waits for its first submission: now is the time to say which way to L1 is the better one. */
  get isAboutToSubmit(): boolean {
    return this.#channels.some(({ isClosed, isUntouched }) => isClosed && isUntouched)
  }

  /** Blocks that are kept: those that are not safe. */
  get blockCount(): number {
    return this.#blocks.length
  }

  /** Bytes of the blocks that are kept, about. */
  get blockBytes(): number {
    return this.#blocks.reduce((sum, { rawBytes }) => sum + rawBytes + keptBytesPerBlock, 0)
  }

  /** Blocks that are in no channel. */
  get pendingBlocks(): number {
    return this.#blocks.length - this.#next
  }

  /** Estimated bytes of data that L1 has yet to take in, or derivation to read: the load that throttling goes by. */
  get unsafeDataBytes(): number {
    let sum = 0
    for (let index = this.#next; index < this.#blocks.length; index++) {
      sum += this.#blocks[index]!.dataBytes
    }
    for (const channel of this.#channels) {
      sum += channel.isClosed
        ? channel.frameBytes
        : channel.blocks.reduce((bytes, { dataBytes }) => bytes + dataBytes, 0)
    }
    return sum
  }

  /** Tells of L1's newest block. */
  registerL1Head(number: bigint): void {
    this.#l1Head = number
  }

  /**
   * Says how channels should go to L1 from now on. Those that are on their way stay as they are.
   *
   * @returns whether that is news.
   */
  prefer(availability: DataAvailability): boolean {
    const isNews = availability !== this.#availability
    this.#availability = availability
    return isNews
  }

  /** Closes what is open, however little is in it. */
  flush(): void {
    this.#isFlushing = true
  }

  /**
   * Forgets everything. What is in flight is not called back: its fate is no longer asked for.
   *
   * @param submittedOrigin - L1 origin of the safe head: from there the duration of the next channel counts.
   */
  reset(submittedOrigin: bigint): void {
    this.#blocks = []
    this.#safe = undefined
    this.#previousL1 = 0n
    this.#next = 0
    this.#channels = []
    this.#job = undefined
    this.#inFlight.forgetAll()
    this.#submittedOrigin = submittedOrigin
    this.#isFlushing = false
  }

  /** Compares with the node: lets go of what is safe, and says what to load. */
  sync(point: SyncPoint): SyncOutcome {
    const previous = { l1: this.#previousL1, safe: this.#safe }
    const decision = decideSync(point, previous, this.#blocks, this.#channels)
    if (decision.type === 'wait') return decision
    this.#previousL1 = point.currentL1.number
    if (decision.type === 'startOver') {
      this.reset(point.localSafeL2.l1Origin.number)
      return { type: 'startedOver', reason: decision.reason }
    }
    if (this.#blocks.length === 0) this.#submittedOrigin = point.localSafeL2.l1Origin.number
    this.#safe = point.localSafeL2
    this.#prune(decision.safeCount, point.localSafeL2.number)
    return { type: 'inSync', load: decision.load }
  }

  /**
   * Takes the next L2 block.
   *
   * @returns false when it does not follow the last one, or the safe head: the chain was reorganized, and the encoder
   *   must be reset.
   */
  addBlock(block: BatcherBlock): boolean {
    const parent = this.#blocks.at(-1)?.ref ?? this.#safe
    if (parent !== undefined && block.ref.parentHash !== parent.hash) return false
    this.#blocks.push(block)
    return true
  }

  /**
   * Does the next piece of work.
   *
   * @param options.mayCloseEarly - False: a channel that has room stays open, for more blocks follow at once, or
   *   it could not be sent yet. True unless given.
   * @throws {DecodeError} when a block has a transaction that no batch can carry.
   */
  step(options: { readonly mayCloseEarly?: boolean } = {}): EncoderOutcome {
    const doomed = this.#findDoomed()
    if (doomed !== undefined) {
      this.#drop(doomed.channel)
      return { type: 'dropped', channelId: doomed.channel.id, reason: doomed.reason }
    }
    // Channels are packed one ahead: what waits for long may be packed anew for another way, or never.
    if (this.#job !== undefined || this.isAboutToSubmit) return { type: 'idle' }
    const channel = this.#openChannel()
    if (!(channel instanceof Channel)) {
      this.#isFlushing = false
      return { type: 'idle', ...(channel !== undefined && { reason: channel }) }
    }
    return this.#fill(channel, options.mayCloseEarly ?? true)
  }

  /** Takes the result of a job. That of a job which has become pointless is ignored. */
  compressed(jobId: number, bytes: Uint8Array): void {
    if (this.#job?.id !== jobId) return
    const { channel, blockCount } = this.#job
    this.#job = undefined
    channel.compressed(blockCount, bytes)
  }

  /** What is to be sent next, if anything is. Each must be confirmed or requeued in the end. */
  nextSubmission(): Submission | undefined {
    if (this.#inFlight.isSettling) return undefined
    const channel = this.#channels.find(({ hasUnsentFrames }) => hasUnsentFrames)
    if (channel === undefined) return undefined
    const id = ++this.#lastId
    const { first, frames } = channel.takeFrames()
    this.#inFlight.add({ id, channel, first, count: frames.length })
    const origin = channel.blocks.at(-1)!.ref.l1Origin.number
    if (origin > this.#submittedOrigin) this.#submittedOrigin = origin
    return { id, channelId: channel.id, availability: channel.settings.availability, frames }
  }

  /** A submission is in an L1 block. */
  confirm(id: number, l1BlockNumber: bigint): void {
    this.#inFlight.confirm(id, l1BlockNumber)
    this.#settleFailures()
  }

  /** A submission is not going to be in an L1 block: it is handed out again. */
  requeue(id: number): void {
    this.#inFlight.fail(id)
    this.#settleFailures()
  }

  #settleFailures(): void {
    const overtaken = this.#inFlight.settle(this.#channels)
    if (overtaken !== undefined) this.#drop(overtaken)
  }

  #prune(safeCount: number, safeNumber: bigint): void {
    this.#blocks = this.#blocks.slice(safeCount)
    this.#next = Math.max(0, this.#next - safeCount)
    this.#channels = this.#channels.filter(
      ({ isClosed, blocks }) => !isClosed || blocks.at(-1)!.ref.number > safeNumber,
    )
    // Another batcher, or this one before it was restarted, has posted blocks that wait here for their turn.
    const overtaken = this.#channels.find(
      ({ isUntouched, blocks }) =>
        isUntouched && (blocks[0]?.ref.number ?? safeNumber + 1n) <= safeNumber,
    )
    if (overtaken !== undefined) this.#drop(overtaken)
  }

  /** A channel that would be of no use on L1, or has a better way to it. */
  #findDoomed(): { readonly channel: Channel; readonly reason: string } | undefined {
    for (const channel of this.#channels) {
      const reason = this.#doomOf(channel)
      if (reason !== undefined) return { channel, reason }
    }
    return undefined
  }

  #doomOf(channel: Channel): string | undefined {
    const { config } = this.#options
    const { blocks, settings, firstInclusion, lastInclusion } = channel
    const [first, last] = [blocks[0], blocks.at(-1)]
    if (first === undefined || last === undefined) return undefined
    const timeout = channelTimeout(config, last.ref.timestamp)
    if (firstInclusion !== undefined && lastInclusion! - firstInclusion > timeout) {
      return 'its frames are too far apart on L1'
    }
    if (!channel.hasUnsentFrames && channel.isClosed) return undefined
    if (firstInclusion !== undefined && this.#l1Head + 1n - firstInclusion > timeout) {
      return 'the channel timeout is over'
    }
    if (isExpired(config, first, this.#l1Head)) return 'the sequencing window is over'
    const wanted = availabilityAt(config, this.#availability, first.ref.timestamp)
    return channel.isClosed && channel.isUntouched && settings.availability !== wanted
      ? `${wanted} is the better way to L1 now`
      : undefined
  }

  /** Takes a channel and all behind it apart. */
  #drop(channel: Channel): void {
    const index = this.#channels.indexOf(channel)
    const dropped = this.#channels.slice(index)
    this.#channels = this.#channels.slice(0, index)
    if (this.#job !== undefined && dropped.includes(this.#job.channel)) this.#job = undefined
    this.#inFlight.forget(dropped)
    const oldest = this.#blocks[0]?.ref.number
    const first = channel.blocks[0]?.ref.number
    if (oldest !== undefined && first !== undefined)
      this.#next = Math.max(0, Number(first - oldest))
    this.#settleFailures()
  }

  /** The channel that takes the next block; a reason where there are blocks that must not be posted. */
  #openChannel(): Channel | string | undefined {
    const last = this.#channels.at(-1)
    if (last !== undefined && !last.isClosed) return last
    const { config } = this.#options
    const parent = this.#blocks[this.#next - 1]?.ref ?? this.#safe
    const start = firstPostable(config, parent, this.#blocks.slice(this.#next), this.#l1Head)
    if (start === undefined) return 'derivation replaces a block whose sequencing window is over'
    const first = this.#blocks[this.#next + start]
    if (first === undefined) {
      return this.pendingBlocks > 0 ? 'the sequencing window of all blocks is over' : undefined
    }
    this.#next += start
    const plan = planChannel(this.#options, this.#availability, first, this.#l1Head)
    const { genesis, blockTime, l2ChainId } = config
    const channel = new Channel(
      this.#newChannelId(),
      plan.settings,
      {
        maxRawBytes: plan.maxRawBytes,
        ratio: this.#ratio ?? plan.settings.approxRatio,
      },
      { genesisTime: genesis.l2Time, blockTime, l2ChainId },
    )
    this.#channels.push(channel)
    return channel
  }

  #fill(channel: Channel, mayCloseEarly: boolean): EncoderOutcome {
    const need = channel.advance()
    switch (need.type) {
      case 'compress':
        return { type: 'compress', job: this.#startJob(channel, need.blockCount) }
      case 'nothing':
        // Blocks that did not fit are first in the next channel.
        this.#next = this.#indexOf(channel.blocks.at(-1)!) + 1
        this.#ratio = channel.ratio
        return { type: 'closed', channel, reason: channel.closeReason! }
      case 'blocks':
        return this.#appendNext(channel, mayCloseEarly)
    }
  }

  #appendNext(channel: Channel, mayCloseEarly: boolean): EncoderOutcome {
    const block = this.#blocks[this.#next]
    if (block !== undefined) {
      channel.append(block)
      this.#next++
      return { type: 'progressed' }
    }
    const reason = this.#isFlushing ? 'flushed' : mayCloseEarly ? this.#ageOf(channel) : undefined
    if (reason === undefined || channel.blocks.length === 0) return { type: 'idle' }
    channel.close(reason)
    return { type: 'progressed' }
  }

  /** Why a channel should wait for no more blocks. */
  #ageOf({ blocks }: Channel): CloseReason | undefined {
    const { maxChannelDuration } = this.#options
    const first = blocks[0]
    if (first === undefined) return undefined
    if (maxChannelDuration > 0n && this.#l1Head >= this.#submittedOrigin + maxChannelDuration) {
      return 'duration'
    }
    return isCloseToExpiry(this.#options, first, this.#l1Head) ? 'sequencingWindow' : undefined
  }

  #startJob(channel: Channel, blockCount: number): CompressionJob {
    const id = ++this.#lastId
    this.#job = { id, channel, blockCount }
    return { id, data: channel.encode(blockCount), compression: channel.settings.compression }
  }

  #indexOf(block: BatcherBlock): number {
    return Number(block.ref.number - this.#blocks[0]!.ref.number)
  }
}
