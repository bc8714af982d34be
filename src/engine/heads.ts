import { ChainError } from '../base/errors.ts'
import type { L2BlockRef } from '../chain/refs.ts'
import type { ForkchoiceState } from './interface.ts'

/** The heads of the L2 chain: unsafe ≥ pending-safe ≥ safe ≥ finalized. */
export interface EngineHeads {
  /** Tip of the chain, on L1 or not. */
  readonly unsafe: L2BlockRef
  /** Derived from L1, but its span batch is not complete yet. */
  readonly pendingSafe: L2BlockRef
  /** Derived from L1. */
  readonly safe: L2BlockRef
  /** Derived from finalized L1 blocks. */
  readonly finalized: L2BlockRef
}

/** The heads as the Engine API takes them; it does not know pending-safe. */
export function headsToForkchoice(heads: EngineHeads): ForkchoiceState {
  return {
    headBlockHash: heads.unsafe.hash,
    safeBlockHash: heads.safe.hash,
    finalizedBlockHash: heads.finalized.hash,
  }
}

/** True when both name the same three blocks. */
export function sameForkchoice(a: ForkchoiceState, b: ForkchoiceState): boolean {
  return (
    a.headBlockHash === b.headBlockHash &&
    a.safeBlockHash === b.safeBlockHash &&
    a.finalizedBlockHash === b.finalizedBlockHash
  )
}

/**
 * Checks the order of the heads.
 *
 * @throws {ChainError} `critical` `FINALIZED_AHEAD` when a finalized block would be reorged out; `reset`
 * `HEADS_OUT_OF_ORDER` when the others are not in order.
 */
export function assertHeads(heads: EngineHeads): void {
  const { unsafe, pendingSafe, safe, finalized } = heads
  if (finalized.number > unsafe.number) {
    throw new ChainError(
      'critical',
      'FINALIZED_AHEAD',
      `finalized head ${finalized.number} is ahead of unsafe head ${unsafe.number}`,
      {
        context: { finalized, unsafe },
        metaMessages: ['The engine lost blocks that were final: start it anew from a snapshot.'],
      },
    )
  }
  const inOrder =
    unsafe.number >= pendingSafe.number &&
    pendingSafe.number >= safe.number &&
    safe.number >= finalized.number
  if (!inOrder) {
    throw new ChainError(
      'reset',
      'HEADS_OUT_OF_ORDER',
      `heads must not increase from unsafe to finalized: ${unsafe.number}, ${pendingSafe.number}, ${safe.number}, ${finalized.number}`,
      { context: { unsafe, pendingSafe, safe, finalized } },
    )
  }
}
