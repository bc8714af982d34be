import { DecodeError } from '../../base/errors.ts'
import { decodeSingularBatch, type SingularBatch, singularBatchVersion } from './singularBatch.ts'
import { type SpanBatch, spanBatchVersion } from './spanBatch.ts'
import { decodeSpanBatchLayout, type SpanBatchLayout } from './spanBatchLayout.ts'

/** One L2 block, or a span of them, as the batcher posts them. Told apart by `type`. */
export type Batch = SingularBatch | SpanBatch

/** A batch as its bytes give it, without what only the chain's configuration knows. */
export type RawBatch =
  | SingularBatch
  | { readonly type: 'spanLayout'; readonly layout: SpanBatchLayout }

/**
 * Decodes an encoded batch with its version byte.
 *
 * @throws {DecodeError} `BATCH_EMPTY`, `BATCH_VERSION`, and those of the version's own decoder.
 * @see https://specs.optimism.io/protocol/derivation.html#batch-format
 */
export function decodeBatch(bytes: Uint8Array): RawBatch {
  if (bytes.length === 0) throw new DecodeError('BATCH_EMPTY', 'batch has no bytes')
  const content = bytes.subarray(1)
  switch (bytes[0]) {
    case singularBatchVersion:
      return decodeSingularBatch(content)
    case spanBatchVersion:
      return { type: 'spanLayout', layout: decodeSpanBatchLayout(content) }
    default:
      throw new DecodeError('BATCH_VERSION', `batch version ${bytes[0]} is neither 0 nor 1`)
  }
}
