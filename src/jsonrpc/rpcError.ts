import { TaktError, type TaktErrorOptions } from '../base/errors.ts'

/**
 * A JSON-RPC error object: thrown by a method to answer with it, thrown by the client when the
 * server answered with it.
 *
 * @see https://www.jsonrpc.org/specification#error_object
 */
export class RpcError extends TaktError {
  /** The wire code, such as -32602. */
  readonly rpcCode: number
  /** The wire `data`: any JSON, for instance the revert data of `eth_call`. */
  readonly data: unknown

  constructor(rpcCode: number, message: string, data?: unknown, options?: TaktErrorOptions) {
    super('RPC_ERROR', message, { context: { rpcCode }, ...options })
    this.rpcCode = rpcCode
    this.data = data
  }
}

/**
 * Codes that JSON-RPC and its Ethereum dialect define.
 *
 * @see https://eips.ethereum.org/EIPS/eip-1474#error-codes
 */
export const rpcErrorCodes = {
  parseError: -32700,
  invalidRequest: -32600,
  methodNotFound: -32601,
  invalidParams: -32602,
  internalError: -32603,
  serverError: -32000,
  resourceNotFound: -32001,
  resourceUnavailable: -32002,
  transactionRejected: -32003,
  methodNotSupported: -32004,
  limitExceeded: -32005,
} as const

/** Hosted nodes limit single calls of a batch by an error object, and do not agree on its code. */
export function isRateLimit(error: RpcError): boolean {
  if (error.rpcCode === rpcErrorCodes.limitExceeded || error.rpcCode === 429) return true
  return /rate limit|too many requests/i.test(error.shortMessage)
}
