import { DecodeError } from '../../base/errors.ts'
import { type Address, type Hash, type Hex, hexToBytes, parseHex } from '../../base/hex.ts'
import { parseQuantity } from '../../base/quantity.ts'
import type { Parser } from '../../jsonrpc/params.ts'

export const parseAddress: Parser<Address> = (json) => parseHex(json, 20)
export const parseHash: Parser<Hash> = (json) => parseHex(json, 32)
export const parseBytes: Parser<Uint8Array> = (json) => hexToBytes(parseHex(json))
export const parseUint64: Parser<bigint> = (json) => parseQuantity(json, 64)
export const parseUint256: Parser<bigint> = (json) => parseQuantity(json, 256)

export const parseFlag: Parser<boolean> = (json) => {
  if (typeof json === 'boolean') return json
  throw new DecodeError('FLAG_INVALID', `expected true or false, got ${String(json)}`)
}

export const parseObject: Parser<Readonly<Record<string, unknown>>> = (json) => {
  if (typeof json === 'object' && json !== null && !Array.isArray(json)) {
    return json as Record<string, unknown>
  }
  throw new DecodeError('OBJECT_INVALID', `expected an object, got ${JSON.stringify(json)}`)
}

export function parseList<T>(parse: Parser<T>): Parser<T[]> {
  return (json) => {
    if (Array.isArray(json)) return json.map(parse)
    throw new DecodeError('LIST_INVALID', `expected a list, got ${JSON.stringify(json)}`)
  }
}

/** A field of an object, or `undefined` where it is missing or `null`. @throws {DecodeError} with its name. */
export function field<T>(
  object: Readonly<Record<string, unknown>>,
  name: string,
  parse: Parser<T>,
): T | undefined {
  const json = object[name]
  if (json === undefined || json === null) return undefined
  try {
    return parse(json)
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error
    throw new DecodeError(error.code, `${name}: ${error.shortMessage}`, { cause: error })
  }
}

/** A storage slot: 32 bytes, or a number without leading zeros as some clients send it. */
export const parseSlot: Parser<Hash> = (json) => {
  if (typeof json !== 'string' || !/^0x[0-9a-fA-F]{1,64}$/.test(json)) {
    throw new DecodeError('SLOT_INVALID', `expected a storage slot, got ${String(json)}`)
  }
  return `0x${json.slice(2).toLowerCase().padStart(64, '0')}` as Hex
}
