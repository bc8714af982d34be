import { ChainError } from '../base/errors.ts'
import type { L2BlockRef } from '../chain/refs.ts'
import type { RollupConfig } from '../chain/rollupConfig.ts'
import type { SpanBatch } from '../protocol/batch/spanBatch.ts'
import { l2BlockRefFromPayload } from '../protocol/l2BlockRef.ts'
import { accept, type BatchVerdict } from './batchVerdict.ts'
import type { SafeChainProvider } from './providers.ts'
import { checkSpanOverlap } from './spanBatchCheck.ts'

/**
 * Judges the blocks of a span that overlap the safe chain against what is safe at their places.
 *
 * A safe block may differ from the batch it was derived from: where the engine found that one invalid, only its
 * deposits were kept, and the rest of its span was passed over. A node that reads the span again, because it was
 * started anew, must pass over it too.
 *
 * The rule holds from Holocene on as it did before. The specification left it out until specs#928, which works
 * backwards.
 *
 * @param parent - The safe block that the span follows.
 * @throws {ChainError} `temporary` `SAFE_BLOCK_MISSING`: the engine does not have a safe block. What it lacks says
 *   nothing of the span.
 * @see https://specs.optimism.io/protocol/delta/span-batches.html#batch-queue
 */
export async function judgeSpanOverlap(
  config: RollupConfig,
  safeChain: SafeChainProvider,
  span: SpanBatch,
  parent: L2BlockRef,
  safeHead: L2BlockRef,
  signal: AbortSignal | undefined,
): Promise<BatchVerdict> {
  const first = parent.number + 1n
  for (let number = first; number <= safeHead.number; number++) {
    const payload = await safeChain.payloadByNumber(number, signal)
    if (payload === undefined) throw safeBlockMissing(number, safeHead)
    const { executionPayload } = payload
    const verdict = checkSpanOverlap(span, Number(number - first), {
      l1OriginNumber: l2BlockRefFromPayload(config, executionPayload).l1Origin.number,
      transactions: executionPayload.transactions,
    })
    if (verdict.type !== 'accept') return verdict
  }
  return accept
}

/** A span cannot be judged without a safe block; what the engine lacks says nothing of the span. */
export function safeBlockMissing(number: bigint, safeHead: L2BlockRef): ChainError {
  return new ChainError(
    'temporary',
    'SAFE_BLOCK_MISSING',
    `the engine has no block ${number} of the safe chain, with which a span batch must be compared`,
    { context: { number, safeHead } },
  )
}
