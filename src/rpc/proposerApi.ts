import type { RpcMethods } from '../jsonrpc/dispatch.ts'
import type { Proposer } from '../proposer/proposer.ts'
import { withReasons } from './withReasons.ts'

/** The `admin_` methods of a proposer. Serve them only where whoever can reach the port may use them. */
export function proposerApi(proposer: Pick<Proposer, 'start' | 'stop'>): RpcMethods {
  return withReasons({
    admin_startProposer: async (_, { signal }) => {
      await proposer.start(signal)
      return null
    },
    admin_stopProposer: async () => {
      await proposer.stop()
      return null
    },
  })
}
