import { ChainError } from '../base/errors.ts'
import { encodeQuantity } from '../base/quantity.ts'
import type { BlockBuilder } from '../batcher/interface.ts'
import type { JsonRpcClient } from '../jsonrpc/client.ts'
import { isUnknownMethod, sourceError } from './sourceError.ts'

/** An engine over JSON-RPC, as throttling needs it. */
export function createBlockBuilder(deps: { readonly rpc: JsonRpcClient }): BlockBuilder {
  const { rpc } = deps
  return {
    name: rpc.endpoints.join(', '),
    async setMaxDataSize({ maxTxBytes, maxBlockBytes }, signal) {
      const params = [maxTxBytes, maxBlockBytes].map((bytes) => encodeQuantity(BigInt(bytes)))
      try {
        if ((await rpc.request('miner_setMaxDASize', params, { signal })) !== false) return 'set'
      } catch (error) {
        if (isUnknownMethod(error)) return 'unsupported'
        throw sourceError(error, 'L2', 'the L2 engine')
      }
      throw new ChainError('temporary', 'L2_ERROR', 'the L2 engine did not set the limits')
    },
  }
}
