import { DecodeError } from '../../base/errors.ts'

/** Bytes that a bitlist of `bitCount` bits takes. */
export function bitlistBytes(bitCount: number): number {
  return Math.ceil(bitCount / 8)
}

/**
 * Checks that a bitlist lies wholly inside `bytes` and sets no bit beyond its count.
 *
 * A bitlist is a big-endian integer, padded to whole bytes on the left: bit 0 is the lowest bit of
 * the last byte.
 *
 * @returns where the bitlist ends.
 * @throws {DecodeError} `BITLIST_SHORT`, `BITLIST_TOO_LONG`
 * @see https://specs.optimism.io/protocol/delta/span-batches.html#span-batch-format
 */
export function checkBitlist(bytes: Uint8Array, offset: number, bitCount: number): number {
  const end = offset + bitlistBytes(bitCount)
  if (end > bytes.length) {
    throw new DecodeError('BITLIST_SHORT', `bitlist of ${bitCount} bits runs past the end`)
  }
  const spare = bitCount % 8
  if (spare !== 0 && bytes[offset]! >>> spare !== 0) {
    throw new DecodeError('BITLIST_TOO_LONG', `bitlist has a bit set beyond its ${bitCount} bits`)
  }
  return end
}

/** Bit `index` of the bitlist that ends at `end`: 0 or 1. */
export function bitAt(bytes: Uint8Array, end: number, index: number): number {
  return (bytes[end - 1 - (index >>> 3)]! >>> (index & 7)) & 1
}

/** How many bits are set between two offsets. */
export function countBits(bytes: Uint8Array, start: number, end: number): number {
  let count = 0
  for (let i = start; i < end; i++) {
    for (let byte = bytes[i]!; byte !== 0; byte &= byte - 1) count++
  }
  return count
}
