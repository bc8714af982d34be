import type { Hex } from '../../base/hex.ts'
import { bitAt } from './bitlist.ts'
import { decodeSpanBatchLayout, type SpanBatchLayout } from './spanBatchLayout.ts'
import { type RebuiltTransactions, rebuildTransactions } from './spanBatchTransactions.ts'

/** First byte of an encoded span batch. */
export const spanBatchVersion = 1

/** What a span batch leaves out because all nodes of a chain know it. */
export interface SpanBatchChain {
  /** Timestamp of the L2 genesis block. */
  readonly genesisTime: bigint
  /** Seconds. */
  readonly blockTime: bigint
  readonly l2ChainId: bigint
}

/**
 * Consecutive L2 blocks in one batch, with checks of the block before them and of their last origin.
 *
 * Blocks are counted from 0. Nothing of a block is an object until it is asked for.
 *
 * @see https://specs.optimism.io/protocol/delta/span-batches.html
 */
export class SpanBatch {
  readonly type = 'span'
  /** First 20 bytes of the hash of the block before the span. */
  readonly parentCheck: Hex
  /** First 20 bytes of the hash of the last block's L1 origin. */
  readonly l1OriginCheck: Hex
  readonly blockCount: number
  /** Transactions of all blocks. */
  readonly txCount: number
  readonly #firstTimestamp: bigint
  readonly #blockTime: bigint
  readonly #lastEpoch: bigint
  /** For each block, how many epochs begin after it within the span. */
  readonly #epochsAfter: Uint32Array
  /** Index of each block's first transaction, and behind the last the count of all. */
  readonly #firstTx: Uint32Array
  readonly #transactions: RebuiltTransactions

  /** @throws {DecodeError} when a transaction cannot be rebuilt: see {@link rebuildTransactions}. */
  constructor(layout: SpanBatchLayout, chain: SpanBatchChain) {
    this.parentCheck = layout.parentCheck
    this.l1OriginCheck = layout.l1OriginCheck
    this.blockCount = layout.blockCount
    this.txCount = layout.txCount
    // Timestamps are 64-bit and wrap, as they do in every node that counts in machine words.
    this.#firstTimestamp = BigInt.asUintN(64, chain.genesisTime + layout.relTimestamp)
    this.#blockTime = chain.blockTime
    this.#lastEpoch = layout.l1OriginNumber
    this.#epochsAfter = epochsAfter(layout)
    this.#firstTx = firstTransactions(layout)
    this.#transactions = rebuildTransactions(layout, chain.l2ChainId)
  }

  timestamp(block: number): bigint {
    return this.#firstTimestamp + this.#blockTime * BigInt(block)
  }

  get lastTimestamp(): bigint {
    return this.timestamp(this.blockCount - 1)
  }

  /** Number of the block's L1 origin; below zero when the batch claims nonsense. */
  epochNumber(block: number): bigint {
    return this.#lastEpoch - BigInt(this.#epochsAfter[block]!)
  }

  get lastEpochNumber(): bigint {
    return this.#lastEpoch
  }

  transactionCount(block: number): number {
    return this.#firstTx[block + 1]! - this.#firstTx[block]!
  }

  /** EIP-2718 bytes of the block's sequenced transactions: views into one buffer. */
  transactions(block: number): Uint8Array[] {
    const { bytes, offsets } = this.#transactions
    const transactions: Uint8Array[] = []
    for (let tx = this.#firstTx[block]!; tx < this.#firstTx[block + 1]!; tx++) {
      transactions.push(bytes.subarray(offsets[tx]!, offsets[tx + 1]!))
    }
    return transactions
  }
}

/**
 * Decodes what follows the version byte, in one go. The pipeline takes the two halves apart, because
 * a batch whose columns cannot be read ends its channel and one with a bad transaction does not.
 *
 * @throws {DecodeError} see {@link decodeSpanBatchLayout} and {@link rebuildTransactions}.
 */
export function decodeSpanBatch(content: Uint8Array, chain: SpanBatchChain): SpanBatch {
  return new SpanBatch(decodeSpanBatchLayout(content), chain)
}

function epochsAfter(layout: SpanBatchLayout): Uint32Array {
  const counts = new Uint32Array(layout.blockCount)
  for (let block = layout.blockCount - 1; block > 0; block--) {
    counts[block - 1] = counts[block]! + bitAt(layout.bytes, layout.originBitsEnd, block)
  }
  return counts
}

function firstTransactions(layout: SpanBatchLayout): Uint32Array {
  const first = new Uint32Array(layout.blockCount + 1)
  for (let block = 0; block < layout.blockCount; block++) {
    first[block + 1] = first[block]! + layout.txCounts[block]!
  }
  return first
}
