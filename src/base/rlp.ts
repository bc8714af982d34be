import { bigIntToMinimalBytes, bytesToBigInt } from './bytes.ts'
import { DecodeError } from './errors.ts'

/** A byte string or a list of items. */
export type RlpItem = Uint8Array | readonly RlpItem[]

/**
 * Encodes an item.
 *
 * @see https://ethereum.org/developers/docs/data-structures-and-encoding/rlp/
 */
export function rlpEncode(item: RlpItem): Uint8Array {
  const out = new Uint8Array(rlpLength(item))
  writeRlp(item, out, 0)
  return out
}

/** Length of an item once it is encoded. */
export function rlpLength(item: RlpItem): number {
  if (item instanceof Uint8Array) {
    if (item.length === 1 && item[0]! < 0x80) return 1
    return rlpPrefixLength(item.length) + item.length
  }
  const payload = payloadLength(item)
  return rlpPrefixLength(payload) + payload
}

/** Length of what precedes a list, or a byte string of more than one byte, by the length of what is in it. */
export function rlpPrefixLength(payload: number): number {
  if (payload <= 55) return 1
  let size = 1
  for (let rest = payload; rest > 0; rest = Math.floor(rest / 256)) size++
  return size
}

/** Writes an encoded item to where there is room for it. @returns where it ends. */
export function writeRlp(item: RlpItem, out: Uint8Array, offset: number): number {
  if (item instanceof Uint8Array) {
    if (item.length === 1 && item[0]! < 0x80) {
      out[offset] = item[0]!
      return offset + 1
    }
    const start = writePrefix(item.length, 0x80, out, offset)
    out.set(item, start)
    return start + item.length
  }
  let next = writeRlpListPrefix(payloadLength(item), out, offset)
  for (const inner of item) next = writeRlp(inner, out, next)
  return next
}

/** Writes what precedes the encoded items of a list. @returns where it ends. */
export function writeRlpListPrefix(payloadLength: number, out: Uint8Array, offset: number): number {
  return writePrefix(payloadLength, 0xc0, out, offset)
}

/** An unsigned integer as RLP wants it: big-endian, no leading zeros, 0 is empty. */
export const rlpUint = bigIntToMinimalBytes

/** What precedes the encoded items of a list, by the length of them all. */
export function rlpListPrefix(payloadLength: number): Uint8Array {
  const out = new Uint8Array(rlpPrefixLength(payloadLength))
  writePrefix(payloadLength, 0xc0, out, 0)
  return out
}

/** What precedes a byte string that is not a single byte below 0x80. */
export function rlpStringPrefix(length: number): Uint8Array {
  const out = new Uint8Array(rlpPrefixLength(length))
  writePrefix(length, 0x80, out, 0)
  return out
}

/** One item inside a larger byte string, located but not read. Offsets are into the outer bytes. */
export interface RlpSpan {
  readonly isList: boolean
  /** Where the payload (behind the length prefix) begins. */
  readonly start: number
  /** Where the item ends. */
  readonly end: number
}

/**
 * Locates the item that begins at `offset`, which must end at or before `limit`.
 *
 * @throws {DecodeError} `RLP_SHORT`, `RLP_NOT_CANONICAL`
 */
export function rlpSpan(bytes: Uint8Array, offset: number, limit = bytes.length): RlpSpan {
  if (offset >= limit) throw short(offset)
  const prefix = bytes[offset]!
  if (prefix < 0x80) return { isList: false, start: offset, end: offset + 1 }
  const isList = prefix >= 0xc0
  const tag = prefix - (isList ? 0xc0 : 0x80)
  let start = offset + 1
  let length = tag
  if (tag > 55) {
    const lengthSize = tag - 55
    if (start + lengthSize > limit) throw short(offset)
    if (bytes[start] === 0) throw notCanonical(offset)
    length = 0
    for (let i = 0; i < lengthSize; i++) length = length * 256 + bytes[start + i]!
    if (length <= 55) throw notCanonical(offset)
    start += lengthSize
  }
  const end = start + length
  if (end > limit) throw short(offset)
  if (!isList && length === 1 && bytes[start]! < 0x80) throw notCanonical(offset)
  return { isList, start, end }
}

