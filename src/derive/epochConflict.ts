import { ChainError } from '../base/errors.ts'
import type { L2BlockRef } from '../chain/refs.ts'
import type { L1Window } from './l1Window.ts'

/**
 * Checks that the safe head's origin is the first block of the window, or the one before it when its epoch
 * was left behind already.
 *
 * @throws {ChainError} `reset` `EPOCH_CONFLICT`: the safe head is on another L1 chain than the pipeline reads.
 */
export function assertFollowsWindow(window: L1Window, safeHead: L2BlockRef): void {
  const [epoch] = window.blocks
  const { l1Origin } = safeHead
  if (epoch === undefined) {
    throw new ChainError(
      'critical',
      'WINDOW_EMPTY',
      `no L1 block is known for the batch behind L2 block ${safeHead.number}`,
      { context: { safeHead } },
    )
  }
  if (l1Origin.hash === epoch.hash || l1Origin.number === epoch.number - 1n) return
  throw new ChainError(
    'reset',
    'EPOCH_CONFLICT',
    `L2 block ${safeHead.number} has L1 origin ${l1Origin.number} ${l1Origin.hash}, but the ` +
      `pipeline's first epoch is ${epoch.number} ${epoch.hash}`,
    { context: { safeHead, epoch } },
  )
}
