import { DecodeError } from '../base/errors.ts'
import type { Hash } from '../base/hex.ts'
import {
  addressFromJson,
  bytesFromJson,
  hashFromJson,
  JsonFields,
  listFromJson,
  sizedBytesFromJson,
  uint64FromJson,
  uint256FromJson,
} from '../base/jsonFields.ts'
import { rlpEncode } from '../base/rlp.ts'
import { type BlockHeader, hashHeader } from '../protocol/header.ts'
import type { Withdrawal } from '../protocol/payload.ts'
import { transactionsRoot, withdrawalFields } from '../protocol/payloadHeader.ts'
import { withdrawalFromJson } from '../protocol/payloadJson.ts'
import { orderedTrieRoot } from '../trie/orderedRoot.ts'
import { transactionFromJson } from './transactionJson.ts'

/** A header with the hash that it came with. */
export interface HashedHeader {
  readonly hash: Hash
  readonly header: BlockHeader
}

export interface BlockJsonOptions {
  /** Take hashes and roots on trust, and save the hashing. */
  readonly trustRpc: boolean
}

/**
 * Reads the header out of a block of `eth_getBlockBy…`, or out of a `newHeads` notification.
 *
 * @throws {DecodeError} `BLOCK_JSON` naming the field, `BLOCK_HASH` when the fields have another hash.
 */
export function headerFromJson(json: unknown, options: BlockJsonOptions): HashedHeader {
  const fields = new JsonFields(json, 'block', 'BLOCK_JSON')
  const hash = fields.read('hash', hashFromJson)
  const header: BlockHeader = {
    parentHash: fields.read('parentHash', hashFromJson),
    ommersHash: fields.read('sha3Uncles', hashFromJson),
    beneficiary: fields.read('miner', addressFromJson),
    stateRoot: fields.read('stateRoot', hashFromJson),
    transactionsRoot: fields.read('transactionsRoot', hashFromJson),
    receiptsRoot: fields.read('receiptsRoot', hashFromJson),
    logsBloom: fields.read('logsBloom', sizedBytesFromJson(256)),
    difficulty: fields.read('difficulty', uint256FromJson),
    number: fields.read('number', uint64FromJson),
    gasLimit: fields.read('gasLimit', uint64FromJson),
    gasUsed: fields.read('gasUsed', uint64FromJson),
    timestamp: fields.read('timestamp', uint64FromJson),
    extraData: fields.read('extraData', bytesFromJson),
    mixHash: fields.read('mixHash', hashFromJson),
    nonce: fields.read('nonce', sizedBytesFromJson(8)),
    baseFeePerGas: fields.readOptional('baseFeePerGas', uint256FromJson),
    withdrawalsRoot: fields.readOptional('withdrawalsRoot', hashFromJson),
    blobGasUsed: fields.readOptional('blobGasUsed', uint64FromJson),
    excessBlobGas: fields.readOptional('excessBlobGas', uint64FromJson),
    parentBeaconBlockRoot: fields.readOptional('parentBeaconBlockRoot', hashFromJson),
    requestsHash: fields.readOptional('requestsHash', hashFromJson),
  }
  if (!options.trustRpc) assertHeaderHash(header, hash)
  return { hash, header }
}

/** A block with all its transactions. */
export interface FullBlock extends HashedHeader {
  /** EIP-2718 bytes. */
  readonly transactions: readonly Uint8Array[]
  /** From Shanghai (L2: Canyon). */
  readonly withdrawals: readonly Withdrawal[] | undefined
}

/**
 * Reads a block that was asked for with full transactions, and rebuilds their bytes.
 *
 * @throws {DecodeError} `BLOCK_JSON` naming the field, `BLOCK_HASH`, `TRANSACTIONS_ROOT`, `WITHDRAWALS_ROOT`.
 */
export function blockFromJson(json: unknown, options: BlockJsonOptions): FullBlock {
  const { hash, header } = headerFromJson(json, options)
  const fields = new JsonFields(json, `block ${hash}`, 'BLOCK_JSON')
  const transactions = transactionsFromJson(json)
  const withdrawals = fields.readOptional('withdrawals', listFromJson(withdrawalFromJson))
  const block = { hash, header, transactions, withdrawals }
  if (!options.trustRpc) assertBody(block)
  return block
}

/** The transactions alone of a block that was asked for with them: EIP-2718 bytes. @throws {DecodeError} `BLOCK_JSON` */
export function transactionsFromJson(json: unknown): readonly Uint8Array[] {
  return new JsonFields(json, 'block', 'BLOCK_JSON').read(
    'transactions',
    listFromJson(transactionFromJson),
  )
}

/** Hashes of the transactions of a block that was asked for without them. @throws {DecodeError} `BLOCK_JSON` */
export function transactionHashesFromJson(json: unknown): readonly Hash[] {
  return new JsonFields(json, 'block', 'BLOCK_JSON').read(
    'transactions',
    listFromJson(hashFromJson),
  )
}

/** Whether the header commits to these transactions. */
export function hasTransactionsRoot(
  header: BlockHeader,
  transactions: readonly Uint8Array[],
): boolean {
  return transactionsRoot(transactions) === header.transactionsRoot
}

/** What a block says its hash is, for where that is trusted; `undefined` for `null`. @throws {DecodeError} */
export function blockHashFromJson(json: unknown): Hash | undefined {
  if (json === null) return undefined
  return new JsonFields(json, 'block', 'BLOCK_JSON').read('hash', hashFromJson)
}

/** The error for a block whose header does not commit to the transactions that came with it. */
export function wrongTransactions(hash: Hash, header: BlockHeader): DecodeError {
  return new DecodeError(
    'TRANSACTIONS_ROOT',
    `block ${hash}: its transactions do not have the header's root ${header.transactionsRoot}`,
  )
}

function assertHeaderHash(header: BlockHeader, hash: Hash): void {
  const computed = hashHeader(header)
  if (computed === hash) return
  const message = `block ${header.number} came with hash ${hash}, its fields hash to ${computed}`
  throw new DecodeError('BLOCK_HASH', message)
}

function assertBody({ hash, header, transactions, withdrawals }: FullBlock): void {
  if (!hasTransactionsRoot(header, transactions)) throw wrongTransactions(hash, header)
  // From Isthmus the field of L2 headers holds a storage root; the list must then be empty.
  if (withdrawals === undefined || withdrawals.length === 0) return
  const items = withdrawals.map((withdrawal) => rlpEncode(withdrawalFields(withdrawal)))
  if (orderedTrieRoot(items) !== header.withdrawalsRoot) {
    throw new DecodeError(
      'WITHDRAWALS_ROOT',
      `block ${hash}: its withdrawals are not those of the header's ${header.withdrawalsRoot}`,
    )
  }
}
