import { DecodeError } from '../base/errors.ts'
import type { L2BlockRef } from '../chain/refs.ts'
import type { RollupConfig } from '../chain/rollupConfig.ts'
import { l1AttributesOfBlock } from './l1AttributesTransaction.ts'
import type { ExecutionPayload } from './payload.ts'

/** The part of a block that its place in the chain is read from: a payload, or header and transactions. */
export type PlacedBlock = Pick<
  ExecutionPayload,
  'blockHash' | 'blockNumber' | 'parentHash' | 'timestamp' | 'transactions'
>

/**
 * The ref of an L2 block; its L1 origin is in its first transaction, but for the genesis block, which has none.
 *
 * @throws {DecodeError} `GENESIS_HASH` for another chain's genesis block; `L1_ATTRIBUTES*`, `DEPOSIT_*`.
 */
export function l2BlockRefFromPayload(config: RollupConfig, block: PlacedBlock): L2BlockRef {
  const common = {
    hash: block.blockHash,
    number: block.blockNumber,
    parentHash: block.parentHash,
    timestamp: block.timestamp,
  }
  if (isGenesis(config, block)) {
    return { ...common, l1Origin: config.genesis.l1, sequenceNumber: 0n }
  }
  const attributes = l1AttributesOfBlock(config, block.transactions, block.timestamp)
  return {
    ...common,
    l1Origin: { hash: attributes.hash, number: attributes.number },
    sequenceNumber: attributes.sequenceNumber,
  }
}

/**
 * True for the genesis block of the rollup.
 *
 * @throws {DecodeError} `GENESIS_HASH` when a block has its number but not its hash.
 */
export function isGenesis(
  config: RollupConfig,
  block: Pick<PlacedBlock, 'blockHash' | 'blockNumber'>,
): boolean {
  const { l2 } = config.genesis
  if (block.blockNumber !== l2.number) return false
  if (block.blockHash === l2.hash) return true
  throw new DecodeError(
    'GENESIS_HASH',
    `block ${l2.number} is ${block.blockHash}, the rollup config's genesis is ${l2.hash}`,
  )
}
