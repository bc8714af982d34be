import { DecodeError } from './errors.ts'

/** Lower-case, `0x`-prefixed hexadecimal. Compared with `===`. */
export type Hex = `0x${string}`
/** 20 bytes as lower-case {@link Hex}. */
export type Address = Hex
/** 32 bytes as lower-case {@link Hex}. */
export type Hash = Hex

/** 32 zero bytes: often stands for "unknown" or "none" on the wire. */
export const zeroHash: Hash = `0x${'0'.repeat(64)}`
/** 20 zero bytes. */
export const zeroAddress: Address = `0x${'0'.repeat(40)}`

/** Bytes to lower-case hex. */
export function bytesToHex(bytes: Uint8Array): Hex {
  // A Buffer view shares the memory; its native encoder is ~10x a table walk.
  const view = globalThis.Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return `0x${view.toString('hex')}`
}

/**
 * Hex to bytes.
 *
 * @throws {DecodeError} `HEX_INVALID` without `0x`, with an odd number of digits or a non-hex digit.
 */
export function hexToBytes(hex: string): Uint8Array {
  if (!hex.startsWith('0x') || hex.length % 2 !== 0) throw invalidHex(hex)
  const buffer = globalThis.Buffer.from(hex.slice(2), 'hex')
  if (buffer.length * 2 !== hex.length - 2) throw invalidHex(hex)
  return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.length)
}

/**
 * Checks that a text is `size` bytes of hex and returns it in lower case.
 *
 * @throws {DecodeError} `HEX_INVALID`
 */
export function parseHex(text: unknown, size?: number): Hex {
  if (typeof text !== 'string' || !/^0x([0-9a-fA-F]{2})*$/.test(text)) throw invalidHex(text)
  if (size !== undefined && text.length !== 2 + 2 * size) throw invalidHex(text, size)
  return text.toLowerCase() as Hex
}

function invalidHex(text: unknown, size?: number): DecodeError {
  const shown =
    typeof text === 'string' && text.length > 80 ? `${text.slice(0, 80)}…` : String(text)
  const wanted = size === undefined ? 'hex bytes' : `${size} hex bytes`
  return new DecodeError('HEX_INVALID', `expected ${wanted} with 0x prefix, got ${shown}`)
}
