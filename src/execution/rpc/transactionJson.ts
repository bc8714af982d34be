import { bytesToBigInt } from '../../base/bytes.ts'
import { bytesToHex, type Hash } from '../../base/hex.ts'
import { encodeQuantity } from '../../base/quantity.ts'
import type { Authorization, SignedTransaction } from '../../protocol/signedTransaction.ts'
import { transactionTypes } from '../../protocol/transaction.ts'
import type { TransactionOutcome } from '../chain/blockRecord.ts'
import type { DepositedTransaction, Transaction } from '../transaction/transaction.ts'
import { effectiveGasPrice } from '../transaction/validity.ts'

/** Where a transaction stands. */
export interface TransactionPosition {
  readonly blockHash: Hash
  readonly blockNumber: bigint
  readonly index: number
  readonly baseFeePerGas: bigint
  readonly outcome: TransactionOutcome
}

/**
 * A transaction as `eth_getTransactionByHash` gives it.
 *
 * @param position - `undefined` for one that waits in the pool.
 */
export function transactionToJson(
  transaction: Transaction,
  position: TransactionPosition | undefined,
): Record<string, unknown> {
  return {
    blockHash: position?.blockHash ?? null,
    blockNumber: position === undefined ? null : encodeQuantity(position.blockNumber),
    transactionIndex: position === undefined ? null : encodeQuantity(position.index),
    from: position?.outcome.sender ?? transaction.sender,
    gas: encodeQuantity(transaction.gasLimit),
    hash: transaction.hash,
    input: bytesToHex(transaction.data),
    to: transaction.to ?? null,
    type: encodeQuantity(transaction.type),
    value: encodeQuantity(transaction.value),
    ...(transaction.type === transactionTypes.deposit
      ? depositFields(transaction, position)
      : signedFields(transaction, position)),
  }
}

function depositFields(
  deposit: DepositedTransaction,
  position: TransactionPosition | undefined,
): Record<string, unknown> {
  const receipt = position?.outcome.receipt
  return {
    sourceHash: deposit.sourceHash,
    mint: encodeQuantity(deposit.mint),
    isSystemTx: deposit.isSystemTransaction,
    nonce: encodeQuantity(receipt?.depositNonce ?? 0n),
    ...(receipt?.depositReceiptVersion !== undefined && {
      depositReceiptVersion: encodeQuantity(receipt.depositReceiptVersion),
    }),
    gasPrice: '0x0',
    // A deposit has no signature, but clients insist on the fields.
    v: '0x0',
    r: '0x0',
    s: '0x0',
  }
}

function signedFields(
  transaction: SignedTransaction,
  position: TransactionPosition | undefined,
): Record<string, unknown> {
  const { type, chainId, yParity, maxFeePerGas, maxPriorityFeePerGas } = transaction
  const isLegacy = type === transactionTypes.legacy
  const hasFeeCap = type === transactionTypes.dynamicFee || type === transactionTypes.setCode
  const gasPrice =
    position === undefined ? maxFeePerGas : effectiveGasPrice(transaction, position.baseFeePerGas)
  return {
    nonce: encodeQuantity(transaction.nonce),
    gasPrice: encodeQuantity(gasPrice),
    ...(hasFeeCap && {
      maxFeePerGas: encodeQuantity(maxFeePerGas),
      maxPriorityFeePerGas: encodeQuantity(maxPriorityFeePerGas),
    }),
    ...(chainId !== undefined && { chainId: encodeQuantity(chainId) }),
    ...(!isLegacy && { accessList: transaction.accessList }),
    ...(type === transactionTypes.setCode && {
      authorizationList: transaction.authorizations.map(authorizationToJson),
    }),
    v: encodeQuantity(isLegacy ? legacyV(chainId, yParity) : yParity),
    ...signatureFields(transaction.signature),
    ...(!isLegacy && { yParity: encodeQuantity(yParity) }),
  }
}

function authorizationToJson(authorization: Authorization): Record<string, unknown> {
  return {
    chainId: encodeQuantity(authorization.chainId),
    address: authorization.address,
    nonce: encodeQuantity(authorization.nonce),
    yParity: encodeQuantity(authorization.yParity),
    ...signatureFields(authorization.signature),
  }
}

function signatureFields(signature: Uint8Array): Record<string, unknown> {
  return {
    r: encodeQuantity(bytesToBigInt(signature.subarray(0, 32))),
    s: encodeQuantity(bytesToBigInt(signature.subarray(32))),
  }
}

function legacyV(chainId: bigint | undefined, yParity: number): bigint {
  return BigInt(yParity) + (chainId === undefined ? 27n : 35n + 2n * chainId)
}
