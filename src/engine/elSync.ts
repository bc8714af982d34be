import { assertNever } from '../base/assertNever.ts'
import type { BlockId } from '../chain/refs.ts'
import type { PayloadStatus } from './interface.ts'

/**
 * How far the engine is with fetching the chain from its own peers.
 *
 * - `off`: it never does; all blocks come through the node.
 * - `pending`: it will, if nothing of its chain is final when its heads are found.
 * - `running`: it fetches what comes before the blocks that it is handed. Nothing may be derived or built.
 * - `landed`: it has executed the block that it was handed; that block is to become all heads.
 * - `done`: derivation goes on from there.
 */
export type ElSyncState = 'off' | 'pending' | 'running' | 'landed' | 'done'

/** What moves {@link ElSyncState} on. */
export type ElSyncEvent =
  /** The heads were found; the engine calls `finalized` final. */
  | {
      readonly type: 'headsFound'
      readonly finalized: BlockId
      readonly genesis: BlockId
      /** The engine can sync although blocks are final: reth and erigon can, geth cannot. */
      readonly worksPastFinality: boolean
    }
  /** The engine's answer to a block, or to a forkchoice update to it. */
  | { readonly type: 'answered'; readonly status: PayloadStatus['status'] }
  /** The block of `landed` is all heads now. */
  | { readonly type: 'headsSet' }

/** The state after an event. Events that mean nothing to a state leave it as it is. */
export function elSyncAfter(state: ElSyncState, event: ElSyncEvent): ElSyncState {
  switch (event.type) {
    case 'headsFound': {
      if (state !== 'pending') return state
      const { finalized, genesis, worksPastFinality } = event
      return finalized.hash !== genesis.hash && !worksPastFinality ? 'done' : 'running'
    }
    case 'answered':
      return state === 'running' && event.status === 'VALID' ? 'landed' : state
    case 'headsSet':
      return state === 'landed' ? 'done' : state
    default:
      return assertNever(event)
  }
}

/** True while the engine goes its own way: no derivation, no sequencing. */
export function isElSyncing(state: ElSyncState): boolean {
  return state === 'pending' || state === 'running' || state === 'landed'
}
