import { DecodeError, TaktError } from '../base/errors.ts'
import { type Hash, parseHex } from '../base/hex.ts'
import type { RpcMethod, RpcMethods } from '../jsonrpc/dispatch.ts'
import { RpcError, rpcErrorCodes } from '../jsonrpc/rpcError.ts'
import type { PayloadEnvelope } from '../protocol/payload.ts'
import { payloadEnvelopeFromJson } from '../protocol/payloadJson.ts'

/** What an operator, or a conductor, may do to a node. */
export interface NodeControl {
  startSequencer(hash: Hash): Promise<void>
  stopSequencer(): Promise<Hash>
  readonly sequencerActive: boolean
  requestReset(): Promise<void>
  insertUnsafePayload(envelope: PayloadEnvelope): Promise<void>
}

/**
 * The `admin_` methods of a rollup node. Serve them only where whoever can reach the port may use them.
 *
 * @see https://docs.optimism.io/node-operators/reference/json-rpc#admin
 */
export function adminApi(control: NodeControl): RpcMethods {
  return withReasons({
    admin_startSequencer: async ([hash]) => control.startSequencer(parseHex(hash, 32)),
    admin_stopSequencer: async () => control.stopSequencer(),
    admin_sequencerActive: async () => control.sequencerActive,
    admin_resetDerivationPipeline: async () => control.requestReset(),
    admin_postUnsafePayload: async ([envelope]) =>
      control.insertUnsafePayload(payloadEnvelopeFromJson(envelope)),
  })
}

/** Answers with the reason where a method refuses, instead of "internal error". */
function withReasons(methods: RpcMethods): RpcMethods {
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
