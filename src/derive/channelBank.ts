import type { Hex } from '../base/hex.ts'
import { isForkActive } from '../chain/forks.ts'
import type { L1BlockRef } from '../chain/refs.ts'
import { channelTimeout, maxChannelBankSize, type RollupConfig } from '../chain/rollupConfig.ts'
import { Channel } from '../protocol/batch/channel.ts'
import type { Frame } from '../protocol/batch/frame.ts'
import type { ChannelSource, FrameSource, RawChannel } from './channelSource.ts'
import type { DerivationObserver } from './observer.ts'
import { again, item, type Pull } from './pull.ts'

/**
 * The channel stage before Holocene: any number of channels at once, their frames in any order.
 *
 * @see https://specs.optimism.io/protocol/derivation.html#channel-bank
 */
export class ChannelBank implements ChannelSource {
  readonly #config: RollupConfig
  readonly #prev: FrameSource
  readonly #observe: DerivationObserver
  /** In the order in which they were opened. */
  readonly #channels = new Map<Hex, Channel>()

  constructor(config: RollupConfig, prev: FrameSource, observe: DerivationObserver) {
    this.#config = config
    this.#prev = prev
    this.#observe = observe
  }

  /** Reading comes before loading: what may be read must not be pruned for a frame that comes later. */
  async pull(origin: L1BlockRef, signal?: AbortSignal): Promise<Pull<RawChannel>> {
    const ready = this.#takeReady(origin)
    if (ready !== undefined) return item({ id: ready.id, data: ready.data() })
    const frame = await this.#prev.pull(origin, signal)
    if (frame.type !== 'item') return frame
    this.#load(frame.item, origin)
    return again
  }

  #takeReady(origin: L1BlockRef): Channel | undefined {
    for (const channel of this.#channels.values()) {
      if (!this.#isTimedOut(channel, origin)) break
      this.#remove(channel, 'timedOut', origin)
    }
    const ready = this.#firstReady(origin)
    if (ready !== undefined) {
      this.#channels.delete(ready.id)
      const { id, sizeBytes } = ready
      this.#observe({ type: 'channelRead', channelId: id, sizeBytes }, origin)
    }
    return ready
  }

  #firstReady(origin: L1BlockRef): Channel | undefined {
    const looksAtAll = isForkActive(this.#config, 'canyon', origin.timestamp)
    for (const channel of this.#channels.values()) {
      if (channel.isReady && !this.#isTimedOut(channel, origin)) return channel
      if (!looksAtAll) return undefined
    }
    return undefined
  }

  #load(frame: Frame, origin: L1BlockRef): void {
    const { channelId, number } = frame
    let channel = this.#channels.get(channelId)
    if (channel === undefined) {
      channel = new Channel(channelId, origin.number, false)
      this.#channels.set(channelId, channel)
      this.#observe({ type: 'channelOpened', channelId }, origin)
    }
    const reason = this.#isTimedOut(channel, origin) ? 'channelTimedOut' : channel.add(frame)
    if (reason === undefined) this.#prune(origin)
    else this.#observe({ type: 'frameDropped', channelId, frameNumber: number, reason }, origin)
  }

  #prune(origin: L1BlockRef): void {
    let size = 0
    for (const channel of this.#channels.values()) size += channel.sizeBytes
    const limit = maxChannelBankSize(this.#config, origin.timestamp)
    for (const channel of this.#channels.values()) {
      if (size <= limit) return
      size -= channel.sizeBytes
      this.#remove(channel, 'bankFull', origin)
    }
  }

  #isTimedOut(channel: Channel, origin: L1BlockRef): boolean {
    return channel.openBlockNumber + channelTimeout(this.#config, origin.timestamp) < origin.number
  }

  #remove(channel: Channel, reason: 'timedOut' | 'bankFull', origin: L1BlockRef): void {
    this.#channels.delete(channel.id)
    this.#observe({ type: 'channelDropped', channelId: channel.id, reason }, origin)
  }
}
