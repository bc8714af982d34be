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

/** Content without blocks. */
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
  /** All but the last one hold `maxBlocks`. */
  readonly #spans: SpanBatchEncoder[] = []
  /** Bytes of so many first spans that are full. */
  readonly #fullBytes: number[] = [0]
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
    if (span.blockCount < this.#maxBlocks) return
    this.#fullBytes.push(this.#fullBytes.at(-1)! + spanBytes(span, span.blockCount))
  }

  rawBytes(blockCount: number): number {
    const { full, rest } = this.#split(blockCount)
    const bytes = this.#fullBytes[full]!
    return rest === 0 ? bytes : bytes + spanBytes(this.#spans[full]!, rest)
  }

  encode(blockCount: number): Uint8Array {
    const { full, rest } = this.#split(blockCount)
    const spans = this.#spans.slice(0, full).map((span) => span.encode())
    if (rest > 0) spans.push(this.#spans[full]!.encode(rest))
    return concatBytes(...spans.flatMap((span) => [rlpStringPrefix(span.length), span]))
  }

  /** How many full spans the first blocks are, and how many blocks of the next one. */
  #split(blockCount: number): { readonly full: number; readonly rest: number } {
    const full = Math.floor(blockCount / this.#maxBlocks)
    return { full, rest: full === 0 ? blockCount : blockCount - full * this.#maxBlocks }
  }
}

function spanBytes(span: SpanBatchEncoder, blockCount: number): number {
  const length = span.encodedLength(blockCount)
  return rlpStringPrefix(length).length + length
}
