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

function invalid(json: unknown, maxBits: number): DecodeError {
  const shown = String(json).slice(0, 80)
  return new DecodeError(
    'QUANTITY_INVALID',
    `expected a 0x-prefixed hex number of at most ${maxBits} bits, got ${shown}`,
  )
}
