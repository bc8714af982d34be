import type { L1BlockRef } from '../chain/refs.ts'
import { channelTimeout, maxRlpBytesPerChannel, type RollupConfig } from '../chain/rollupConfig.ts'
import { Channel } from '../protocol/batch/channel.ts'
import type { Frame } from '../protocol/batch/frame.ts'
import type { ChannelSource, FrameSource, RawChannel } from './channelSource.ts'
import type { DerivationObserver } from './observer.ts'
import { item, type Pull } from './pull.ts'

/**
 * The channel stage from Holocene on: one channel at a time, its frames in order.
 *
 * @see https://specs.optimism.io/protocol/holocene/derivation.html#channel-bank
 */
export class ChannelAssembler implements ChannelSource {
  readonly #config: RollupConfig
  readonly #prev: FrameSource
  readonly #observe: DerivationObserver
  #channel: Channel | undefined

  constructor(config: RollupConfig, prev: FrameSource, observe: DerivationObserver) {
    this.#config = config
    this.#prev = prev
    this.#observe = observe
  }

  async pull(origin: L1BlockRef, signal?: AbortSignal): Promise<Pull<RawChannel>> {
    const open = this.#channel
    if (open !== undefined) {
      const timeout = channelTimeout(this.#config, origin.timestamp)
      if (open.openBlockNumber + timeout < origin.number) this.#drop(open, 'timedOut', origin)
    }
    for (;;) {
      const frame = await this.#prev.pull(origin, signal)
      if (frame.type !== 'item') return frame
      const complete = this.#load(frame.item, origin)
      if (complete === undefined) continue
      this.#channel = undefined
      const { id, sizeBytes } = complete
      this.#observe({ type: 'channelRead', channelId: id, sizeBytes }, origin)
      return item({ id, data: complete.data() })
    }
  }

  /** Forgets the open channel: a batch of it was invalid. */
  flush(): void {
    this.#channel = undefined
  }

  /** @returns the channel when the frame completes it. */
  #load(frame: Frame, origin: L1BlockRef): Channel | undefined {
    const { channelId, number } = frame
    if (number === 0) this.#open(frame, origin)
    const channel = this.#channel
    const reason = channel === undefined ? 'noChannel' : channel.add(frame)
    if (channel === undefined || reason !== undefined) {
      this.#observe(
        { type: 'frameDropped', channelId, frameNumber: number, reason: reason ?? 'noChannel' },
        origin,
      )
      return undefined
    }
    if (channel.sizeBytes > maxRlpBytesPerChannel(this.#config, origin.timestamp)) {
      this.#drop(channel, 'tooLarge', origin)
      return undefined
    }
    return channel.isReady ? channel : undefined
  }

  /** A first frame opens a channel, and ends one that is still open. */
  #open({ channelId }: Frame, origin: L1BlockRef): void {
    if (this.#channel !== undefined) this.#drop(this.#channel, 'replaced', origin)
    this.#channel = new Channel(channelId, origin.number, true)
    this.#observe({ type: 'channelOpened', channelId }, origin)
  }

  #drop(channel: Channel, reason: 'timedOut' | 'tooLarge' | 'replaced', origin: L1BlockRef): void {
    this.#channel = undefined
    this.#observe({ type: 'channelDropped', channelId: channel.id, reason }, origin)
  }
}
