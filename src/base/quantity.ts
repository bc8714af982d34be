import { DecodeError } from './errors.ts'
import type { Hex } from './hex.ts'

/** An unsigned integer as JSON-RPC's QUANTITY: hex without leading zeros, 0 is `0x0`. */
export function encodeQuantity(value: bigint | number): Hex {
  return `0x${value.toString(16)}`
}

/**
 * Reads a QUANTITY. Leading zeros are forgiven, as the reference clients do.
 *
 * @param maxBits - 64 unless told; Ethereum's largest is 256.
 * @throws {DecodeError} `QUANTITY_INVALID`
 */
export function parseQuantity(json: unknown, maxBits = 64): bigint {
  if (typeof json !== 'string' || !/^0x[0-9a-fA-F]+$/.test(json)) throw invalid(json, maxBits)
  const value = BigInt(json)
  if (value >> BigInt(maxBits) !== 0n) throw invalid(json, maxBits)
  return value
}

/**
 * Reads a QUANTITY of at most 256 bits as big-endian bytes without leading zeros, 0 as none: as RLP wants it, and much
 * faster than by way of a bigint.
 *
 * @throws {DecodeError} `QUANTITY_INVALID`
 */
export function parseQuantityBytes(json: unknown): Uint8Array {
  if (typeof json !== 'string' || json.length < 3 || !json.startsWith('0x'))
    throw invalid(json, 256)
  let start = 2
  while (json.charCodeAt(start) === zero) start++
  const digits = json.length - start
  if (digits > 64) throw invalid(json, 256)
  const bytes = new Uint8Array((digits + 1) >> 1)
  for (let i = bytes.length - 1, at = json.length - 1; i >= 0; i--, at -= 2) {
    const low = digitAt(json, at)
    const high = at > start ? digitAt(json, at - 1) : 0
    if (low < 0 || high < 0) throw invalid(json, 256)
    bytes[i] = (high << 4) | low
  }
  return bytes
}

const zero = 0x30

/** Value of a hex digit, below zero for anything else. */
function digitAt(text: string, index: number): number {
  const code = text.charCodeAt(index)
  if (code >= zero && code <= 0x39) return code - zero
  // Upper case to lower case.
  const letter = code | 0x20
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1
}

function invalid(json: unknown, maxBits: number): DecodeError {
  const shown = String(json).slice(0, 80)
  return new DecodeError(
    'QUANTITY_INVALID',
    `expected a 0x-prefixed hex number of at most ${maxBits} bits, got ${shown}`,
  )
}
