import type { L2BlockRef } from '../chain/refs.ts'
import type { RollupConfig } from '../chain/rollupConfig.ts'
import type { SpanBatch } from '../protocol/batch/spanBatch.ts'
import type { BatchVerdict } from './batchVerdict.ts'
import type { SafeChainProvider } from './providers.ts'
import type { BatchContext } from './singularBatchCheck.ts'
import { checkSpanBatchBlocks, checkSpanBatchPrefix, spanParentNumber } from './spanBatchCheck.ts'
import { judgeSpanOverlap } from './spanOverlap.ts'

/**
 * Judges a span by all that can be said of it before its blocks are made.
 *
 * @param newBlocks - `asOne`: one that is invalid spoils the span, as before Holocene. `apart`: they are judged later.
 * @throws {ChainError} as the provider of the safe chain; `temporary` `SAFE_BLOCK_MISSING`.
 */
export async function judgeSpan(
  config: RollupConfig,
  safeChain: SafeChainProvider,
  context: BatchContext,
  span: SpanBatch,
  newBlocks: 'asOne' | 'apart',
  signal: AbortSignal | undefined,
): Promise<BatchVerdict> {
  const { safeHead } = context
  const parent = await parentOfSpan(config, safeChain, safeHead, span, signal)
  const prefix = checkSpanBatchPrefix(config, context, span, parent)
  if (prefix.type !== 'accept' || parent === undefined) return prefix
  if (newBlocks === 'asOne') {
    const blocks = checkSpanBatchBlocks(config, context, span, parent)
    if (blocks.type !== 'accept') return blocks
  }
  return judgeSpanOverlap(config, safeChain, span, parent, safeHead, signal)
}

/** The safe block that a span says it follows; `undefined` when there is none. */
async function parentOfSpan(
  config: RollupConfig,
  safeChain: SafeChainProvider,
  safeHead: L2BlockRef,
  span: SpanBatch,
  signal: AbortSignal | undefined,
): Promise<L2BlockRef | undefined> {
  const number = spanParentNumber(config, safeHead, span)
  if (number === safeHead.number) return safeHead
  if (number < config.genesis.l2.number) return undefined
  return safeChain.blockRefByNumber(number, signal)
}
