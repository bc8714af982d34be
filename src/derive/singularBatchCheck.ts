import { isForkActive } from '../chain/forks.ts'
import type { L1BlockRef, L2BlockRef } from '../chain/refs.ts'
import {
  isForkActivationBlock,
  maxSequencerDrift,
  type RollupConfig,
} from '../chain/rollupConfig.ts'
import type { SingularBatch } from '../protocol/batch/singularBatch.ts'
import { transactionTypes } from '../protocol/transaction.ts'
import { accept, type BatchVerdict, drop } from './batchVerdict.ts'

/** What a batch is judged against. */
export interface BatchContext {
  /** Consecutive L1 blocks as far as they are known, the first one the epoch of the safe head or the one behind it. */
  readonly l1Blocks: readonly L1BlockRef[]
  readonly safeHead: L2BlockRef
  /** The L1 block at which the batch was completely read. It decides whether Holocene's rules apply. */
  readonly inclusionBlock: L1BlockRef
}

/**
 * Judges a batch of one block as the next one on top of the safe head.
 *
 * @see https://specs.optimism.io/protocol/derivation.html#batch-queue
 * @see https://specs.optimism.io/protocol/holocene/derivation.html#batch-queue
 */
export function checkSingularBatch(
  config: RollupConfig,
  context: BatchContext,
  batch: SingularBatch,
): BatchVerdict {
  const { l1Blocks, safeHead, inclusionBlock } = context
  const [epoch, nextEpoch] = l1Blocks
  if (epoch === undefined) return { type: 'undecided', missing: 'l1Block' }
  const isHolocene = isForkActive(config, 'holocene', inclusionBlock.timestamp)
  const nextTimestamp = safeHead.timestamp + config.blockTime
  if (batch.timestamp > nextTimestamp) {
    return isHolocene ? drop('timestampAhead') : { type: 'future' }
  }
  if (batch.timestamp < nextTimestamp) {
    return isHolocene ? { type: 'past' } : drop('timestampPast')
  }
  if (batch.parentHash !== safeHead.hash) return drop('parentHash')
  if (batch.epochNumber + config.seqWindowSize < inclusionBlock.number) {
    return drop('sequencingWindow')
  }
  if (batch.epochNumber < epoch.number) return drop('epochTooOld')
  if (batch.epochNumber > epoch.number + 1n) return drop('epochTooNew')
  const origin = batch.epochNumber === epoch.number ? epoch : nextEpoch
  if (origin === undefined) return { type: 'undecided', missing: 'nextL1Origin' }
  if (batch.epochHash !== origin.hash) return drop('epochHash')
  const drift = checkDrift(config, batch.timestamp, batch.transactions.length, {
    origin,
    nextOrigin: nextEpoch,
    adoptsOrigin: origin !== epoch,
  })
  if (drift.type !== 'accept') return drift
  return checkTransactions(config, batch.timestamp, batch.transactions)
}

/** The L1 blocks that bound a block's timestamp. */
export interface OriginBounds {
  readonly origin: L1BlockRef
  /** `undefined` while it is not known. */
  readonly nextOrigin: L1BlockRef | undefined
  /** The block is the first of its epoch. */
  readonly adoptsOrigin: boolean
}

/**
 * The rules that tie a block's timestamp to its L1 origin: never older, and at most the sequencer drift
 * newer, unless it is empty because no newer origin could be adopted.
 */
export function checkDrift(
  config: RollupConfig,
  timestamp: bigint,
  transactionCount: number,
  { origin, nextOrigin, adoptsOrigin }: OriginBounds,
): BatchVerdict {
  if (timestamp < origin.timestamp) return drop('timestampBeforeOrigin')
  if (timestamp <= origin.timestamp + maxSequencerDrift(config, origin.timestamp)) return accept
  if (transactionCount > 0) return drop('sequencerDrift')
  if (adoptsOrigin) return accept
  if (nextOrigin === undefined) return { type: 'undecided', missing: 'nextL1Origin' }
  return timestamp >= nextOrigin.timestamp ? drop('originNotAdopted') : accept
}

/** The rules on what a sequencer may put into a block of that timestamp. */
export function checkTransactions(
  config: RollupConfig,
  timestamp: bigint,
  transactions: readonly Uint8Array[],
): BatchVerdict {
  if (transactions.length === 0) return accept
  if (
    isForkActivationBlock(config, 'jovian', timestamp) ||
    isForkActivationBlock(config, 'karst', timestamp)
  ) {
    return drop('activationBlockNotEmpty')
  }
  const isIsthmus = isForkActive(config, 'isthmus', timestamp)
  for (const transaction of transactions) {
    const type = transaction[0]
    if (type === undefined) return drop('emptyTransaction')
    if (type === transactionTypes.deposit) return drop('depositTransaction')
    if (type === transactionTypes.setCode && !isIsthmus) return drop('setCodeBeforeIsthmus')
  }
  return accept
}