/**
 * Decodes exactly one item. Byte strings are views into `bytes`.
 *
 * @throws {DecodeError} `RLP_SHORT`, `RLP_NOT_CANONICAL`, `RLP_TRAILING`, `RLP_DEPTH` (over 64 levels)
 */
export function rlpDecode(bytes: Uint8Array): RlpItem {
  const span = rlpSpan(bytes, 0)
  if (span.end !== bytes.length) {
    throw new DecodeError('RLP_TRAILING', `${bytes.length - span.end} bytes follow the RLP item`)
  }
  return read(bytes, span, 0)
}

/**
 * The decoded item as a list, of exactly `length` items where given.
 *
 * @throws {DecodeError} `RLP_EXPECTED_LIST`
 */
export function rlpList(item: RlpItem | undefined, length?: number): readonly RlpItem[] {
  if (item === undefined || item instanceof Uint8Array) {
    throw new DecodeError('RLP_EXPECTED_LIST', 'expected an RLP list, got a byte string or nothing')
  }
  if (length !== undefined && item.length !== length) {
    throw new DecodeError(
      'RLP_EXPECTED_LIST',
      `expected an RLP list of ${length} items, got ${item.length}`,
    )
  }
  return item
}

/** The decoded item as bytes of exactly `size`, where given. @throws {DecodeError} `RLP_EXPECTED_BYTES` */
export function rlpBytes(item: RlpItem | undefined, size?: number): Uint8Array {
  if (!(item instanceof Uint8Array) || (size !== undefined && item.length !== size)) {
    const wanted = size === undefined ? 'an RLP byte string' : `an RLP byte string of ${size} bytes`
    throw new DecodeError('RLP_EXPECTED_BYTES', `expected ${wanted}`)
  }
  return item
}

/** The decoded item as an unsigned integer of at most `maxSize` bytes. @throws {DecodeError} `RLP_INTEGER` */
export function rlpInteger(item: RlpItem | undefined, maxSize = 32): bigint {
  const bytes = rlpBytes(item)
  if (bytes.length > maxSize || bytes[0] === 0) {
    throw new DecodeError('RLP_INTEGER', `RLP integer has leading zeros or over ${maxSize} bytes`)
  }
  return bytesToBigInt(bytes)
}

function read(bytes: Uint8Array, span: RlpSpan, depth: number): RlpItem {
  if (!span.isList) return bytes.subarray(span.start, span.end)
  if (depth > 64) throw new DecodeError('RLP_DEPTH', 'RLP lists are nested over 64 levels deep')
  const items: RlpItem[] = []
  for (let offset = span.start; offset < span.end; ) {
    const inner = rlpSpan(bytes, offset, span.end)
    items.push(read(bytes, inner, depth + 1))
    offset = inner.end
  }
  return items
}

function payloadLength(items: readonly RlpItem[]): number {
  let length = 0
  for (const item of items) length += rlpLength(item)
  return length
}

function writePrefix(payload: number, base: number, out: Uint8Array, offset: number): number {
  if (payload <= 55) {
    out[offset] = base + payload
    return offset + 1
  }
  const size = rlpPrefixLength(payload) - 1
  out[offset] = base + 55 + size
  for (let i = size, rest = payload; i > 0; i--, rest = Math.floor(rest / 256)) {
    out[offset + i] = rest % 256
  }
  return offset + 1 + size
}

function short(offset: number): DecodeError {
  return new DecodeError('RLP_SHORT', `RLP item at byte ${offset} ends before its length says`)
}

function notCanonical(offset: number): DecodeError {
  return new DecodeError(
    'RLP_NOT_CANONICAL',
    `RLP item at byte ${offset} has a longer prefix than needed`,
  )
}
