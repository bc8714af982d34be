import { type Hash, parseHex } from '../base/hex.ts'
import type { RpcMethods } from '../jsonrpc/dispatch.ts'
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
    admin_startSequencer: async ([hash]) => control.startSequencer(parseHex(hash, 32)),
    admin_stopSequencer: async () => control.stopSequencer(),
    admin_sequencerActive: async () => control.sequencerActive,
    admin_resetDerivationPipeline: async () => control.requestReset(),
    admin_postUnsafePayload: async ([envelope]) =>
      control.insertUnsafePayload(payloadEnvelopeFromJson(envelope)),
  })
}
