import { TaktError, type TaktErrorOptions } from '../base/errors.ts'

/**
 * - `RPC_UNREACHABLE`: no connection, or it broke.
 * - `RPC_TIMEOUT`: no answer in time.
 * - `RPC_UNAUTHORIZED`: HTTP 401 or 403. A wrong JWT or API key.
 * - `RPC_RATE_LIMITED`: HTTP 429.
 * - `RPC_HTTP_STATUS`: another status that is no success, without a JSON-RPC error in it.
 * - `RPC_BAD_RESPONSE`: not JSON, or not the answer to what was asked.
 */
export type RpcTransportErrorCode =
  | 'RPC_UNREACHABLE'
  | 'RPC_TIMEOUT'
  | 'RPC_UNAUTHORIZED'
  | 'RPC_RATE_LIMITED'
  | 'RPC_HTTP_STATUS'
  | 'RPC_BAD_RESPONSE'

/** A JSON-RPC call got no usable answer. Whether it was carried out is unknown. */
export class RpcTransportError extends TaktError {
  declare readonly code: RpcTransportErrorCode
  /** HTTP status, where one came. */
  readonly status: number | undefined
  /** How long the server asked us to stay away. */
  readonly retryAfterMs: number | undefined

  constructor(
    code: RpcTransportErrorCode,
    message: string,
    options: TaktErrorOptions & { readonly status?: number; readonly retryAfterMs?: number } = {},
  ) {
    super(code, message, options)
    this.status = options.status
    this.retryAfterMs = options.retryAfterMs
  }

  /** False where the same call would only meet the same refusal. */
  get isRetryable(): boolean {
    if (this.code === 'RPC_UNAUTHORIZED') return false
    if (this.code !== 'RPC_HTTP_STATUS') return true
    return this.status === undefined || this.status >= 500 || this.status === 408
  }
}
