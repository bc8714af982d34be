import { ChainError } from '../base/errors.ts'
import { RpcTransportError } from './rpcTransportError.ts'

/** What the HTTP statuses mean that say it all, whatever comes with them; `undefined` for others. */
export function refusalOfStatus(
  name: string,
  status: number,
  retryAfter: unknown,
): RpcTransportError | undefined {
  if (status === 401 || status === 403) {
    const message = `${name} refused our credentials with HTTP ${status}`
    return new RpcTransportError('RPC_UNAUTHORIZED', message, { status })
  }
  if (status !== 429) return undefined
  const retryAfterMs = parseRetryAfter(retryAfter)
  return new RpcTransportError('RPC_RATE_LIMITED', `${name} asks us to slow down (HTTP 429)`, {
    status,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  })
}

/** What made an exchange fail, as one of the codes of {@link RpcTransportError}. */
export function toTransportError(name: string, error: unknown): RpcTransportError {
  if (error instanceof RpcTransportError) return error
  if (error instanceof ChainError && error.code === 'TIMEOUT') {
    const message = `${name} did not answer in time: ${error.shortMessage}`
    return new RpcTransportError('RPC_TIMEOUT', message, { cause: error })
  }
  const { code, message } = error as NodeJS.ErrnoException
  const reason = `${name} cannot be reached: ${message || code}`
  return new RpcTransportError('RPC_UNREACHABLE', reason, { cause: error })
}

/** Milliseconds, of a header that says seconds; `undefined` for its date form, which nobody sends with 429. */
function parseRetryAfter(value: unknown): number | undefined {
  return typeof value === 'string' && /^\d{1,6}$/.test(value) ? Number(value) * 1000 : undefined
}
