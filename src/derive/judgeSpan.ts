import type { L2BlockRef } from '../chain/refs.ts'
import type { RollupConfig } from '../chain/rollupConfig.ts'
import type { SpanBatch } from '../protocol/batch/spanBatch.ts'
import type { BatchVerdict } from './batchVerdict.ts'
import type { SafeChainProvider } from './providers.ts'
import type { BatchContext } from './singularBatchCheck.ts'
import { checkSpanBatchBlocks, checkSpanBatchPrefix, spanParentNumber } from './spanBatchCheck.ts'
import { judgeSpanOverlap, safeBlockMissing } from './spanOverlap.ts'

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
  const number = spanParentNumber(config, safeHead, span)
  const parent = await safeBlock(config, safeChain, safeHead, number, signal)
  const prefix = checkSpanBatchPrefix(config, context, span, parent)
  if (isForWantOfParent(prefix) && number >= config.genesis.l2.number) {
    throw safeBlockMissing(number, safeHead)
  }
  if (prefix.type !== 'accept' || parent === undefined) return prefix
  if (newBlocks === 'asOne') {
    const blocks = checkSpanBatchBlocks(config, context, span, parent)
    if (blocks.type !== 'accept') return blocks
  }
  return judgeSpanOverlap(config, safeChain, span, parent, safeHead, signal)
}

function isForWantOfParent(verdict: BatchVerdict): boolean {
  return verdict.type === 'undecided'
    ? verdict.missing === 'parent'
    : verdict.type === 'drop' && verdict.rule === 'spanWithoutParent'
}

/** The safe block of that number; `undefined` before genesis. */
async function safeBlock(
  config: RollupConfig,
  safeChain: SafeChainProvider,
  safeHead: L2BlockRef,
  number: bigint,
  signal: AbortSignal | undefined,
): Promise<L2BlockRef | undefined> {
  if (number === safeHead.number) return safeHead
  if (number < config.genesis.l2.number) return undefined
  return safeChain.blockRefByNumber(number, signal)
}
