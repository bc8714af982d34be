import { ChainError, DecodeError } from '../base/errors.ts'
import { RpcError } from '../jsonrpc/rpcError.ts'
import { RpcTransportError } from '../jsonrpc/rpcTransportError.ts'

/**
 * Says what an error of an endpoint means to the chain: the same call may work later.
 *
 * - `<prefix>_UNREACHABLE`: no answer came.
 * - `<prefix>_ERROR`: the endpoint answered with an error.
 * - `<prefix>_BAD_DATA`: the answer breaks a format or contradicts itself.
 *
 * @param what - The endpoint, as people call it: `L1`, `the L2 engine`.
 * @returns a `temporary` ChainError; anything that is not of an endpoint is returned as it is.
 */
export function sourceError(error: unknown, prefix: string, what: string): unknown {
  if (error instanceof RpcTransportError) {
    return temporary(`${prefix}_UNREACHABLE`, `${what}: ${error.shortMessage}`, error)
  }
  if (error instanceof RpcError) {
    const message = `${what} answered error ${error.rpcCode}: ${error.shortMessage}`
    return temporary(`${prefix}_ERROR`, message, error)
  }
  if (error instanceof DecodeError) {
    return temporary(`${prefix}_BAD_DATA`, `${what}: ${error.shortMessage}`, error)
  }
  return error
}

function temporary(code: string, message: string, cause: Error): ChainError {
  return new ChainError('temporary', code, message, { cause })
}

/** True for the error that nodes give where they know no such block, instead of `null`. */
export function isUnknownBlock(error: unknown): boolean {
  if (!(error instanceof RpcError) || isUnknownMethod(error)) return false
  if (error.rpcCode === -39001) return true
  return /\b(block|header)\b.*not found|unknown block|could not find block/i.test(
    error.shortMessage,
  )
}

/** True for the error of a method that the node does not have, or has switched off. */
export function isUnknownMethod(error: unknown): boolean {
  if (!(error instanceof RpcError)) return false
  if ([-32601, -32602, -32004].includes(error.rpcCode)) return true
  return /method.*(not|unknown)|unsupported method|not whitelisted/i.test(error.shortMessage)
}
