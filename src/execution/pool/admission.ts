import { DecodeError } from '../../base/errors.ts'
import type { Address } from '../../base/hex.ts'
import { SignedTransaction } from '../../protocol/signedTransaction.ts'
import type { ExecutionChainConfig, ForkRules } from '../chainConfig.ts'
import type { FeeParameters } from '../fees/feeParameters.ts'
import { isDelegation } from '../transaction/authorizations.ts'
import { TransactionInvalidError, type TransactionRule } from '../transaction/invalid.ts'
import { assertWellFormed, maxCost } from '../transaction/validity.ts'
import { PoolError, type PoolRejection } from './poolError.ts'
import type { AdmittedTransaction } from './transactionPool.ts'

/** What admission must know of the block that comes next. */
export interface AdmissionContext {
  readonly config: ExecutionChainConfig
  readonly rules: ForkRules
  /** Of the block at the head. */
  readonly gasLimit: bigint
  readonly fees: FeeParameters
  /** The code at an address, empty where there is none. */
  code(address: Address): Uint8Array
}

// geth's txMaxSize: a bound on what one transaction may cost the pool, no rule of the chain.
const maxTransactionBytes = 128 * 1024

/**
 * Takes a transaction apart and checks all that can be checked without the pool: what it says by
 * itself, its signature, and whether its sender may send at all.
 *
 * @throws {PoolError}
 * @throws {DecodeError} when the bytes are no transaction.
 */
export function admitTransaction(raw: Uint8Array, context: AdmissionContext): AdmittedTransaction {
  if (raw.length > maxTransactionBytes) {
    throw new PoolError('OVERSIZED', `transaction size ${raw.length}, limit ${maxTransactionBytes}`)
  }
  const transaction = decode(raw)
  try {
    assertWellFormed(transaction, context.config, context.rules)
  } catch (error) {
    if (!(error instanceof TransactionInvalidError)) throw error
    throw new PoolError(rejections[error.rule] ?? 'INVALID', error.shortMessage)
  }
  if (transaction.gasLimit > context.gasLimit) throw new PoolError('GAS_LIMIT')
  const code = context.code(transaction.sender)
  if (code.length > 0 && !isDelegation(code)) throw new PoolError('SENDER_NOT_EOA')
  return {
    transaction,
    hash: transaction.hash,
    sender: transaction.sender,
    nonce: transaction.nonce,
    maxFeePerGas: transaction.maxFeePerGas,
    maxPriorityFeePerGas: transaction.maxPriorityFeePerGas,
    cost: maxCost(transaction, context.fees, context.rules),
  }
}

const rejections: Readonly<Partial<Record<TransactionRule, PoolRejection>>> = {
  signature: 'INVALID_SENDER',
  chainId: 'WRONG_CHAIN_ID',
  typeNotActive: 'TYPE_NOT_SUPPORTED',
  noAuthorizations: 'EMPTY_AUTHORIZATIONS',
  tipAboveFeeCap: 'TIP_ABOVE_FEE_CAP',
  nonceExhausted: 'NONCE_MAX',
  gasAboveCap: 'TRANSACTION_GAS_LIMIT',
  initCodeTooLarge: 'INIT_CODE_SIZE',
  gasBelowIntrinsic: 'INTRINSIC_GAS',
  gasBelowFloor: 'FLOOR_DATA_GAS',
}

function decode(raw: Uint8Array): SignedTransaction {
  try {
    return new SignedTransaction(raw)
  } catch (error) {
    // Deposits come from L1 alone, and the L2 has no blobs.
    const isOtherType = error instanceof DecodeError && error.code === 'TRANSACTION_TYPE'
    throw isOtherType ? new PoolError('TYPE_NOT_SUPPORTED') : error
  }
}
