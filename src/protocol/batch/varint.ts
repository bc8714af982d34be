import { DecodeError, TaktError } from '../../base/errors.ts'

/**
 * Reads an unsigned base-128 varint of up to 64 bits into two words, without a bigint on the way.
 *
 * Padded encodings (`80 00` for 0) are accepted, as protobuf and the reference client do.
 *
 * @param words - Receives the high word at `index`, the low word at `index + 1`.
 * @returns where the varint ends.
 * @throws {DecodeError} `VARINT_SHORT`, `VARINT_TOO_LARGE` (over 64 bits).
 * @see https://protobuf.dev/programming-guides/encoding/#varints
 */
export function readUvarint(
  bytes: Uint8Array,
  offset: number,
  words: Uint32Array,
  index: number,
): number {
  let low = 0
  let high = 0
  for (let i = 0; i < 10; i++) {
    if (offset + i >= bytes.length) {
      throw new DecodeError('VARINT_SHORT', `varint at byte ${offset} runs past the end`)
    }
    const byte = bytes[offset + i]!
    if (i === 9 && byte > 1) break
    const group = byte & 0x7f
    if (i < 4) low |= group << (7 * i)
    else if (i === 4) {
      low |= group << 28
      high = group >>> 4
    } else high |= group << (7 * i - 32)
    if (byte < 0x80) {
      words[index] = high
      words[index + 1] = low
      return offset + i + 1
    }
  }
  throw new DecodeError('VARINT_TOO_LARGE', `varint at byte ${offset} exceeds 64 bits`)
}

/** The value that {@link readUvarint} left in two words. */
export function wordsToBigInt(words: Uint32Array, index: number): bigint {
  return (BigInt(words[index]!) << 32n) | BigInt(words[index + 1]!)
}

/**
 * Encodes an unsigned integer in as few bytes as it takes.
 *
 * @throws {TaktError} `INTEGER_RANGE` when it is negative or over 64 bits.
 */
export function encodeUvarint(value: bigint): Uint8Array {
  if (value < 0n || value >> 64n !== 0n) {
    throw new TaktError('INTEGER_RANGE', `${value} is no unsigned integer of 64 bits`)
  }
  const out: number[] = []
  let rest = value
  for (; rest >= 0x80n; rest >>= 7n) out.push(Number(rest & 0x7fn) | 0x80)
  out.push(Number(rest))
  return Uint8Array.from(out)
}
