import type { RpcMethods } from '../../jsonrpc/dispatch.ts'
import { param } from '../../jsonrpc/params.ts'
import type { PayloadBuilder } from '../builder/payloadBuilder.ts'
import { parseUint64 } from './params.ts'

/** What a batcher tells the engine when L1 cannot take as much data as L2 makes. */
export function minerMethods(builder: PayloadBuilder): RpcMethods {
  return {
    miner_setMaxDASize: async (params) => {
      const [transaction, block] = [param(params, 0, parseUint64), param(params, 1, parseUint64)]
      builder.setDaLimits({
        maxTransactionBytes: orNone(transaction),
        maxBlockBytes: orNone(block),
      })
      return true
    },
  }
}

/** Zero stands for no limit. */
function orNone(limit: bigint): bigint | undefined {
  return limit === 0n ? undefined : limit
}
