import { TaktError, type TaktErrorOptions } from '../base/errors.ts'

/**
 * - `TX_REVERTS`: L1 says that it would revert; nothing was sent.
 * - `TX_UNDERFUNDED`: the account cannot pay for it.
 * - `TX_FEE_TOO_HIGH`: L1 asks for more than the ceilings of the options.
 * - `TX_NONCE_TOO_LOW`: another transaction with its nonce is in a block.
 * - `TX_NOT_IN_MEMPOOL`: no node took it within `notInMempoolTimeoutMs`.
 * - `TX_REJECTED`: nodes refuse it for what it is, after `maxRetries`.
 * - `TX_POOL_CONFLICT`: the pool held a stuck transaction of the other kind (with or without blobs), which has
 *   been replaced by one that does nothing. Sending again can work.
 * - `TX_ORDER_LOST`: one that was asked for before it failed.
 * - `TX_TIMEOUT`: `sendTimeoutMs` is over.
 * - `TX_SIGNER`: no signature.
 * - `TX_BLOBS`: the blobs or the target do not make a blob transaction.
 * - `TX_CLOSED`: the transaction manager was closed.
 */
export type TxErrorCode =
  | 'TX_REVERTS'
  | 'TX_UNDERFUNDED'
  | 'TX_FEE_TOO_HIGH'
  | 'TX_NONCE_TOO_LOW'
  | 'TX_NOT_IN_MEMPOOL'
  | 'TX_REJECTED'
  | 'TX_POOL_CONFLICT'
  | 'TX_ORDER_LOST'
  | 'TX_TIMEOUT'
  | 'TX_SIGNER'
  | 'TX_BLOBS'
  | 'TX_CLOSED'

/** A transaction was not brought to L1. */
export class TxError extends TaktError {
  declare readonly code: TxErrorCode

  constructor(code: TxErrorCode, message: string, options?: TaktErrorOptions) {
    super(code, message, options)
  }
}
