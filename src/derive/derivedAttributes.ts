import type { L1BlockRef, L2BlockRef } from '../chain/refs.ts'
import type { PayloadAttributes } from '../protocol/payload.ts'
import { isDepositTransaction } from '../protocol/transaction.ts'

/** What derivation says the next safe block must be made from. */
export interface DerivedAttributes {
  readonly attributes: PayloadAttributes
  /** The block that it goes on top of. */
  readonly parent: L2BlockRef
  /** The L1 block up to which L1 had to be read. */
  readonly derivedFrom: L1BlockRef
  /** The block is safe as soon as it is there; before Holocene only the last one of a span is. */
  readonly isConcluding: boolean
}

/** The same attributes without what the sequencer put in: the deposits alone, which are always valid. */
export function withDepositsOnly(derived: DerivedAttributes): DerivedAttributes {
  const transactions = derived.attributes.transactions.filter(isDepositTransaction)
  return { ...derived, attributes: { ...derived.attributes, transactions } }
}
