import { DecodeError } from '../../base/errors.ts'
import { devnetParts, latencyTargets, outageTargets } from './control.ts'

/**
 * Reads what a devnet is told to do.
 *
 * Numbers are JSON numbers, or text as `cast rpc` sends them.
 *
 * @throws {DecodeError} `PARAMETER`
 */
export const controlArguments = {
  seconds: (value: unknown) => count('seconds', value, maxWarpSeconds),
  blocks: (value: unknown) => count('blocks', value, maxBlocks),
  depth: (value: unknown) => count('depth', value, maxBlocks),
  milliseconds: (value: unknown) => count('milliseconds', value, maxLatencyMs, 0),
  part: (value: unknown) => choice('part', value, devnetParts),
  outage: (value: unknown) => choice('target', value, outageTargets),
  latency: (value: unknown) => choice('target', value, latencyTargets),
  id: (value: unknown) => text('id', value),
} as const

// A year. More is a unit mistaken.
const maxWarpSeconds = 366 * 24 * 3600
const maxBlocks = 1_000_000
const maxLatencyMs = 600_000

function count(name: string, value: unknown, most: number, least = 1): number {
  assertGiven(name, value)
  const isNumber = typeof value === 'number' || (typeof value === 'string' && /\w/.test(value))
  const number = isNumber ? Number(value) : Number.NaN
  if (Number.isInteger(number) && number >= least && number <= most) return number
  throw new DecodeError(
    'PARAMETER',
    `${name}: ${shown(value)} is not a whole number from ${least} to ${most}`,
  )
}

function choice<T extends string>(name: string, value: unknown, known: readonly T[]): T {
  assertGiven(name, value)
  const found = known.find((one) => one === value)
  if (found !== undefined) return found
  throw new DecodeError('PARAMETER', `${name}: ${shown(value)} is not one of ${known.join(', ')}`)
}

function text(name: string, value: unknown): string {
  assertGiven(name, value)
  if (typeof value === 'string') return value
  throw new DecodeError('PARAMETER', `${name}: ${shown(value)} is not text`)
}

function assertGiven(name: string, value: unknown): void {
  if (value === undefined) throw new DecodeError('PARAMETER', `${name} is missing`)
}

function shown(value: unknown): string {
  return typeof value === 'string' ? JSON.stringify(value) : String(value)
}
