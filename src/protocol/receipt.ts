import { concatBytes, emptyBytes } from '../base/bytes.ts'
import { DecodeError } from '../base/errors.ts'
import { type Address, bytesToHex, type Hash, hexToBytes } from '../base/hex.ts'
import {
  type RlpItem,
  rlpBytes,
  rlpDecode,
  rlpEncode,
  rlpInteger,
  rlpList,
  rlpUint,
} from '../base/rlp.ts'
import { orderedTrieRoot } from '../trie/orderedRoot.ts'
import { transactionType, transactionTypes } from './transaction.ts'

/** A log as consensus has it: no position. */
export interface Log {
  readonly address: Address
  readonly topics: readonly Hash[]
  readonly data: Uint8Array
}

/** What a block commits to of an executed transaction. */
export interface Receipt {
  /** EIP-2718 type of the transaction. */
  readonly type: number
  readonly succeeded: boolean
  /** Of this transaction and all before it in the block. */
  readonly cumulativeGasUsed: bigint
  /** 256 bytes. */
  readonly logsBloom: Uint8Array
  readonly logs: readonly Log[]
  /** Deposits from Regolith on: the nonce of the sender before it ran. */
  readonly depositNonce: bigint | undefined
  /** Deposits from Canyon on: 1. Without it the nonce is not part of the receipts root. */
  readonly depositReceiptVersion: bigint | undefined
}

/**
 * Consensus bytes of a receipt: `type || rlp([status, cumulativeGasUsed, bloom, logs])`, without the type for legacy
 * transactions, with `depositNonce` and `depositReceiptVersion` for deposits from Canyon on.
 *
 * @see https://specs.optimism.io/protocol/deposits.html#deposit-receipt
 */
export function encodeReceipt(receipt: Receipt): Uint8Array {
  const fields: RlpItem[] = [
    receipt.succeeded ? succeededStatus : emptyBytes,
    rlpUint(receipt.cumulativeGasUsed),
    receipt.logsBloom,
    receipt.logs.map(encodeLog),
  ]
  if (receipt.depositReceiptVersion !== undefined) {
    fields.push(rlpUint(receipt.depositNonce ?? 0n), rlpUint(receipt.depositReceiptVersion))
  }
  const body = rlpEncode(fields)
  return receipt.type === transactionTypes.legacy
    ? body
    : concatBytes(Uint8Array.of(receipt.type), body)
}

/**
 * The inverse of {@link encodeReceipt}; also reads the deposit receipts of Regolith, which clients store with the
 * nonce but without the version. Byte fields are views into `encoded`.
 *
 * @throws {DecodeError} `RECEIPT_FIELDS`, `RECEIPT_STATUS`, `TRANSACTION_TYPE`, `RLP_*`
 */
export function decodeReceipt(encoded: Uint8Array): Receipt {
  const type = transactionType(encoded)
  const body = type === transactionTypes.legacy ? encoded : encoded.subarray(1)
  const fields = rlpList(rlpDecode(body))
  const most = type === transactionTypes.deposit ? 6 : 4
  if (fields.length < 4 || fields.length > most) {
    throw new DecodeError(
      'RECEIPT_FIELDS',
      `a receipt of type ${type} has 4 to ${most} fields, got ${fields.length}`,
    )
  }
  return {
    type,
    succeeded: decodeStatus(rlpBytes(fields[0])),
    cumulativeGasUsed: rlpInteger(fields[1], 8),
    logsBloom: rlpBytes(fields[2], 256),
    logs: rlpList(fields[3]).map(decodeLog),
    depositNonce: fields.length > 4 ? rlpInteger(fields[4], 8) : undefined,
    depositReceiptVersion: fields.length > 5 ? rlpInteger(fields[5], 8) : undefined,
  }
}

/** Root of the trie of a block's receipts, by index. */
export function receiptsRoot(receipts: readonly Receipt[]): Hash {
  return orderedTrieRoot(receipts.map(encodeReceipt))
}

const succeededStatus = Uint8Array.of(1)

function encodeLog(log: Log): RlpItem {
  return [hexToBytes(log.address), log.topics.map(hexToBytes), log.data]
}

function decodeLog(item: RlpItem): Log {
  const [address, topics, data] = rlpList(item)
  return {
    address: bytesToHex(rlpBytes(address, 20)),
    topics: rlpList(topics).map((topic) => bytesToHex(rlpBytes(topic, 32))),
    data: rlpBytes(data),
  }
}

function decodeStatus(bytes: Uint8Array): boolean {
  if (bytes.length === 0) return false
  if (bytes.length === 1 && bytes[0] === 1) return true
  throw new DecodeError('RECEIPT_STATUS', `receipt status must be 0 or 1, got ${bytesToHex(bytes)}`)
}
