import { equalBytes } from '../base/bytes.ts'
import type { PayloadEnvelope } from '../protocol/payload.ts'

/** True when all fields of two payloads are equal: cheaper than hashing one of them. */
export function isSamePayload(a: PayloadEnvelope, b: PayloadEnvelope): boolean {
  return isSame(a, b)
}

function isSame(a: unknown, b: unknown): boolean {
  if (a === b) return true
  if (a instanceof Uint8Array) return b instanceof Uint8Array && equalBytes(a, b)
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false
  const [left, right] = [Object.entries(a), b as Record<string, unknown>]
  return (
    left.length === Object.keys(right).length &&
    left.every(([key, value]) => isSame(value, right[key]))
  )
}
