import { TaktError } from '../../base/errors.ts'

/**
 * Why the pool does not take a transaction.
 *
 * The messages are geth's, word for word: wallets and libraries match on them.
 */
export class PoolError extends TaktError {
  readonly reason: PoolRejection

  constructor(reason: PoolRejection, detail?: string) {
    const text = rejectionTexts[reason]
    super(`POOL_${reason}`, detail === undefined ? text : `${text}: ${detail}`)
    this.reason = reason
  }
}

export type PoolRejection = keyof typeof rejectionTexts

const rejectionTexts = {
  ALREADY_KNOWN: 'already known',
  TYPE_NOT_SUPPORTED: 'transaction type not supported',
  WRONG_CHAIN_ID: 'invalid chain id for signer',
  INVALID_SENDER: 'invalid sender',
  OVERSIZED: 'oversized data',
  INIT_CODE_SIZE: 'max initcode size exceeded',
  GAS_LIMIT: 'exceeds block gas limit',
  TRANSACTION_GAS_LIMIT: 'transaction gas limit too high',
  INTRINSIC_GAS: 'intrinsic gas too low',
  FLOOR_DATA_GAS: 'insufficient gas for floor data gas cost',
  TIP_ABOVE_FEE_CAP: 'max priority fee per gas higher than max fee per gas',
  EMPTY_AUTHORIZATIONS: 'EIP-7702 transaction with empty auth list',
  REPLACEMENT_UNDERPRICED: 'replacement transaction underpriced',
  NONCE_TOO_LOW: 'nonce too low',
  NONCE_MAX: 'nonce has max value',
  SENDER_NOT_EOA: 'sender not an eoa',
  INSUFFICIENT_FUNDS: 'insufficient funds for gas * price + value',
  ACCOUNT_LIMIT: 'account limit exceeded',
  POOL_FULL: 'txpool is full',
  INVALID: 'transaction is invalid',
} as const
