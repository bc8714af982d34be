import { ChainError, TaktError } from '../base/errors.ts'
import type { RollupConfig } from '../chain/rollupConfig.ts'
import { attributesMismatches } from '../protocol/attributesMatch.ts'
import type { DerivedBlock, InvalidOutcome, SealedBlock } from './tasks.ts'

/**
 * Compares the block that an engine built of derived attributes with them.
 *
 * Differs: op-node takes what it gets. Some engines (op-reth) leave out transactions that they cannot execute instead
 * of refusing the attributes; that block is not the one that the protocol asks for.
 *
 * @returns the verdict that the attributes are invalid, when transactions are missing; `undefined` when all is well.
 * @throws {ChainError} `temporary` `DERIVED_BLOCK_OTHER` when anything else differs.
 * @see https://specs.optimism.io/protocol/derivation.html#l1-sync-payload-attributes-processing
 */
export function checkDerivedBlock(
  config: RollupConfig,
  { attributes, parent }: DerivedBlock,
  { envelope, ref }: SealedBlock,
): InvalidOutcome | undefined {
  const fields = attributesMismatches(config, attributes, parent.hash, envelope)
  if (fields.length === 0) return undefined
  const { transactions } = envelope.executionPayload
  const missing = attributes.transactions.length - transactions.length
  if (fields.every((field) => field === 'transactions') && missing > 0) {
    const reason = new TaktError(
      'TRANSACTIONS_LEFT_OUT',
      `the engine built L2 block ${ref.number} without ${missing} of its ${attributes.transactions.length} transactions`,
    )
    return { type: 'invalid', reason }
  }
  throw new ChainError(
    'temporary',
    'DERIVED_BLOCK_OTHER',
    `the engine built another L2 block ${ref.number} than was derived: ${fields.join(', ')} differ`,
    { context: { block: ref, fields } },
  )
}
