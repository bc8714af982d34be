import type { L2BlockRef } from '../chain/refs.ts'
import type { RouteResponse } from '../jsonrpc/server.ts'

export interface HealthInputs {
  readonly nowMs: number
  /** Seconds. */
  readonly blockTime: bigint
  /** The node is to make blocks. */
  readonly isSequencing: boolean
  /** `undefined` until the heads of the engine are known. */
  readonly unsafe: L2BlockRef | undefined
  /** When the unsafe head last changed. */
  readonly unsafeSinceMs: number
}

// A chain with short blocks may pause this long, for an L1 reorg or an engine that restarts.
const leastPatienceMs = 10_000
const patienceBlocks = 5

/** Why the node does not do its job; empty when it does. */
export function healthProblems(inputs: HealthInputs): string[] {
  const { nowMs, blockTime, isSequencing, unsafe, unsafeSinceMs } = inputs
  if (unsafe === undefined) return ['the heads of the engine are not known yet']
  if (!isSequencing) return []
  const patienceMs = Math.max(patienceBlocks * Number(blockTime) * 1000, leastPatienceMs)
  const staleMs = nowMs - Math.max(unsafeSinceMs, Number(unsafe.timestamp) * 1000)
  if (staleMs <= patienceMs) return []
  return [
    `sequencing, but unsafe head ${unsafe.number} has not moved for ${Math.round(staleMs / 1000)} s`,
  ]
}

/** The page `/healthz`: 200 with the version, 503 with the reasons beside it. */
export function healthResponse(version: string, problems: readonly string[]): RouteResponse {
  const isHealthy = problems.length === 0
  return {
    status: isHealthy ? 200 : 503,
    contentType: 'application/json',
    body: JSON.stringify(isHealthy ? { version } : { version, reasons: problems }),
  }
}
