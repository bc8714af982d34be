import { DecodeError } from '../base/errors.ts'
import type { Hash } from '../base/hex.ts'
import { keccak256Hex } from '../base/keccak.ts'
import { type RlpItem, rlpDecode, rlpList } from '../base/rlp.ts'

/**
 * EIP-2718 types that the OP Stack knows. A transaction travels as its encoded bytes; it is taken apart
 * only where a rule asks for its fields.
 */
export const transactionTypes = {
  legacy: 0x00,
  accessList: 0x01,
  dynamicFee: 0x02,
  blob: 0x03,
  setCode: 0x04,
  deposit: 0x7e,
} as const

/**
 * The EIP-2718 type; legacy transactions, which begin with an RLP list, are 0.
 *
 * @throws {DecodeError} `TRANSACTION_TYPE` when the bytes are empty or begin with no type at all.
 */
export function transactionType(encoded: Uint8Array): number {
  const first = encoded[0]
  if (first === undefined) {
    throw new DecodeError('TRANSACTION_TYPE', 'a transaction has at least one byte, got none')
  }
  if (first >= 0xc0) return transactionTypes.legacy
  if (first === 0 || first > 0x7f) {
    throw new DecodeError(
      'TRANSACTION_TYPE',
      `0x${first.toString(16)} begins neither a typed nor a legacy transaction`,
    )
  }
  return first
}

/** True for deposits, which come from L1 and carry no signature. Says nothing about the bytes behind the type. */
export function isDepositTransaction(encoded: Uint8Array): boolean {
  return encoded[0] === transactionTypes.deposit
}

/** keccak256 of the encoded bytes: how the chain names the transaction. */
export function transactionHash(encoded: Uint8Array): Hash {
  return keccak256Hex(encoded)
}

/**
 * The RLP fields of a transaction, in wire order; byte strings are views into `encoded`.
 *
 * @throws {DecodeError} `TRANSACTION_TYPE`, `RLP_*`
 */
export function transactionFields(encoded: Uint8Array): readonly RlpItem[] {
  const type = transactionType(encoded)
  return rlpList(rlpDecode(type === transactionTypes.legacy ? encoded : encoded.subarray(1)))
}
