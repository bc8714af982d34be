import { DecodeError } from '../base/errors.ts'
import { hexToBytes } from '../base/hex.ts'
import type { JsonRpcClient } from '../jsonrpc/client.ts'
import { isRateLimit, RpcError, rpcErrorCodes } from '../jsonrpc/rpcError.ts'
import type { Refusal } from '../txmgr/backend.ts'
import { sourceError } from './sourceError.ts'

/** Asks L1. @throws {ChainError} `temporary` `L1_UNREACHABLE`, `L1_ERROR`, `L1_BAD_DATA` */
export async function ask<T>(
  rpc: JsonRpcClient,
  method: string,
  params: readonly unknown[],
  parse: (json: unknown) => T,
  signal: AbortSignal | undefined,
): Promise<T> {
  try {
    return parse(await rpc.request(method, params, { signal }))
  } catch (error) {
    throw sourceError(error, 'L1', 'L1')
  }
}

/** As {@link ask}, where an error that speaks of what was asked is an answer too. */
export async function askOrRefusal<T>(
  rpc: JsonRpcClient,
  method: string,
  params: readonly unknown[],
  parse: (json: unknown) => T,
  signal: AbortSignal | undefined,
): Promise<T | Refusal> {
  try {
    return parse(await rpc.request(method, params, { signal }))
  } catch (error) {
    if (error instanceof RpcError && isRefusal(error)) return refusal(error)
    throw sourceError(error, 'L1', 'L1')
  }
}

/** Whether the error speaks of what was sent, not of the endpoint. */
function isRefusal(error: RpcError): boolean {
  return !isRateLimit(error) && error.rpcCode !== rpcErrorCodes.methodNotFound
}

function refusal({ shortMessage, data }: RpcError): Refusal {
  return { type: 'refused', message: shortMessage, data: revertDataFromJson(data) }
}

/** Nodes disagree on what stands beside the message; only hex is what a contract reverted with. */
function revertDataFromJson(json: unknown): Uint8Array | undefined {
  try {
    return typeof json === 'string' ? hexToBytes(json) : undefined
  } catch (error) {
    if (error instanceof DecodeError) return undefined
    throw error
  }
}
