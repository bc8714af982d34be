import { hexToBytes } from '../../base/hex.ts'
import { rlpEncode, rlpUint } from '../../base/rlp.ts'
import { encodeHeader } from '../../protocol/header.ts'
import type { FinishedBlock } from '../block/blockExecution.ts'
import type { NewStateContent } from '../state/worldState.ts'
import { type BlockRecord, encodeBody, encodeOutcomes } from './blockRecord.ts'
import { storeKeys } from './keys.ts'
import type { StoreChange } from './store.ts'

/**
 * A block as it is written. Making it takes milliseconds for a full block, so it can be made while there is
 * time, and then written at once.
 */
export interface EncodedBlock {
  readonly block: BlockRecord
  /** Header, transactions and receipts, and the state that executing them made. */
  readonly content: readonly StoreChange[]
  /** What leads to the block while it is canonical; see {@link indexChanges}. */
  readonly index: readonly StoreChange[]
}

/** @param state - What was made by executing the block. */
export function encodeBlock(block: BlockRecord, state: NewStateContent): EncodedBlock {
  const { hash, header, transactions, outcomes } = block
  const content: StoreChange[] = [
    { key: storeKeys.header(hash), value: encodeHeader(header) },
    { key: storeKeys.body(hash), value: encodeBody(transactions) },
    { key: storeKeys.receipts(hash), value: encodeOutcomes(outcomes) },
  ]
  for (const { hash, rlp } of state.nodes) content.push({ key: storeKeys.node(hash), value: rlp })
  for (const [hash, code] of state.code) content.push({ key: storeKeys.code(hash), value: code })
  return { block, content, index: indexChanges(block) }
}

/** As {@link encodeBlock}, for a block as executing it leaves it. */
export function encodeFinishedBlock(finished: FinishedBlock): EncodedBlock {
  const { hash, header, transactions, receipts, content } = finished
  const block: BlockRecord = {
    hash,
    header,
    transactions: transactions.map(({ raw }) => raw),
    transactionHashes: transactions.map((transaction) => transaction.hash),
    outcomes: receipts.map((receipt) => ({ receipt, sender: receipt.from })),
  }
  return encodeBlock(block, content)
}

/** Makes a block the canonical one of its number, and the place of its transactions. */
export function indexChanges({ hash, header, transactionHashes }: BlockRecord): StoreChange[] {
  const number = rlpUint(header.number)
  return [
    { key: storeKeys.canonical(header.number), value: hexToBytes(hash) },
    ...transactionHashes.map((transaction, index) => ({
      key: storeKeys.transaction(transaction),
      value: rlpEncode([number, rlpUint(BigInt(index))]),
    })),
  ]
}
