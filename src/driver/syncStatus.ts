import { zeroHash } from '../base/hex.ts'
import type { L1BlockRef, L2BlockRef } from '../chain/refs.ts'
import type { EngineHeads } from '../engine/heads.ts'

/** The newest blocks of L1, by how sure they are; `undefined` until the watcher has seen one. */
export interface L1Heads {
  readonly head: L1BlockRef | undefined
  readonly safe: L1BlockRef | undefined
  readonly finalized: L1BlockRef | undefined
}

/** Where the node stands. Blocks that are not known yet are all zero, as op-node has it. */
export interface SyncStatus {
  /** L1 block that derivation has come to. */
  readonly currentL1: L1BlockRef
  readonly headL1: L1BlockRef
  readonly safeL1: L1BlockRef
  readonly finalizedL1: L1BlockRef
  readonly unsafeL2: L2BlockRef
  readonly pendingSafeL2: L2BlockRef
  readonly localSafeL2: L2BlockRef
  readonly safeL2: L2BlockRef
  readonly finalizedL2: L2BlockRef
}

/** @param currentL1 - `undefined` before derivation knows where to begin. */
export function createSyncStatus(
  currentL1: L1BlockRef | undefined,
  l1: L1Heads,
  l2: EngineHeads | undefined,
): SyncStatus {
  return {
    currentL1: currentL1 ?? unknownL1,
    headL1: l1.head ?? unknownL1,
    safeL1: l1.safe ?? unknownL1,
    finalizedL1: l1.finalized ?? unknownL1,
    unsafeL2: l2?.unsafe ?? unknownL2,
    pendingSafeL2: l2?.pendingSafe ?? unknownL2,
    localSafeL2: l2?.safe ?? unknownL2,
    safeL2: l2?.safe ?? unknownL2,
    finalizedL2: l2?.finalized ?? unknownL2,
  }
}

const unknownL1: L1BlockRef = { hash: zeroHash, number: 0n, parentHash: zeroHash, timestamp: 0n }

const unknownL2: L2BlockRef = {
  hash: zeroHash,
  number: 0n,
  parentHash: zeroHash,
  timestamp: 0n,
  l1Origin: { hash: zeroHash, number: 0n },
  sequenceNumber: 0n,
}
