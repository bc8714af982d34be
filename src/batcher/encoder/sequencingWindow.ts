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
 * Where among the blocks behind the safe head posting can begin.
 *
 * Blocks whose window is over become safe by themselves if they hold nothing but deposits, for then derivation makes
 * the same blocks. One that holds more will be replaced by derivation, and all behind it with it.
 *
 * @returns an index, which may be the length; `undefined` when nothing should be posted until the chain has changed.
 */
export function firstPostable(
  config: RollupConfig,
  blocks: readonly BatcherBlock[],
  from: number,
  l1Head: bigint,
): number | undefined {
  let index = from
  for (; index < blocks.length && isExpired(config, blocks[index]!, l1Head); index++) {
    if (blocks[index]!.batch.transactions.length > 0) return undefined
  }
  return index
}
