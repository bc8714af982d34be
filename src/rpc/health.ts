import { inSeconds } from '../base/duration.ts'
import type { L2BlockRef } from '../chain/refs.ts'
import type { DerivationProgress } from '../driver/statusTracker.ts'
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
  /** When L1 last had another head. */
  readonly l1SinceMs: number
  /** `undefined` when nothing is derived. */
  readonly derivation: DerivationProgress | undefined
}

// A chain with short blocks may pause this long, for an L1 reorg or an engine that restarts.
const leastPatienceMs = 10_000
const patienceBlocks = 5
// Ten slots of Ethereum.
const l1PatienceMs = 120_000
// A step of derivation may wait for L1 or a beacon node to come back; these are given half a minute each.
const derivationPatienceMs = 60_000

/** Why the node does not do its job; empty when it does. */
export function healthProblems(inputs: HealthInputs): string[] {
  if (inputs.unsafe === undefined) return ['the heads of the engine are not known yet']
  return [sequencingProblem(inputs), l1Problem(inputs), derivationProblem(inputs)].filter(
    (problem) => problem !== undefined,
  )
}

/** A sequencer that catches up is well although its head is old. */
function sequencingProblem(inputs: HealthInputs): string | undefined {
  const { nowMs, blockTime, isSequencing, unsafe, unsafeSinceMs } = inputs
  if (!isSequencing || unsafe === undefined) return undefined
  const patienceMs = Math.max(patienceBlocks * Number(blockTime) * 1000, leastPatienceMs)
  const staleMs = nowMs - Math.max(unsafeSinceMs, Number(unsafe.timestamp) * 1000)
  if (staleMs <= patienceMs) return undefined
  return `sequencing, but unsafe head ${unsafe.number} has not moved for ${inSeconds(staleMs)}`
}

function l1Problem({ nowMs, l1SinceMs }: HealthInputs): string | undefined {
  const staleMs = nowMs - l1SinceMs
  return staleMs > l1PatienceMs ? `no new L1 block for ${inSeconds(staleMs)}` : undefined
}

function derivationProblem({ nowMs, derivation }: HealthInputs): string | undefined {
  if (derivation === undefined || derivation.isIdle) return undefined
  const staleMs = nowMs - derivation.sinceMs
  if (staleMs <= derivationPatienceMs) return undefined
  return `there is L1 data to read, but derivation has not come forward for ${inSeconds(staleMs)}`
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
