import type { DerivationEvent } from '../derive/observer.ts'
import type { DriverObserver } from '../driver/observer.ts'
import type { StatusTracker } from '../driver/statusTracker.ts'
import type { EngineApi } from '../engine/interface.ts'
import type { ObservedRequest } from '../jsonrpc/client.ts'
import type { SequencedBlock } from '../sequencer/sequencedBlock.ts'

/** Hears what a node does, to count and measure it. Everything must return at once, and not throw. */
export interface NodeObserver {
  /** The node works from now on. */
  onReady(node: ObservedNode): void
  readonly onDriverEvent: DriverObserver
  onDerivationEvent(event: CountableDerivationEvent): void
  onBlock(block: SequencedBlock): void
  onEngineCall(call: EngineCallName, durationMs: number, hasFailed: boolean): void
  /** An HTTP request to L1 or to the engine, whichever thread made it. */
  onRequest(endpoint: 'l1' | 'engine-api', request: ObservedRequest): void
}

/** A call of the Engine API, whatever its version. */
export type EngineCallName = keyof EngineApi

/** What is asked of a node rather than told by it. */
export interface ObservedNode {
  readonly sequencerActive: boolean
  readonly status: Pick<StatusTracker, 'derivation'>
  /** Blocks of others that wait for those before them. */
  readonly waitingBlocks: { readonly length: number; readonly sizeBytes: number }
}

/** What can be counted of an event of derivation; it comes from another thread. */
export interface CountableDerivationEvent {
  readonly type: DerivationEvent['type']
  /** Of batches: what became of them. */
  readonly verdict?: 'accept' | 'drop' | 'undecided' | 'future' | 'past'
  readonly batchType?: 'singular' | 'span'
  /** Why something was dropped. */
  readonly reason?: string
  /** Of a channel that was read: its compressed data. */
  readonly sizeBytes?: number
}

/** Leaves away what cannot or need not go from thread to thread. */
export function countable(event: DerivationEvent): CountableDerivationEvent {
  switch (event.type) {
    case 'batchJudged':
      return {
        type: event.type,
        verdict: event.verdict.type,
        batchType: event.batchType,
        ...(event.verdict.type === 'drop' && { reason: event.verdict.rule }),
      }
    case 'frameDropped':
    case 'channelDropped':
      return { type: event.type, reason: event.reason }
    case 'channelRead':
      return { type: event.type, sizeBytes: event.sizeBytes }
    default:
      return { type: event.type }
  }
}
