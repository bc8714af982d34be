import { concatBytes } from '../../base/bytes.ts'
import { type Compression, compress, decompress } from '../../base/compression.ts'
import { DecodeError } from '../../base/errors.ts'
import { rlpEncode, rlpSpan } from '../../base/rlp.ts'

/** What a channel's bytes may be, by the L1 block that completed it. */
export interface ChannelRules {
  /** Decompressed bytes beyond this are cut off: MAX_RLP_BYTES_PER_CHANNEL. */
  readonly maxRlpBytes: number
  /** From Fjord. */
  readonly isBrotliAllowed: boolean
}

/** Brotli channels begin with this byte; zlib needs none, its own first byte tells. */
const brotliVersion = 1

/**
 * The compression of a channel, by its first byte.
 *
 * @throws {DecodeError} `CHANNEL_EMPTY`, `CHANNEL_COMPRESSION`
 * @see https://specs.optimism.io/protocol/fjord/derivation.html#brotli-channel-compression
 */
export function channelCompression(data: Uint8Array): Compression {
  if (data.length === 0) throw new DecodeError('CHANNEL_EMPTY', 'channel has no bytes')
  const method = data[0]! & 0x0f
  if (method === 8 || method === 15) return 'zlib'
  if (data[0] === brotliVersion) return 'brotli'
  throw new DecodeError(
    'CHANNEL_COMPRESSION',
    `channel begins with ${data[0]}: unknown compression`,
  )
}

/**
 * Decompresses a channel, as far as its bytes and the limit allow.
 *
 * Differs: the specification leaves open how much of a broken stream counts, and nodes disagree. Where zlib breaks
 * off, op-node can lack the last symbols that are here, and kona appends zeros; of brotli with a window smaller than
 * batchers make, op-node can keep more. It shows where a batch ends right there.
 *
 * @throws {DecodeError} `CHANNEL_EMPTY`, `CHANNEL_COMPRESSION`, `CHANNEL_BROTLI_TOO_EARLY`
 */
export async function decompressChannel(
  data: Uint8Array,
  rules: ChannelRules,
): Promise<Uint8Array> {
  const compression = channelCompression(data)
  if (compression === 'zlib') return decompress('zlib', data, rules.maxRlpBytes)
  if (!rules.isBrotliAllowed) {
    throw new DecodeError('CHANNEL_BROTLI_TOO_EARLY', 'channel is brotli, which Fjord brings')
  }
  return decompress('brotli', data.subarray(1), rules.maxRlpBytes)
}

/** An encoded batch inside a decompressed channel. */
export interface BatchBytes {
  /** With its version byte: a view into the channel. */
  readonly bytes: Uint8Array
  /** Where the next batch begins. */
  readonly end: number
}

/**
 * Reads the encoded batch at `offset` of a decompressed channel; `undefined` at its end.
 *
 * @throws {DecodeError} `CHANNEL_BATCH` for a list where a byte string must be, and any `RLP_…`.
 */
export function batchBytesAt(channel: Uint8Array, offset: number): BatchBytes | undefined {
  if (offset >= channel.length) return undefined
  const span = rlpSpan(channel, offset)
  if (span.isList) {
    throw new DecodeError('CHANNEL_BATCH', `channel has an RLP list at byte ${offset}, not a batch`)
  }
  return { bytes: channel.subarray(span.start, span.end), end: span.end }
}

/**
 * Encodes batches (with their version bytes) as the data of a channel.
 *
 * @param level - zlib 0 to 9, brotli 0 to 11.
 */
export function encodeChannel(
  batches: readonly Uint8Array[],
  compression: Compression,
  level = 9,
): Uint8Array {
  const rlp = concatBytes(...batches.map((batch) => rlpEncode(batch)))
  return markCompression(compression, compress(compression, rlp, level))
}

/** The data of a channel from its compressed batches. */
export function markCompression(compression: Compression, compressed: Uint8Array): Uint8Array {
  return compression === 'zlib' ? compressed : concatBytes(Uint8Array.of(brotliVersion), compressed)
}
