import type { RpcMethods } from '../../jsonrpc/dispatch.ts'
import { blockMethods } from './blockMethods.ts'
import { callMethods } from './callMethods.ts'
import { configMethods } from './configMethods.ts'
import { debugMethods } from './debugMethods.ts'
import { feeMethods } from './feeMethods.ts'
import { filterMethods } from './filterMethods.ts'
import { defaultFilterOptions, FilterRegistry } from './filters.ts'
import { nodeMethods } from './nodeMethods.ts'
import { poolMethods } from './poolMethods.ts'
import type { RpcDeps } from './rpcDeps.ts'
import { stateMethods } from './stateMethods.ts'
import { subscriptionMethods } from './subscriptions.ts'

/** All that the engine serves to everybody: `eth_`, `net_`, `web3_`, `txpool_` and `debug_`. */
export function ethMethods(deps: RpcDeps): RpcMethods {
  const filters = new FilterRegistry(defaultFilterOptions, { clock: deps.clock })
  deps.events.onCanonicalChange((change) => filters.noteCanonicalChange(change))
  deps.pool.onPending(({ hash }) => filters.notePendingTransaction(hash))
  return {
    ...nodeMethods(deps),
    ...configMethods(deps),
    ...blockMethods(deps),
    ...stateMethods(deps),
    ...callMethods(deps),
    ...feeMethods(deps),
    ...poolMethods(deps),
    ...filterMethods(deps, filters),
    ...subscriptionMethods(deps),
    ...debugMethods(deps),
  }
}
