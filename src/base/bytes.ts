import { TaktError } from './errors.ts'

/** No bytes. Shared; never written to. */
export const emptyBytes = new Uint8Array(0)

/** Joins byte strings into a new one. */
export function concatBytes(...parts: readonly Uint8Array[]): Uint8Array {
  let length = 0
  for (const part of parts) length += part.length
  const out = new Uint8Array(length)
  let offset = 0
  for (const part of parts) {
    out.set(part, offset)
    offset += part.length
  }
  return out
}

/** Compares by content. Not in constant time: no secrets. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false
  return true
}

/** Big-endian bytes to an unsigned integer. Empty bytes are 0. */
export function bytesToBigInt(bytes: Uint8Array): bigint {
  let value = 0n
  let i = 0
  for (; i + 4 <= bytes.length; i += 4) {
    const word =
      (bytes[i]! * 0x1000000 + (bytes[i + 1]! << 16) + (bytes[i + 2]! << 8) + bytes[i + 3]!) >>> 0
    value = (value << 32n) | BigInt(word)
  }
  for (; i < bytes.length; i++) value = (value << 8n) | BigInt(bytes[i]!)
  return value
}

/**
 * An unsigned integer as exactly `size` big-endian bytes.
 *
 * @throws {TaktError} `INTEGER_RANGE` when it is negative or does not fit.
 */
export function bigIntToBytes(value: bigint, size: number): Uint8Array {
  if (value < 0n || value >> BigInt(8 * size) !== 0n) {
    throw new TaktError('INTEGER_RANGE', `${value} does not fit into ${size} bytes`)
  }
  const out = new Uint8Array(size)
  // By words: each step on a bigint makes another one.
  let rest = value
  for (let end = size; end > 0 && rest > 0n; end -= 4) {
    let word = Number(rest & 0xffff_ffffn)
    rest >>= 32n
    for (let i = end - 1; word > 0; i--) {
      out[i] = word
      word >>>= 8
    }
  }
  return out
}

/** An unsigned integer as big-endian bytes without leading zeros; 0 is empty. */
export function bigIntToMinimalBytes(value: bigint): Uint8Array {
  if (value === 0n) return emptyBytes
  const digits = value.toString(16)
  return bigIntToBytes(value, (digits.length + 1) >> 1)
}
