import type { L2BlockRef } from '../../chain/refs.ts'
import type { RollupConfig } from '../../chain/rollupConfig.ts'
import type { SingularBatch } from '../../protocol/batch/singularBatch.ts'
import { estimatedDataSize } from '../../protocol/estimatedDataSize.ts'
import { l1AttributesOfBlock } from '../../protocol/l1AttributesTransaction.ts'
import { l2BlockRefFromPayload, type PlacedBlock } from '../../protocol/l2BlockRef.ts'
import { isDepositTransaction } from '../../protocol/transaction.ts'

/** An L2 block as the batcher posts it. */
export interface BatcherBlock {
  readonly ref: L2BlockRef
  /** When its L1 origin was made, seconds. */
  readonly originTimestamp: bigint
  readonly batch: SingularBatch
  /** Of its transactions. */
  readonly rawBytes: number
  /** Estimated bytes that the block adds to a compressed channel. */
  readonly dataBytes: number
}

// As op-batcher estimates what a block costs beside its transactions.
const blockOverheadBytes = 70

/** Cuts a block down to what goes to L1. @throws {DecodeError} when its first transaction is not what it must be. */
export function toBatcherBlock(config: RollupConfig, block: PlacedBlock): BatcherBlock {
  const ref = l2BlockRefFromPayload(config, block)
  const transactions = block.transactions.filter((raw) => !isDepositTransaction(raw))
  const batch: SingularBatch = {
    type: 'singular',
    parentHash: ref.parentHash,
    epochNumber: ref.l1Origin.number,
    epochHash: ref.l1Origin.hash,
    timestamp: ref.timestamp,
    transactions,
  }
  return {
    ref,
    originTimestamp: l1AttributesOfBlock(config, block.transactions, block.timestamp).timestamp,
    batch,
    rawBytes: transactions.reduce((sum, raw) => sum + raw.length, 0),
    dataBytes: transactions.reduce(
      (sum, raw) => sum + Number(estimatedDataSize(raw)),
      blockOverheadBytes,
    ),
  }
}
