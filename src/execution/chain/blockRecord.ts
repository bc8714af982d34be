import { type Address, bytesToHex, type Hash, hexToBytes } from '../../base/hex.ts'
import { rlpBytes, rlpDecode, rlpEncode, rlpInteger, rlpList, rlpUint } from '../../base/rlp.ts'
import type { BlockHeader } from '../../protocol/header.ts'
import { decodeReceipt, encodeReceipt, type Receipt } from '../../protocol/receipt.ts'

/** An executed block. */
export interface BlockRecord {
  readonly hash: Hash
  readonly header: BlockHeader
  /** EIP-2718 bytes. */
  readonly transactions: readonly Uint8Array[]
  /** One for each transaction. */
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
 * `[[receipt, sender, depositNonce?], …]`. The nonce stands beside the receipt because the receipts
 * of Regolith's deposits do not contain it.
 */
export function encodeOutcomes(outcomes: readonly TransactionOutcome[]): Uint8Array {
  return rlpEncode(
    outcomes.map(({ receipt, sender }) => [
      encodeReceipt(receipt),
      hexToBytes(sender),
      ...(receipt.depositNonce === undefined ? [] : [rlpUint(receipt.depositNonce)]),
    ]),
  )
}

/** The inverse of {@link encodeOutcomes}. @throws {DecodeError} `RLP_*`, `RECEIPT_*` */
export function decodeOutcomes(encoded: Uint8Array): TransactionOutcome[] {
  return rlpList(rlpDecode(encoded)).map((item) => {
    const [receipt, sender, depositNonce] = rlpList(item)
    return {
      receipt: {
        ...decodeReceipt(rlpBytes(receipt)),
        depositNonce: depositNonce === undefined ? undefined : rlpInteger(depositNonce, 8),
      },
      sender: bytesToHex(rlpBytes(sender, 20)),
    }
  })
}
