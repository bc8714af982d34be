import type { ScheduledFork } from '../chain/forks.ts'
import type { L1BlockRef } from '../chain/refs.ts'
import {
  isForkActivationBlock,
  maxSequencerDrift,
  type RollupConfig,
} from '../chain/rollupConfig.ts'

/**
 * Forks whose first block holds no transactions of users: those with upgrade transactions, which must not share
 * their block. From Jovian on consensus demands it; before, it is op-node's custom.
 *
 * Granite and Holocene have no upgrade transactions. kona leaves their first blocks empty nevertheless; we do as
 * op-node does, for a full block is as valid there.
 */
const emptyActivations: readonly ScheduledFork[] = [
  'ecotone',
  'fjord',
  'isthmus',
  'jovian',
  'karst',
]

/**
 * Whether the block of that timestamp must hold nothing from the transaction pool.
 *
 * @param recover - Blocks are to match those that derivation forces when the sequencing window has passed.
 * @see https://specs.optimism.io/protocol/derivation.html#l1-consolidation-payload-attributes-matching
 */
export function mustSkipTxPool(
  config: RollupConfig,
  origin: L1BlockRef,
  timestamp: bigint,
  recover: boolean,
): boolean {
  return (
    recover ||
    timestamp > origin.timestamp + maxSequencerDrift(config, origin.timestamp) ||
    emptyActivations.some((fork) => isForkActivationBlock(config, fork, timestamp))
  )
}
