import { concatBytes, emptyBytes } from '../base/bytes.ts'
import { DecodeError } from '../base/errors.ts'
import { type Address, bytesToHex, type Hash, hexToBytes } from '../base/hex.ts'
import { rlpBytes, rlpEncode, rlpInteger, rlpUint } from '../base/rlp.ts'
import { isDepositTransaction, transactionFields, transactionTypes } from './transaction.ts'

/**
 * A transaction that L1 or the protocol itself puts into an L2 block. It has no signature and no nonce.
 *
 * @see https://specs.optimism.io/protocol/deposits.html#the-deposited-transaction-type
 */
export interface DepositTransaction {
  /** Names the origin of the deposit and makes its hash unique. */
  readonly sourceHash: Hash
  readonly from: Address
  /** `undefined` creates a contract. */
  readonly to: Address | undefined
  /** Wei created on L2 for `from`. */
  readonly mint: bigint
  /** Wei. */
  readonly value: bigint
  readonly gas: bigint
  /** Uses no gas of the block. Always false from Regolith on. */
  readonly isSystemTransaction: boolean
  readonly data: Uint8Array
}

const typePrefix = Uint8Array.of(transactionTypes.deposit)
const flagTrue = Uint8Array.of(1)

/** `0x7e || rlp([sourceHash, from, to, mint, value, gas, isSystemTransaction, data])` */
export function encodeDepositTransaction(deposit: DepositTransaction): Uint8Array {
  const fields = [
    hexToBytes(deposit.sourceHash),
    hexToBytes(deposit.from),
    deposit.to === undefined ? emptyBytes : hexToBytes(deposit.to),
    rlpUint(deposit.mint),
    rlpUint(deposit.value),
    rlpUint(deposit.gas),
    deposit.isSystemTransaction ? flagTrue : emptyBytes,
    deposit.data,
  ]
  return concatBytes(typePrefix, rlpEncode(fields))
}

/**
 * The inverse of {@link encodeDepositTransaction}. `data` is a view into `encoded`.
 *
 * @throws {DecodeError} `DEPOSIT_TYPE`, `DEPOSIT_FIELDS`, `DEPOSIT_FLAG`, `RLP_*`
 */
export function decodeDepositTransaction(encoded: Uint8Array): DepositTransaction {
  if (!isDepositTransaction(encoded)) {
    throw new DecodeError('DEPOSIT_TYPE', `expected a deposit, type 0x7e, got ${encoded[0]}`)
  }
  const fields = transactionFields(encoded)
  if (fields.length !== 8) {
    throw new DecodeError('DEPOSIT_FIELDS', `a deposit has 8 fields, got ${fields.length}`)
  }
  const to = rlpBytes(fields[2])
  return {
    sourceHash: bytesToHex(rlpBytes(fields[0], 32)),
    from: bytesToHex(rlpBytes(fields[1], 20)),
    to: to.length === 0 ? undefined : bytesToHex(rlpBytes(to, 20)),
    mint: rlpInteger(fields[3]),
    value: rlpInteger(fields[4]),
    gas: rlpInteger(fields[5], 8),
    isSystemTransaction: decodeFlag(rlpBytes(fields[6])),
    data: rlpBytes(fields[7]),
  }
}

function decodeFlag(bytes: Uint8Array): boolean {
  if (bytes.length === 0) return false
  if (bytes.length === 1 && bytes[0] === 1) return true
  throw new DecodeError(
    'DEPOSIT_FLAG',
    `isSystemTransaction must be 0 or 1, got ${bytesToHex(bytes)}`,
  )
}
