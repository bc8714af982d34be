import { DecodeError } from '../../base/errors.ts'
import type { Hex } from '../../base/hex.ts'
import type { RpcMethods } from '../../jsonrpc/dispatch.ts'
import { type Parser, param } from '../../jsonrpc/params.ts'
import type { FilterRegistry } from './filters.ts'
import { findLogs, parseLogQuery } from './logQuery.ts'
import type { RpcDeps } from './rpcDeps.ts'

/** `eth_getLogs` and the filters that are polled. */
export function filterMethods(deps: RpcDeps, filters: FilterRegistry): RpcMethods {
  return {
    eth_getLogs: async (params) => findLogs(deps, param(params, 0, parseLogQuery)),
    eth_newFilter: async (params) =>
      filters.add({ type: 'logs', query: param(params, 0, parseLogQuery) }),
    eth_newBlockFilter: async () => filters.add({ type: 'blocks' }),
    eth_newPendingTransactionFilter: async () => filters.add({ type: 'pendingTransactions' }),
    eth_getFilterChanges: async (params) => filters.poll(param(params, 0, parseFilterId)),
    eth_getFilterLogs: async (params) =>
      findLogs(deps, filters.logQuery(param(params, 0, parseFilterId))),
    eth_uninstallFilter: async (params) => filters.remove(param(params, 0, parseFilterId)),
  }
}

/** Any number: one that is not an id of ours is a filter that was not found. */
const parseFilterId: Parser<Hex> = (json) => {
  if (typeof json === 'string' && /^0x[0-9a-fA-F]+$/.test(json)) return json.toLowerCase() as Hex
  throw new DecodeError('FILTER_ID_INVALID', `expected the id of a filter, got ${String(json)}`)
}
