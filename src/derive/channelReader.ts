import { DecodeError } from '../base/errors.ts'
import { isForkActive } from '../chain/forks.ts'
import type { L1BlockRef } from '../chain/refs.ts'
import { maxRlpBytesPerChannel, type RollupConfig } from '../chain/rollupConfig.ts'
import { type Batch, decodeBatch, type RawBatch } from '../protocol/batch/batch.ts'
import { batchBytesAt, decompressChannel } from '../protocol/batch/channelEncoding.ts'
import { SpanBatch } from '../protocol/batch/spanBatch.ts'
import type { SpanBatchLayout } from '../protocol/batch/spanBatchLayout.ts'
import type { ChannelSource } from './channelSource.ts'
import type { DerivationObserver } from './observer.ts'
import { again, item, type Pull } from './pull.ts'

/**
 * The stage that decompresses channels and reads the batches in them.
 *
 * @see https://specs.optimism.io/protocol/derivation.html#channel-reader-batch-decoding
 */
export class ChannelReader {
  readonly #config: RollupConfig
  readonly #prev: ChannelSource
  readonly #observe: DerivationObserver
  #open: { readonly bytes: Uint8Array; offset: number } | undefined

  constructor(config: RollupConfig, prev: ChannelSource, observe: DerivationObserver) {
    this.#config = config
    this.#prev = prev
    this.#observe = observe
  }

  async pull(origin: L1BlockRef, signal?: AbortSignal): Promise<Pull<Batch>> {
    if (this.#open === undefined) {
      const channel = await this.#prev.pull(origin, signal)
      if (channel.type !== 'item') return channel
      await this.#begin(channel.item.data, origin)
      return again
    }
    const raw = this.#nextBatch(this.#open, origin)
    if (raw === undefined) {
      this.#open = undefined
      return again
    }
    const batch = raw.type === 'singular' ? raw : this.#spanBatch(raw.layout, origin)
    return batch === undefined ? again : item(batch)
  }

  /** Forgets the rest of the channel. */
  flush(): void {
    this.#open = undefined
  }

  async #begin(data: Uint8Array, origin: L1BlockRef): Promise<void> {
    try {
      const bytes = await decompressChannel(data, {
        maxRlpBytes: maxRlpBytesPerChannel(this.#config, origin.timestamp),
        isBrotliAllowed: isForkActive(this.#config, 'fjord', origin.timestamp),
      })
      this.#open = { bytes, offset: 0 }
    } catch (error) {
      this.#report('channelCorrupt', error, origin)
    }
  }

  #nextBatch(
    channel: { readonly bytes: Uint8Array; offset: number },
    origin: L1BlockRef,
  ): RawBatch | undefined {
    try {
      const entry = batchBytesAt(channel.bytes, channel.offset)
      if (entry === undefined) return undefined
      channel.offset = entry.end
      return decodeBatch(entry.bytes)
    } catch (error) {
      this.#report('channelCorrupt', error, origin)
      return undefined
    }
  }

  /** A span that cannot be made into blocks is passed over; the batches behind it are still read. */
  #spanBatch(layout: SpanBatchLayout, origin: L1BlockRef): SpanBatch | undefined {
    try {
      if (!isForkActive(this.#config, 'delta', origin.timestamp)) {
        throw new DecodeError('SPAN_BEFORE_DELTA', 'span batch is included before Delta')
      }
      const { genesis, blockTime, l2ChainId } = this.#config
      return new SpanBatch(layout, { genesisTime: genesis.l2Time, blockTime, l2ChainId })
    } catch (error) {
      this.#report('batchMalformed', error, origin)
      return undefined
    }
  }

  #report(type: 'channelCorrupt' | 'batchMalformed', error: unknown, origin: L1BlockRef): void {
    if (!(error instanceof DecodeError)) throw error
    this.#observe({ type, error }, origin)
  }
}
