import { DecodeError } from '../base/errors.ts'
import type { RpcMethods } from '../jsonrpc/dispatch.ts'
import { withReasons } from '../rpc/withReasons.ts'
import { type DevnetControl, devnetParts, latencyTargets, outageTargets } from './control.ts'

/** The `devnet_` methods, and `takt_warp`: {@link DevnetControl} over JSON-RPC. */
export function controlApi(control: DevnetControl): RpcMethods {
  return withReasons({
    takt_warp: async ([seconds]) => control.warp(count('seconds', seconds, maxWarpSeconds)),
    devnet_status: async () => control.status(),
    devnet_mine: async ([blocks = 1]) => control.mine(count('blocks', blocks, maxBlocks)),
    devnet_mineL1: async ([blocks = 1]) => control.mineL1(count('blocks', blocks, maxBlocks)),
    devnet_reorgL1: async ([depth]) => control.reorgL1(count('depth', depth, maxBlocks)),
    devnet_pause: async ([part = 'time']) => control.pause(choice('part', part, devnetParts)),
    devnet_resume: async ([part = 'time']) => control.resume(choice('part', part, devnetParts)),
    devnet_startOutage: async ([target]) =>
      control.startOutage(choice('target', target, outageTargets)),
    devnet_endOutage: async ([target]) =>
      control.endOutage(choice('target', target, outageTargets)),
    devnet_setLatency: async ([target, ms]) =>
      control.setLatency(
        choice('target', target, latencyTargets),
        count('milliseconds', ms, maxLatencyMs, 0),
      ),
    devnet_snapshot: async () => control.snapshot(),
    devnet_revert: async ([id]) => control.revert(text('id', id)),
  })
}

// A year. More is a unit mistaken.
const maxWarpSeconds = 366 * 24 * 3600
const maxBlocks = 1_000_000
const maxLatencyMs = 600_000

/** Numbers come as JSON numbers, or as strings as `cast rpc` sends them. */
function count(name: string, value: unknown, most: number, least = 1): number {
  assertGiven(name, value)
  const isNumber = typeof value === 'number' || (typeof value === 'string' && /\w/.test(value))
  const number = isNumber ? Number(value) : Number.NaN
  if (Number.isInteger(number) && number >= least && number <= most) return number
  throw new DecodeError(
    'PARAMETER',
    `${name}: ${JSON.stringify(value)} is not a whole number from ${least} to ${most}`,
  )
}

function choice<T extends string>(name: string, value: unknown, known: readonly T[]): T {
  assertGiven(name, value)
  const found = known.find((one) => one === value)
  if (found !== undefined) return found
  throw new DecodeError(
    'PARAMETER',
    `${name}: ${JSON.stringify(value)} is not one of ${known.join(', ')}`,
  )
}

function text(name: string, value: unknown): string {
  assertGiven(name, value)
  if (typeof value === 'string') return value
  throw new DecodeError('PARAMETER', `${name}: ${JSON.stringify(value)} is not text`)
}

function assertGiven(name: string, value: unknown): void {
  if (value === undefined) throw new DecodeError('PARAMETER', `${name} is missing`)
}
