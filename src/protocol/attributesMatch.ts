import { equalBytes } from '../base/bytes.ts'
import type { Hash } from '../base/hex.ts'
import { isForkActive } from '../chain/forks.ts'
import type { RollupConfig } from '../chain/rollupConfig.ts'
import { extraDataForAttributes } from './extraData.ts'
import { emptyTrieRoot } from './header.ts'
import type { ExecutionPayload, PayloadAttributes, PayloadEnvelope } from './payload.ts'

/** A field in which a block is not what the attributes ask for. */
export type AttributesMismatch =
  | 'parentHash'
  | 'timestamp'
  | 'prevRandao'
  | 'feeRecipient'
  | 'gasLimit'
  | 'transactions'
  | 'withdrawals'
  | 'withdrawalsRoot'
  | 'parentBeaconBlockRoot'
  | 'extraData'

/**
 * The fields in which a block differs from the one that would be built of derived attributes; none means that
 * the block is just that one.
 *
 * @throws {DecodeError} `EIP1559_PARAMS` when the attributes do not fit their fork.
 * @see https://specs.optimism.io/protocol/derivation.html#l1-consolidation-payload-attributes-matching
 */
export function attributesMismatches(
  config: RollupConfig,
  attributes: PayloadAttributes,
  parentHash: Hash,
  { executionPayload, parentBeaconBlockRoot }: PayloadEnvelope,
): AttributesMismatch[] {
  const payload = executionPayload
  const extraData = extraDataForAttributes(config, config.chainOpConfig, attributes)
  const checks: readonly (readonly [AttributesMismatch, boolean])[] = [
    ['parentHash', payload.parentHash === parentHash],
    ['timestamp', payload.timestamp === attributes.timestamp],
    ['prevRandao', payload.prevRandao === attributes.prevRandao],
    ['feeRecipient', payload.feeRecipient === attributes.suggestedFeeRecipient],
    ['gasLimit', payload.gasLimit === attributes.gasLimit],
    ['transactions', sameTransactions(payload.transactions, attributes.transactions)],
    // The L2 has no withdrawals: what counts is whether the empty list is there.
    ['withdrawals', payload.withdrawals?.length === attributes.withdrawals?.length],
    ['withdrawalsRoot', hasWithdrawalsRoot(config, payload)],
    ['parentBeaconBlockRoot', parentBeaconBlockRoot === attributes.parentBeaconBlockRoot],
    ['extraData', equalBytes(payload.extraData, extraData)],
  ]
  return checks.flatMap(([field, isSame]) => (isSame ? [] : [field]))
}

/** Attributes do not name the root: it comes of execution, from Isthmus on; before it can only be that of nothing. */
function hasWithdrawalsRoot(config: RollupConfig, payload: ExecutionPayload): boolean {
  const root = payload.withdrawalsRoot
  if (isForkActive(config, 'isthmus', payload.timestamp)) return root !== undefined
  return root === undefined || root === emptyTrieRoot
}

function sameTransactions(a: readonly Uint8Array[], b: readonly Uint8Array[]): boolean {
  return (
    a.length === b.length && a.every((transaction, index) => equalBytes(transaction, b[index]!))
  )
}
