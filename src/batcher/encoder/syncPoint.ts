import { zeroHash } from '../../base/hex.ts'
import type { BlockId, L1BlockRef, L2BlockRef } from '../../chain/refs.ts'
import type { BatcherBlock } from './batcherBlock.ts'
import type { Channel } from './channel.ts'

/** Where the rollup node stands, as far as it matters to a batcher. */
export interface SyncPoint {
  readonly headL1: BlockId
  /** L1 block that derivation has come to. */
  readonly currentL1: L1BlockRef
  readonly localSafeL2: L2BlockRef
  readonly unsafeL2: L2BlockRef
}

/** Numbers of the first and the last L2 block to load. */
export interface BlockRange {
  readonly from: bigint
  readonly to: bigint
}

/**
 * What the node's position means.
 *
 * - `wait`: the node is not where it was, or does not know where it is. Ask again later.
 * - `startOver`: what is kept does not lead on from the safe head.
 * - `goOn`: so many blocks have become safe.
 */
export type SyncDecision =
  | { readonly type: 'wait'; readonly reason: string }
  | { readonly type: 'startOver'; readonly reason: string }
  | { readonly type: 'goOn'; readonly safeCount: number; readonly load: BlockRange | undefined }

/**
 * Compares the node's position with the blocks and channels that are kept.
 *
 * @param previous - Where the node was when the two were last compared.
 */
export function decideSync(
  point: SyncPoint,
  previous: { readonly l1: bigint; readonly safe: L2BlockRef | undefined },
  blocks: readonly BatcherBlock[],
  channels: readonly Channel[],
): SyncDecision {
  const { headL1, currentL1, localSafeL2: safe, unsafeL2: unsafe } = point
  if ([headL1, safe, unsafe].some(({ hash }) => hash === zeroHash)) {
    return { type: 'wait', reason: 'the node does not know its heads yet' }
  }
  if (currentL1.number < previous.l1) {
    return { type: 'wait', reason: 'the node went back and derives again' }
  }
  // Also where nothing is kept: what was safe is on its way to L1 again.
  if (previous.safe !== undefined && safe.number < previous.safe.number) {
    return { type: 'startOver', reason: 'the safe head went back' }
  }
  const [oldest, newest] = [blocks[0]?.ref, blocks.at(-1)?.ref]
  if (oldest === undefined || newest === undefined) {
    return { type: 'goOn', safeCount: 0, load: range(safe.number + 1n, unsafe.number) }
  }
  if (safe.number > newest.number) {
    return { type: 'startOver', reason: 'the safe head is beyond all blocks that were loaded' }
  }
  const safeCount = Number(safe.number + 1n - oldest.number)
  if (safeCount > 0 && blocks[safeCount - 1]!.ref.hash !== safe.hash) {
    return { type: 'startOver', reason: 'another block has become safe' }
  }
  if (channels.some((channel) => isLost(channel, point))) {
    return { type: 'startOver', reason: 'a channel is on L1 and its blocks have not become safe' }
  }
  return { type: 'goOn', safeCount, load: range(newest.number + 1n, unsafe.number) }
}

/** Derivation is past the last frame of the channel, and did not take its blocks. */
function isLost(channel: Channel, { currentL1, localSafeL2 }: SyncPoint): boolean {
  return (
    channel.isConfirmed &&
    currentL1.number > channel.lastInclusion! &&
    localSafeL2.number < channel.blocks.at(-1)!.ref.number
  )
}

function range(from: bigint, to: bigint): BlockRange | undefined {
  return from <= to ? { from, to } : undefined
}
