import { equalBytes } from '../base/bytes.ts'
import type { Hash, Hex } from '../base/hex.ts'
import { isForkActive } from '../chain/forks.ts'
import type { L1BlockRef, L2BlockRef } from '../chain/refs.ts'
import type { RollupConfig } from '../chain/rollupConfig.ts'
import type { SpanBatch } from '../protocol/batch/spanBatch.ts'
import { isDepositTransaction } from '../protocol/transaction.ts'
import { accept, type BatchVerdict, drop } from './batchVerdict.ts'
import { type BatchContext, checkDrift, checkTransactions } from './singularBatchCheck.ts'

/** Number of the L2 block that the span says it follows; meaningless when the span is misaligned. */
export function spanParentNumber(
  config: RollupConfig,
  safeHead: L2BlockRef,
  span: SpanBatch,
): bigint {
  const firstTimestamp = span.timestamp(0)
  if (firstTimestamp > safeHead.timestamp) return safeHead.number
  return safeHead.number - (safeHead.timestamp - firstTimestamp) / config.blockTime - 1n
}

/**
 * Judges what a span says of itself as a whole. From Holocene on its new blocks are then judged one by one.
 *
 * @param parent - The safe block numbered {@link spanParentNumber}; `undefined` when there is none.
 * @see https://specs.optimism.io/protocol/delta/span-batches.html#batch-queue
 * @see https://specs.optimism.io/protocol/holocene/derivation.html#span-batches
 */
export function checkSpanBatchPrefix(
  config: RollupConfig,
  context: BatchContext,
  span: SpanBatch,
  parent: L2BlockRef | undefined,
): BatchVerdict {
  const { l1Blocks, safeHead, inclusionBlock } = context
  const [epoch, nextEpoch] = l1Blocks
  if (epoch === undefined) return { type: 'undecided', missing: 'l1Block' }
  const startEpoch = span.epochNumber(0)
  const startOrigin = startEpoch === epoch.number + 1n ? nextEpoch : epoch
  if (startOrigin === undefined) return { type: 'undecided', missing: 'nextL1Origin' }
  if (!isForkActive(config, 'delta', startOrigin.timestamp)) return drop('spanBeforeDelta')

  const timing = checkSpanTiming(config, context, span)
  if (timing.type !== 'accept') return timing

  if (parent === undefined) return missingParent(config, context)
  if (!isPrefixOf(span.parentCheck, parent.hash)) return drop('parentHash')
  if (startEpoch + config.seqWindowSize < inclusionBlock.number) return drop('sequencingWindow')
  if (startEpoch > parent.l1Origin.number + 1n) return drop('epochTooNew')
  // A span can have more epochs than its last one has L1 blocks before it.
  if (startEpoch < 0n) return drop('epochTooOld')
  const lastOrigin = checkLastOrigin(config, context, span)
  if (lastOrigin.type !== 'accept') return lastOrigin
  if (startEpoch < parent.l1Origin.number) return drop('epochTooOld')
  // A span that overlaps the safe chain must not fall behind its epoch where it goes on.
  const firstNewEpoch = span.epochNumber(firstNewBlock(config, span, safeHead))
  return firstNewEpoch < epoch.number ? drop('epochTooOld') : accept
}

/**
 * Judges a span block by block: valid as a whole or not at all, as it was before Holocene. For a span that
 * {@link checkSpanBatchPrefix} accepts.
 *
 * Differs: op-node and kona do not ask here whether the first Jovian or Karst block is empty. It shows on chains alone
 * whose L2 reaches these forks before an L1 block reaches Holocene.
 */
export function checkSpanBatchBlocks(
  config: RollupConfig,
  context: BatchContext,
  span: SpanBatch,
  parent: L2BlockRef,
): BatchVerdict {
  const { l1Blocks, safeHead } = context
  for (let block = firstNewBlock(config, span, safeHead); block < span.blockCount; block++) {
    const epoch = span.epochNumber(block)
    const index = indexOfL1Block(l1Blocks, epoch)!
    const before = block > 0 ? span.epochNumber(block - 1) : parent.l1Origin.number
    const timestamp = span.timestamp(block)
    const drift = checkDrift(config, timestamp, span.transactionCount(block), {
      origin: l1Blocks[index]!,
      nextOrigin: l1Blocks[index + 1],
      adoptsOrigin: epoch > before,
    })
    if (drift.type !== 'accept') return drift
    const transactions = checkTransactions(config, timestamp, span.transactions(block))
    if (transactions.type !== 'accept') return transactions
  }
  return accept
}

