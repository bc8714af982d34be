import { DecodeError, TaktError } from '../base/errors.ts'
import type { RpcMethod, RpcMethods } from '../jsonrpc/dispatch.ts'
import { RpcError, rpcErrorCodes } from '../jsonrpc/rpcError.ts'

/** Answers with the reason where a method refuses, instead of "internal error". */
export function withReasons(methods: RpcMethods): RpcMethods {
  const explained = Object.entries(methods).map(([name, method]): [string, RpcMethod] => [
    name,
    async (params, context) => {
      try {
        return await method(params, context)
      } catch (error) {
        const isForCaller =
          error instanceof TaktError && !(error instanceof RpcError || error instanceof DecodeError)
        if (!isForCaller) throw error
        throw new RpcError(
          rpcErrorCodes.serverError,
          error.shortMessage,
          { code: error.code },
          { cause: error },
        )
      }
    },
  ])
  return Object.fromEntries(explained)
}
