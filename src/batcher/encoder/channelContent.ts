import { concatBytes } from '../../base/bytes.ts'
import { rlpEncode, rlpStringPrefix } from '../../base/rlp.ts'
import { ByteColumn } from '../../protocol/batch/byteColumn.ts'
import { encodeSingularBatch } from '../../protocol/batch/singularBatch.ts'
import type { SpanBatchChain } from '../../protocol/batch/spanBatch.ts'
import { SpanBatchEncoder } from '../../protocol/batch/spanBatchEncoder.ts'
import type { BatcherBlock } from './batcherBlock.ts'
import type { ChannelSettings } from './channelSettings.ts'

/**
 * The uncompressed bytes of a channel, growing block by block. The bytes for any number of first blocks can be had at
 * any time, for the price of copying them.
 */
export interface ChannelContent {
  readonly blockCount: number
  /** @throws {DecodeError} when a transaction cannot be carried. The content is then unusable. */
  append(block: BatcherBlock): void
  /** Bytes for that many first blocks; 0 for none. */
  rawBytes(blockCount: number): number
  /** RLP byte strings of encoded batches, one behind the other. May be a view, good until the next append. */
  encode(blockCount: number): Uint8Array
}

export function createChannelContent(
  settings: Pick<ChannelSettings, 'batchType' | 'maxBlocksPerSpan'>,
  chain: SpanBatchChain,
): ChannelContent {
  if (settings.batchType === 'singular') return new SingularContent()
  return new SpanContent(settings.maxBlocksPerSpan || Number.POSITIVE_INFINITY, chain)
}

class SingularContent implements ChannelContent {
  readonly #bytes = new ByteColumn()
  readonly #ends: number[] = []

  get blockCount(): number {
    return this.#ends.length
  }

  append({ batch }: BatcherBlock): void {
    this.#bytes.append(rlpEncode(encodeSingularBatch(batch)))
    this.#ends.push(this.#bytes.length)
  }

  rawBytes(blockCount: number): number {
    return this.#ends[blockCount - 1] ?? 0
  }

  encode(blockCount: number): Uint8Array {
    return this.#bytes.view(this.rawBytes(blockCount))
  }
}

class SpanContent implements ChannelContent {
  readonly #maxBlocks: number
  readonly #chain: SpanBatchChain
  readonly #spans: SpanBatchEncoder[] = []
  #blockCount = 0

  constructor(maxBlocks: number, chain: SpanBatchChain) {
    this.#maxBlocks = maxBlocks
    this.#chain = chain
  }

  get blockCount(): number {
    return this.#blockCount
  }

  append({ batch, ref }: BatcherBlock): void {
    let span = this.#spans.at(-1)
    if (span === undefined || span.blockCount === this.#maxBlocks) {
      span = new SpanBatchEncoder(this.#chain)
      this.#spans.push(span)
    }
    span.append(batch, ref.sequenceNumber === 0n)
    this.#blockCount++
  }

  rawBytes(blockCount: number): number {
    let sum = 0
    for (const [span, count] of this.#split(blockCount)) {
      const length = span.encodedLength(count)
      sum += rlpStringPrefix(length).length + length
    }
    return sum
  }

  encode(blockCount: number): Uint8Array {
    const parts: Uint8Array[] = []
    for (const [span, count] of this.#split(blockCount)) {
      const bytes = span.encode(count)
      parts.push(rlpStringPrefix(bytes.length), bytes)
    }
    return concatBytes(...parts)
  }

  /** The spans that hold the first blocks, each with how many of them it holds. */
  #split(blockCount: number): [SpanBatchEncoder, number][] {
    const split: [SpanBatchEncoder, number][] = []
    let rest = blockCount
    for (const span of this.#spans) {
      if (rest === 0) break
      const count = Math.min(rest, span.blockCount)
      split.push([span, count])
      rest -= count
    }
    return split
  }
}