/** What of a safe block a span is compared with where the two overlap. */
export interface SafeBlock {
  readonly l1OriginNumber: bigint
  /** All of them, deposits first. */
  readonly transactions: readonly Uint8Array[]
}

/** Judges one overlapping block of a span against the safe block at its place. */
export function checkSpanOverlap(span: SpanBatch, block: number, safe: SafeBlock): BatchVerdict {
  if (span.epochNumber(block) !== safe.l1OriginNumber) return drop('spanOverlap')
  const sequenced = safe.transactions.filter((transaction) => !isDepositTransaction(transaction))
  const claimed = span.transactions(block)
  const isSame =
    sequenced.length === claimed.length &&
    sequenced.every((transaction, index) => equalBytes(transaction, claimed[index]!))
  return isSame ? accept : drop('spanOverlap')
}

/** Index of the span's first block that is not in the safe chain yet. */
export function firstNewBlock(config: RollupConfig, span: SpanBatch, safeHead: L2BlockRef): number {
  const overlap = safeHead.timestamp - span.timestamp(0)
  return overlap < 0n ? 0 : Number(overlap / config.blockTime) + 1
}

/** Index of the L1 block with that number among consecutive ones. */
export function indexOfL1Block(
  l1Blocks: readonly L1BlockRef[],
  number: bigint,
): number | undefined {
  const index = Number(number - l1Blocks[0]!.number)
  return index >= 0 && index < l1Blocks.length ? index : undefined
}

function checkSpanTiming(
  config: RollupConfig,
  { safeHead, inclusionBlock }: BatchContext,
  span: SpanBatch,
): BatchVerdict {
  const isHolocene = isForkActive(config, 'holocene', inclusionBlock.timestamp)
  const nextTimestamp = safeHead.timestamp + config.blockTime
  const firstTimestamp = span.timestamp(0)
  if (firstTimestamp > nextTimestamp) {
    return isHolocene ? drop('timestampAhead') : { type: 'future' }
  }
  if (span.lastTimestamp < nextTimestamp) {
    return isHolocene ? { type: 'past' } : drop('timestampPast')
  }
  return (nextTimestamp - firstTimestamp) % config.blockTime === 0n
    ? accept
    : drop('spanMisaligned')
}

/**
 * A span that begins with the genesis block follows nothing.
 *
 * Differs: as in {@link checkLastOrigin}, op-node and kona wait for such a parent without end before Holocene, and pass
 * over the span alone from Holocene on; the specification drops it.
 */
function missingParent(config: RollupConfig, { inclusionBlock }: BatchContext): BatchVerdict {
  return isForkActive(config, 'holocene', inclusionBlock.timestamp)
    ? { type: 'undecided', missing: 'parent' }
    : drop('spanWithoutParent')
}

/**
 * The last origin of a span must be on our L1 chain.
 *
 * Nobody can name the hash of a block newer than the one that carries the name, so a span that does so is invalid from
 * the start, as is one that ends before the epochs still open.
 *
 * Differs: before Holocene op-node and kona wait for a block of that number, be it without end. From Holocene on they
 * pass over the span but not over the rest of its channel. The specification knows only the drop, yet disputes are
 * settled by what those two derive, so here it is passed over too.
 */
function checkLastOrigin(
  config: RollupConfig,
  { l1Blocks, inclusionBlock }: BatchContext,
  span: SpanBatch,
): BatchVerdict {
  const lastEpoch = span.lastEpochNumber
  const index = indexOfL1Block(l1Blocks, lastEpoch)
  if (index !== undefined) {
    return isPrefixOf(span.l1OriginCheck, l1Blocks[index]!.hash) ? accept : drop('epochHash')
  }
  if (!isForkActive(config, 'holocene', inclusionBlock.timestamp)) {
    if (lastEpoch > inclusionBlock.number) return drop('epochHash')
    if (lastEpoch < l1Blocks[0]!.number) return drop('epochTooOld')
  }
  return { type: 'undecided', missing: 'l1Block' }
}

/** A check is the first 20 bytes of a hash. */
function isPrefixOf(check: Hex, hash: Hash): boolean {
  return hash.startsWith(check)
}
