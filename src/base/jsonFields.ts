import { DecodeError } from './errors.ts'
import { type Address, type Hash, hexToBytes, parseHex } from './hex.ts'
import { parseQuantity, parseQuantityBytes } from './quantity.ts'

/**
 * Reads the fields of one JSON object and names the one that is wrong.
 *
 * Every error is a `DecodeError` with the code that was given, so that callers need not know what
 * each field is made of.
 */
export class JsonFields {
  readonly #json: Readonly<Record<string, unknown>>
  readonly #what: string
  readonly #code: string

  /**
   * @param what - Name of the object in errors.
   * @param code - Code of the errors.
   * @throws {DecodeError} when `json` is no object.
   */
  constructor(json: unknown, what: string, code: string) {
    if (typeof json !== 'object' || json === null) {
      const got = json === null ? 'null' : typeof json
      throw new DecodeError(code, `${what}: expected a JSON object, got ${got}`)
    }
    this.#json = json as Readonly<Record<string, unknown>>
    this.#what = what
    this.#code = code
  }

  /** A field that must be there. @throws {DecodeError} */
  read<T>(name: string, parse: (value: unknown) => T): T {
    const value = this.readOptional(name, parse)
    if (value === undefined) {
      throw new DecodeError(this.#code, `${this.#what}: ${name} is missing`)
    }
    return value
  }

  /** A field that may be absent or `null`. @throws {DecodeError} */
  readOptional<T>(name: string, parse: (value: unknown) => T): T | undefined {
    const value = this.#json[name]
    if (value === undefined || value === null) return undefined
    try {
      return parse(value)
    } catch (cause) {
      if (!(cause instanceof DecodeError)) throw cause
      const message = `${this.#what}: ${name}: ${cause.shortMessage}`
      throw new DecodeError(this.#code, message, { cause })
    }
  }
}

/** 32 bytes. */
export const hashFromJson = (json: unknown): Hash => parseHex(json, 32)
/** 20 bytes, in lower case. */
export const addressFromJson = (json: unknown): Address => parseHex(json, 20)
/** A QUANTITY of at most 64 bits. */
export const uint64FromJson = (json: unknown): bigint => parseQuantity(json, 64)
/** A QUANTITY of at most 256 bits. */
export const uint256FromJson = (json: unknown): bigint => parseQuantity(json, 256)
/** As {@link uint256FromJson}, but as RLP wants it: big-endian bytes without leading zeros. */
export const uint256BytesFromJson = parseQuantityBytes

/** Hex of any length. */
export function bytesFromJson(json: unknown): Uint8Array {
  if (typeof json !== 'string') {
    throw new DecodeError('HEX_INVALID', `expected hex bytes, got ${typeof json}`)
  }
  return hexToBytes(json)
}

/** Hex of exactly `size` bytes. */
export function sizedBytesFromJson(size: number): (json: unknown) => Uint8Array {
  return (json) => {
    const bytes = bytesFromJson(json)
    if (bytes.length === size) return bytes
    throw new DecodeError('HEX_INVALID', `expected ${size} hex bytes, got ${bytes.length}`)
  }
}

/** @throws {DecodeError} `FLAG_INVALID` */
export function booleanFromJson(json: unknown): boolean {
  if (typeof json === 'boolean') return json
  throw new DecodeError('FLAG_INVALID', `expected true or false, got ${String(json)}`)
}

/** A list of items that are all read the same way. The error names the position of the wrong one. */
export function listFromJson<T>(parse: (value: unknown) => T): (json: unknown) => T[] {
  return (json) => {
    if (!Array.isArray(json)) {
      throw new DecodeError('LIST_INVALID', `expected a list, got ${typeof json}`)
    }
    return json.map((item, index) => {
      try {
        return parse(item)
      } catch (cause) {
        if (!(cause instanceof DecodeError)) throw cause
        throw new DecodeError(cause.code, `item ${index}: ${cause.shortMessage}`, { cause })
      }
    })
  }
}
