import { type Address, bytesToHex, type Hash, hexToBytes } from '../../base/hex.ts'
import {
  type RlpItem,
  rlpBytes,
  rlpDecode,
  rlpEncode,
  rlpInteger,
  rlpList,
  rlpUint,
} from '../../base/rlp.ts'
import type { BlockHeader } from '../../protocol/header.ts'
import { logsBloom } from '../../protocol/logsBloom.ts'
import type { Log, Receipt } from '../../protocol/receipt.ts'

/** An executed block. */
export interface BlockRecord {
  readonly hash: Hash
  readonly header: BlockHeader
  /** EIP-2718 bytes. */
  readonly transactions: readonly Uint8Array[]
  /** One for each transaction; so are the outcomes. */
  readonly transactionHashes: readonly Hash[]
  readonly outcomes: readonly TransactionOutcome[]
}

/** What became of a transaction. */
export interface TransactionOutcome {
  readonly receipt: Receipt
  /** Kept because recovering it from the signature is dear. */
  readonly sender: Address
}

export function encodeBody(transactions: readonly Uint8Array[]): Uint8Array {
  return rlpEncode(transactions)
}

/** The inverse of {@link encodeBody}. @throws {DecodeError} `RLP_*` */
export function decodeBody(encoded: Uint8Array): Uint8Array[] {
  // Copies: a view would keep, and send to other threads, the whole body with each transaction.
  return rlpList(rlpDecode(encoded)).map((item) => rlpBytes(item).slice())
}

/**
 * `[[sender, type, status, cumulativeGasUsed, logs, depositNonce?, depositReceiptVersion?], …]`
 *
 * No consensus bytes: those have a bloom for each receipt, which follows from its logs, and lack the
 * nonce of Regolith's deposits.
 */
export function encodeOutcomes(outcomes: readonly TransactionOutcome[]): Uint8Array {
  return rlpEncode(
    outcomes.map(({ receipt, sender }) => [
      hexToBytes(sender),
      rlpUint(BigInt(receipt.type)),
      rlpUint(receipt.succeeded ? 1n : 0n),
      rlpUint(receipt.cumulativeGasUsed),
      receipt.logs.map(encodeLog),
      ...[receipt.depositNonce, receipt.depositReceiptVersion]
        .filter((value) => value !== undefined)
        .map(rlpUint),
    ]),
  )
}

/** The inverse of {@link encodeOutcomes}. @throws {DecodeError} `RLP_*` */
export function decodeOutcomes(encoded: Uint8Array): TransactionOutcome[] {
  return rlpList(rlpDecode(encoded)).map((item) => {
    const [sender, type, status, gas, logItems, nonce, version] = rlpList(item)
    const logs = rlpList(logItems).map(decodeLog)
    return {
      sender: bytesToHex(rlpBytes(sender, 20)),
      receipt: {
        type: Number(rlpInteger(type, 1)),
        succeeded: rlpInteger(status, 1) === 1n,
        cumulativeGasUsed: rlpInteger(gas, 8),
        logsBloom: logsBloom(logs),
        logs,
        depositNonce: nonce === undefined ? undefined : rlpInteger(nonce, 8),
        depositReceiptVersion: version === undefined ? undefined : rlpInteger(version, 8),
      },
    }
  })
}

function encodeLog({ address, topics, data }: Log): RlpItem {
  return [hexToBytes(address), topics.map(hexToBytes), data]
}

function decodeLog(item: RlpItem): Log {
  const [address, topics, data] = rlpList(item)
  return {
    address: bytesToHex(rlpBytes(address, 20)),
    topics: rlpList(topics).map((topic) => bytesToHex(rlpBytes(topic, 32))),
    data: rlpBytes(data),
  }
}
