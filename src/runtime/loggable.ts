import { ChainError, TaktError } from '../base/errors.ts'
import { bytesToHex } from '../base/hex.ts'

/** A value as logs write it: JSON's types alone. */
export type Loggable =
  | string
  | number
  | boolean
  | null
  | readonly Loggable[]
  | { readonly [key: string]: Loggable }

/**
 * Turns any value of a log field into what JSON can hold and a person can read.
 *
 * Bigints become numbers where those are exact, else decimal strings. Bytes become hex, cut after
 * 32 bytes. Errors keep code, message, severity, context and causes; only errors that takt did not foresee keep
 * their stack, unless they come from outside (`ECONNREFUSED`). Nesting is cut after 5 levels.
 */
export function loggable(value: unknown, depth = 0): Loggable {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return value
    case 'number':
      return Number.isFinite(value) ? value : String(value)
    case 'bigint':
      return Number.isSafeInteger(Number(value)) ? Number(value) : value.toString()
    case 'undefined':
      return null
    case 'object':
      return value === null ? null : loggableObject(value, depth)
    default:
      return String(value)
  }
}

function loggableObject(value: object, depth: number): Loggable {
  if (value instanceof Uint8Array) return loggableBytes(value)
  if (depth >= 5) return '…'
  if (value instanceof Error) return loggableError(value, depth)
  if (value instanceof Date) return value.toISOString()
  if (value instanceof URL) return value.href
  if (value instanceof Map) return loggable(Object.fromEntries(value), depth)
  if (Array.isArray(value) || value instanceof Set) {
    return Array.from(value, (item) => loggable(item, depth + 1))
  }
  return mapFields(value, depth)
}

const shownBytes = 32

function loggableBytes(bytes: Uint8Array): string {
  if (bytes.length <= shownBytes) return bytesToHex(bytes)
  return `${bytesToHex(bytes.subarray(0, shownBytes))}… (${bytes.length} bytes)`
}

function loggableError(error: Error, depth: number): Loggable {
  const cause = error.cause === undefined ? {} : { cause: loggable(error.cause, depth + 1) }
  if (!(error instanceof TaktError)) {
    const { code } = error as { code?: unknown }
    // Node's own codes of mistakes in the program begin with ERR_.
    const isFromOutside = typeof code === 'string' && !code.startsWith('ERR_')
    return {
      ...(typeof code === 'string' ? { code } : {}),
      message: error.message,
      ...(isFromOutside || error.stack === undefined ? {} : { stack: error.stack }),
      ...cause,
    }
  }
  return {
    code: error.code,
    message: error.shortMessage,
    ...(error instanceof ChainError ? { severity: error.severity } : {}),
    ...mapFields(error.context, depth + 1),
    ...(error.alsoWrong.length > 0 ? { also: [...error.alsoWrong] } : {}),
    ...(error.metaMessages.length > 0 ? { try: [...error.metaMessages] } : {}),
    ...cause,
  }
}

function mapFields(fields: object, depth: number): { readonly [key: string]: Loggable } {
  const out: Record<string, Loggable> = {}
  for (const [key, value] of Object.entries(fields)) {
    if (value !== undefined) out[key] = loggable(value, depth + 1)
  }
  return out
}
