import { DecodeError } from '../../base/errors.ts'
import type { Hex } from '../../base/hex.ts'
import { decodeBatch } from '../../protocol/batch/batch.ts'
import { blobBytes, decodeBlob } from '../../protocol/batch/blobCodec.ts'
import { Channel } from '../../protocol/batch/channel.ts'
import {
  batchBytesAt,
  channelCompression,
  decompressChannel,
} from '../../protocol/batch/channelEncoding.ts'
import { decodeFrames, type Frame, frameVersion } from '../../protocol/batch/frame.ts'
import { SpanBatch, type SpanBatchChain } from '../../protocol/batch/spanBatch.ts'
import { type BatchFacts, batchFacts } from './batchFacts.ts'

/** What a batcher posted, taken apart. */
export interface DecodedBatcherData {
  /** Pieces of the input that hold neither frames nor a channel. */
  readonly unreadable: readonly UnreadableInput[]
  readonly frames: readonly DecodedFrame[]
  readonly channels: readonly DecodedChannel[]
}

export interface UnreadableInput {
  /** Position among all pieces, from 0. */
  readonly index: number
  readonly code: string
  readonly error: string
}

export interface DecodedFrame {
  readonly channelId: Hex
  readonly number: number
  readonly dataBytes: number
  readonly isLast: boolean
  /** Why its channel did not take it. */
  readonly rejected?: string
}

export interface DecodedChannel {
  /** Absent when the input was a channel's data without frames. */
  readonly channelId?: Hex
  readonly isComplete: boolean
  readonly compression?: 'zlib' | 'brotli'
  readonly compressedBytes?: number
  readonly decompressedBytes?: number
  readonly batches: readonly DecodedBatch[]
  /** Why the rest of the channel cannot be read. */
  readonly error?: string
}

/** A batch that is malformed says why, and has no blocks then. */
export type DecodedBatch = BatchFacts & { readonly error?: string }

/**
 * Takes batcher data apart: calldata and blobs into frames, frames into channels, channels into batches. What is not
 * valid is kept and says why.
 *
 * Each input is a blob by its length, frames by their version byte 0, and otherwise the data of one channel.
 */
export async function decodeBatcherData(
  inputs: readonly Uint8Array[],
  chain: SpanBatchChain,
): Promise<DecodedBatcherData> {
  const unreadable: UnreadableInput[] = []
  const frames: Frame[] = []
  const channels: DecodedChannel[] = []
  for (const [index, input] of inputs.entries()) {
    try {
      const data = input.length === blobBytes ? decodeBlob(input) : input
      if (data[0] === frameVersion) frames.push(...decodeFrames(data))
      else channels.push(await decodeChannel(data, chain))
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error
      unreadable.push({ index, code: error.code, error: error.shortMessage })
    }
  }
  const assembled = new Map<Hex, Channel>()
  const decodedFrames = frames.map((frame): DecodedFrame => {
    const { channelId, number, isLast } = frame
    const channel = assembled.get(channelId) ?? new Channel(channelId, 0n, false)
    assembled.set(channelId, channel)
    const rejected = channel.add(frame)
    const shown = { channelId, number, dataBytes: frame.data.length, isLast }
    return rejected === undefined ? shown : { ...shown, rejected }
  })
  for (const channel of assembled.values()) {
    const channelId = channel.id
    if (channel.isReady) {
      channels.push({ channelId, ...(await decodeChannel(channel.data(), chain)) })
    } else {
      channels.push({ channelId, isComplete: false, batches: [] })
    }
  }
  return { unreadable, frames: decodedFrames, channels }
}

/** Whether nothing was found that derivation would drop. A channel may still wait for frames. */
export function isValid({ unreadable, frames, channels }: DecodedBatcherData): boolean {
  return (
    unreadable.length === 0 &&
    frames.every(({ rejected }) => rejected === undefined) &&
    channels.every(
      ({ error, batches }) =>
        error === undefined && batches.every((batch) => batch.error === undefined),
    )
  )
}

// The largest that any fork allows: what a fork of the past cut off is still worth seeing.
const rules = { maxRlpBytes: 100_000_000, isBrotliAllowed: true }

async function decodeChannel(data: Uint8Array, chain: SpanBatchChain): Promise<DecodedChannel> {
  const batches: DecodedBatch[] = []
  let facts = {}
  try {
    const bytes = await decompressChannel(data, rules)
    const compression = channelCompression(data)
    facts = { compression, compressedBytes: data.length, decompressedBytes: bytes.length }
    for (let entry = batchBytesAt(bytes, 0); entry; entry = batchBytesAt(bytes, entry.end)) {
      batches.push(batchOf(entry.bytes, chain))
    }
    return { isComplete: true, ...facts, batches }
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error
    return { isComplete: true, ...facts, batches, error: error.shortMessage }
  }
}

function batchOf(bytes: Uint8Array, chain: SpanBatchChain): DecodedBatch {
  const raw = decodeBatch(bytes)
  if (raw.type === 'singular') return batchFacts(raw)
  const { parentCheck, l1OriginCheck } = raw.layout
  try {
    return batchFacts(new SpanBatch(raw.layout, chain))
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error
    return { type: 'span', parentCheck, l1OriginCheck, blocks: [], error: error.shortMessage }
  }
}
