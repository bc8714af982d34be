import type { L2BlockRef } from '../../chain/refs.ts'
import type { RollupConfig } from '../../chain/rollupConfig.ts'
import type { BatcherBlock } from './batcherBlock.ts'

/** Whether the batch of a block comes too late for any L1 block behind `l1Head`. */
export function isExpired(config: RollupConfig, block: BatcherBlock, l1Head: bigint): boolean {
  return block.ref.l1Origin.number + config.seqWindowSize < l1Head + 1n
}

/**
 * Whether the end of a block's sequencing window is within the safety margin.
 *
 * A window that is small for the margin keeps half of itself for filling channels.
 */
export function isCloseToExpiry(
  { config, subSafetyMargin }: { readonly config: RollupConfig; readonly subSafetyMargin: bigint },
  block: BatcherBlock,
  l1Head: bigint,
): boolean {
  const half = config.seqWindowSize / 2n
  const margin = subSafetyMargin < half ? subSafetyMargin : half
  return block.ref.l1Origin.number + config.seqWindowSize - margin <= l1Head
}

/**
 * How many of the blocks behind the safe head are not to be posted, for they become safe by themselves.
 *
 * Where a window is over derivation makes blocks of its own. What the sequencer made stays if it is the same; if not,
 * it is replaced, and all behind it with it.
 *
 * @param parent - Of the first block, if it is known.
 * @returns may be all of them; `undefined` when nothing should be posted until the chain has changed.
 * @see https://specs.optimism.io/protocol/derivation.html#batch-queue
 */
export function firstPostable(
  config: RollupConfig,
  parent: L2BlockRef | undefined,
  blocks: readonly BatcherBlock[],
  l1Head: bigint,
): number | undefined {
  let [index, origin] = [0, parent?.l1Origin.number]
  for (; index < blocks.length && isExpired(config, blocks[index]!, l1Head); index++) {
    const block = blocks[index]!
    if (block.batch.transactions.length > 0) return undefined
    if (block.ref.l1Origin.number === origin && mustMoveOn(blocks, index)) return undefined
    origin = block.ref.l1Origin.number
  }
  return index
}

/** Whether the next L1 origin, as far as it is known, was there for a block that stayed with that of its parent. */
function mustMoveOn(blocks: readonly BatcherBlock[], index: number): boolean {
  const { ref } = blocks[index]!
  for (let later = index + 1; later < blocks.length; later++) {
    const {
      ref: { l1Origin },
      originTimestamp,
    } = blocks[later]!
    if (l1Origin.number > ref.l1Origin.number) return ref.timestamp >= originTimestamp
  }
  return false
}
