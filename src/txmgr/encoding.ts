import { concatBytes, emptyBytes, equalBytes } from '../base/bytes.ts'
import { type Address, hexToBytes } from '../base/hex.ts'
import { keccak256 } from '../base/keccak.ts'
import { type RlpItem, rlpBytes, rlpEncode, rlpInteger, rlpUint } from '../base/rlp.ts'
import { hasLowS, recoverAddress, type Signature } from '../base/secp256k1.ts'
import { transactionFields, transactionType, transactionTypes } from '../protocol/transaction.ts'
import type { UnsignedTransaction } from './interface.ts'
import type { Sidecar } from './sidecar.ts'

/** 32 bytes: what a signature of the transaction signs. */
export function signingHash(transaction: UnsignedTransaction): Uint8Array {
  return keccak256(typed(transaction, unsignedFields(transaction)))
}

/** The EIP-2718 bytes, as a block holds them. */
export function encodeSigned(transaction: UnsignedTransaction, signature: Signature): Uint8Array {
  const { rs, yParity } = signature
  return typed(transaction, [
    ...unsignedFields(transaction),
    rlpUint(BigInt(yParity)),
    withoutLeadingZeros(rs.subarray(0, 32)),
    withoutLeadingZeros(rs.subarray(32)),
  ])
}

/**
 * The form in which a transaction with blobs travels to the pool:
 * `0x03 || rlp([transaction, blobs, commitments, proofs])`, with `1` before the blobs where they carry cell proofs.
 *
 * @see https://eips.ethereum.org/EIPS/eip-4844#networking
 * @see https://eips.ethereum.org/EIPS/eip-7594#networking
 */
export function wrapBlobs(signed: Uint8Array, sidecar: Sidecar): Uint8Array {
  return concatBytes(
    Uint8Array.of(transactionTypes.blob),
    rlpEncode([
      transactionFields(signed),
      ...(sidecar.version === 0 ? [] : [Uint8Array.of(sidecar.version)]),
      sidecar.blobs,
      sidecar.commitments,
      sidecar.proofs,
    ]),
  )
}

/** Whether bytes are this very transaction, signed for `address`. @throws {DecodeError} */
export function isSignedFor(
  signed: Uint8Array,
  transaction: UnsignedTransaction,
  address: Address,
): boolean {
  const wanted = unsignedFields(transaction)
  const fields = transactionFields(signed)
  if (transactionType(signed) !== typeOf(transaction)) return false
  if (fields.length !== wanted.length + 3) return false
  if (!equalBytes(rlpEncode(fields.slice(0, wanted.length)), rlpEncode(wanted))) return false
  const [yParity, r, s] = fields.slice(wanted.length)
  const rs = new Uint8Array(64)
  for (const [part, end] of [
    [r, 32],
    [s, 64],
  ] as const) {
    const bytes = rlpBytes(part)
    if (bytes.length > 32) return false
    rs.set(bytes, end - bytes.length)
  }
  if (!hasLowS(rs)) return false
  return recoverAddress(signingHash(transaction), rs, Number(rlpInteger(yParity, 1))) === address
}

function typeOf({ blobs }: UnsignedTransaction): number {
  return blobs === undefined ? transactionTypes.dynamicFee : transactionTypes.blob
}

function typed(transaction: UnsignedTransaction, fields: readonly RlpItem[]): Uint8Array {
  return concatBytes(Uint8Array.of(typeOf(transaction)), rlpEncode(fields))
}

function unsignedFields(transaction: UnsignedTransaction): readonly RlpItem[] {
  const { to, blobs } = transaction
  const fields = [
    rlpUint(transaction.chainId),
    rlpUint(transaction.nonce),
    rlpUint(transaction.maxPriorityFeePerGas),
    rlpUint(transaction.maxFeePerGas),
    rlpUint(transaction.gasLimit),
    to === undefined ? emptyBytes : hexToBytes(to),
    rlpUint(transaction.value),
    transaction.data,
    [],
  ]
  if (blobs === undefined) return fields
  return [...fields, rlpUint(blobs.maxFeePerBlobGas), blobs.versionedHashes.map(hexToBytes)]
}

function withoutLeadingZeros(bytes: Uint8Array): Uint8Array {
  const start = bytes.findIndex((byte) => byte !== 0)
  return start === -1 ? emptyBytes : bytes.subarray(start)
}
