import type { L1BlockRef } from '../chain/refs.ts'
import type { SyncStatus } from '../driver/syncStatus.ts'
import type { MetricSet } from './metricSet.ts'
import type { RefMetrics } from './refMetrics.ts'

/** Where a node stands, and how deep the reorgs of L1 are. @returns what to tell of each new status. */
export function createStatusMetrics(
  named: MetricSet,
  refs: RefMetrics,
): (status: SyncStatus) => void {
  const reorgs = named.histogram(
    'l1_reorg_depth',
    'How many L1 blocks a reorg took away, as far as heads tell',
    [0.5, 1.5, 2.5, 3.5, 4.5, 5.5, 6.5, 7.5, 8.5, 9.5, 10.5, 20.5, 50.5, 100.5],
  )
  let headL1: L1BlockRef | undefined
  return (status) => {
    const depth = headL1 && reorgDepth(headL1, status.headL1)
    if (depth !== undefined) reorgs.observe(depth)
    headL1 = status.headL1
    refs.noteL1('l1_head', status.headL1)
    refs.noteL1('l1_safe', status.safeL1)
    refs.noteL1('l1_finalized', status.finalizedL1)
    refs.noteL1('l1_derived', status.currentL1)
    refs.noteL2('l2_unsafe', status.unsafeL2)
    refs.noteL2('l2_pending_safe', status.pendingSafeL2)
    refs.noteL2('l2_local_safe', status.localSafeL2)
    refs.noteL2('l2_safe', status.safeL2)
    refs.noteL2('l2_finalized', status.finalizedL2)
  }
}

/**
 * How many blocks one head took from the other, at least; `undefined` when nothing says that it took any. A reorg that
 * comes to light with a head far ahead goes unnoticed.
 */
function reorgDepth(from: L1BlockRef, to: L1BlockRef): number | undefined {
  if (to.hash === from.hash || from.number === 0n) return undefined
  if (to.number <= from.number) return Number(from.number - to.number) + 1
  const isOnAnother = to.number === from.number + 1n && to.parentHash !== from.hash
  return isOnAnother ? 1 : undefined
}
