import type { BlockId, L1BlockRef, L2BlockRef } from '../chain/refs.ts'
import type { SyncStatus } from '../driver/syncStatus.ts'

/** A block id as rollup nodes write it: the number is a JSON number. */
export function blockIdToJson(id: BlockId): Record<string, unknown> {
  return { hash: id.hash, number: Number(id.number) }
}

/** An L2 block ref as rollup nodes write it, `l1origin` with a small o. */
export function l2BlockRefToJson(ref: L2BlockRef): Record<string, unknown> {
  return {
    hash: ref.hash,
    number: Number(ref.number),
    parentHash: ref.parentHash,
    timestamp: Number(ref.timestamp),
    l1origin: blockIdToJson(ref.l1Origin),
    sequenceNumber: Number(ref.sequenceNumber),
  }
}

/** The result of `optimism_syncStatus`. `current_l1_finalized` is a deprecated name for `finalized_l1`. */
export function syncStatusToJson(status: SyncStatus): Record<string, unknown> {
  return {
    current_l1: l1BlockRefToJson(status.currentL1),
    current_l1_finalized: l1BlockRefToJson(status.finalizedL1),
    head_l1: l1BlockRefToJson(status.headL1),
    safe_l1: l1BlockRefToJson(status.safeL1),
    finalized_l1: l1BlockRefToJson(status.finalizedL1),
    unsafe_l2: l2BlockRefToJson(status.unsafeL2),
    safe_l2: l2BlockRefToJson(status.safeL2),
    finalized_l2: l2BlockRefToJson(status.finalizedL2),
    pending_safe_l2: l2BlockRefToJson(status.pendingSafeL2),
    local_safe_l2: l2BlockRefToJson(status.localSafeL2),
  }
}

/** An L1 block ref as rollup nodes write it. */
function l1BlockRefToJson(ref: L1BlockRef): Record<string, unknown> {
  return {
    hash: ref.hash,
    number: Number(ref.number),
    parentHash: ref.parentHash,
    timestamp: Number(ref.timestamp),
  }
}
