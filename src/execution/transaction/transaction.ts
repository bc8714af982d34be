import type { Address, Hash } from '../../base/hex.ts'
import { keccak256Hex } from '../../base/keccak.ts'
import {
  type DepositTransaction,
  decodeDepositTransaction,
} from '../../protocol/depositTransaction.ts'
import { SignedTransaction } from '../../protocol/signedTransaction.ts'
import { isDepositTransaction } from '../../protocol/transaction.ts'

/** Any transaction that a block can hold. `type` tells the two apart: deposits are 0x7e. */
export type Transaction = SignedTransaction | DepositedTransaction

/** A deposit with its bytes and hash. */
export interface DepositedTransaction extends DepositTransaction {
  readonly type: 0x7e
  /** EIP-2718 bytes. */
  readonly raw: Uint8Array
  readonly hash: Hash
  /** The same as `from`. */
  readonly sender: Address
  /** The same as `gas`. */
  readonly gasLimit: bigint
}

/**
 * Decodes a transaction of a block. The bytes must not change afterwards.
 *
 * @throws {DecodeError} `TRANSACTION_TYPE` for blob, post-exec and unknown types, and the codes of
 * {@link SignedTransaction} and of {@link decodeDepositTransaction}.
 */
export function decodeTransaction(raw: Uint8Array): Transaction {
  if (!isDepositTransaction(raw)) return new SignedTransaction(raw)
  const deposit = decodeDepositTransaction(raw)
  return {
    ...deposit,
    type: 0x7e,
    raw,
    hash: keccak256Hex(raw),
    sender: deposit.from,
    gasLimit: deposit.gas,
  }
}
