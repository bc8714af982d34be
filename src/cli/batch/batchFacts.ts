import { bytesToHex, type Hash, type Hex } from '../../base/hex.ts'
import type { Batch } from '../../protocol/batch/batch.ts'

/** What a batch says, in a form that can be compared and printed. */
export interface BatchFacts {
  readonly type: Batch['type']
  /** Of a singular batch. */
  readonly parentHash?: Hash
  /** Of a span: first 20 bytes of the hash of the block before it. */
  readonly parentCheck?: Hex
  /** Of a span: first 20 bytes of the hash of its last L1 origin. */
  readonly l1OriginCheck?: Hex
  readonly blocks: readonly BlockFacts[]
}

export interface BlockFacts {
  readonly timestamp: number
  readonly epochNumber: number
  /** Only a singular batch names it. */
  readonly epochHash?: Hash
  readonly transactions: readonly Hex[]
}

/** The facts of a batch. */
export function batchFacts(batch: Batch): BatchFacts {
  const { type } = batch
  if (batch.type === 'singular') {
    const { parentHash, epochHash } = batch
    const block = blockFacts(batch.timestamp, batch.epochNumber, batch.transactions)
    return { type, parentHash, blocks: [{ ...block, epochHash }] }
  }
  const { parentCheck, l1OriginCheck } = batch
  const blocks = Array.from({ length: batch.blockCount }, (_, index) =>
    blockFacts(batch.timestamp(index), batch.epochNumber(index), batch.transactions(index)),
  )
  return { type, parentCheck, l1OriginCheck, blocks }
}

function blockFacts(
  timestamp: bigint,
  epochNumber: bigint,
  transactions: readonly Uint8Array[],
): BlockFacts {
  return {
    timestamp: Number(timestamp),
    epochNumber: Number(epochNumber),
    transactions: transactions.map(bytesToHex),
  }
}
