import type { L1BlockRef, L2BlockRef } from '../chain/refs.ts'
import type { RollupConfig } from '../chain/rollupConfig.ts'
import type { SingularBatch } from '../protocol/batch/singularBatch.ts'
import type { L1Window } from './l1Window.ts'
import { exhausted, item, type Pull } from './pull.ts'

/**
 * The empty batch that must be made because no batch for the epoch can arrive in time any more; exhausted
 * while one still can.
 *
 * An epoch that is filled up to the next one's timestamp is left behind in `window`.
 *
 * @param isAllRead - Nothing of the origin is left to read: its batches were the last in time.
 * @see https://specs.optimism.io/protocol/derivation.html#batch-queue
 */
export function pullEmptyBatch(
  config: RollupConfig,
  window: L1Window,
  origin: L1BlockRef,
  safeHead: L2BlockRef,
  isAllRead: boolean,
): Pull<SingularBatch> {
  const timestamp = safeHead.timestamp + config.blockTime
  for (;;) {
    const [epoch, nextEpoch] = window.blocks
    if (epoch === undefined || nextEpoch === undefined) return exhausted
    const lastInTime = epoch.number + config.seqWindowSize
    const isExpired = lastInTime < origin.number || (lastInTime === origin.number && isAllRead)
    if (!isExpired) return exhausted
    const isFirstOfEpoch = epoch.number === safeHead.l1Origin.number + 1n
    // Every epoch has at least one block, and lasts until the next one's time has come.
    if (timestamp < nextEpoch.timestamp || isFirstOfEpoch) {
      return item(emptyBatch(safeHead, epoch, timestamp))
    }
    window.dropFirst()
  }
}

function emptyBatch(parent: L2BlockRef, epoch: L1BlockRef, timestamp: bigint): SingularBatch {
  return {
    type: 'singular',
    parentHash: parent.hash,
    epochNumber: epoch.number,
    epochHash: epoch.hash,
    timestamp,
    transactions: [],
  }
}
