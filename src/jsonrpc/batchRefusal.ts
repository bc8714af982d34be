import type { RpcError } from './rpcError.ts'
import { RpcTransportError } from './rpcTransportError.ts'

/**
 * Whether a request with so many calls may have failed because they came together, or because of one of them: then
 * smaller requests find out. An endpoint that is down, busy or does not know us refuses those just as well.
 */
export function mayRefuseBatch(calls: number, error: unknown): boolean {
  if (calls === 1 || !(error instanceof RpcTransportError)) return false
  const { code, status } = error
  if (code === 'RPC_BAD_RESPONSE') return true
  if (code === 'RPC_UNAUTHORIZED') return status !== 401
  return code === 'RPC_HTTP_STATUS' && (status === 501 || (status! < 500 && status !== 408))
}

/** Whether the answer to a call speaks of the batch that it came in. Servers do not agree on a code. */
export function speaksOfBatch(error: RpcError): boolean {
  return /\bbatch|response (size )?(is )?too (large|big)/i.test(error.shortMessage)
}
