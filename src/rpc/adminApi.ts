import type { Hash } from '../base/hex.ts'
import { hashFromJson } from '../base/jsonFields.ts'
import type { RpcMethods } from '../jsonrpc/dispatch.ts'
import { param } from '../jsonrpc/params.ts'
import type { PayloadEnvelope } from '../protocol/payload.ts'
import { payloadEnvelopeFromJson } from '../protocol/payloadJson.ts'
import { withReasons } from './withReasons.ts'

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
    admin_startSequencer: async (params) => control.startSequencer(param(params, 0, hashFromJson)),
    admin_stopSequencer: async () => control.stopSequencer(),
    admin_sequencerActive: async () => control.sequencerActive,
    admin_resetDerivationPipeline: async () => control.requestReset(),
    admin_postUnsafePayload: async (params) =>
      control.insertUnsafePayload(param(params, 0, payloadEnvelopeFromJson)),
  })
}
