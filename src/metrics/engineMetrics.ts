import type { Gauge } from 'prom-client'
import { JsonFields, uint64FromJson } from '../base/jsonFields.ts'
import type { JsonRpcClient } from '../jsonrpc/client.ts'
import { MetricSet } from './metricSet.ts'
import type { ServiceMetrics } from './serviceMetrics.ts'

/**
 * Heads and pool of an engine, asked for whenever metrics are read; under op-geth's names. While the engine does not
 * answer they are left out.
 *
 * @param deps.rpc - The engine's own `eth_` JSON-RPC; it lives in another thread.
 */
export function watchEngine(
  metrics: ServiceMetrics,
  { rpc }: { readonly rpc: Pick<JsonRpcClient, 'request'> },
): void {
  const heads = new MetricSet('chain_head', metrics.registry)
  const pool = new MetricSet('txpool', metrics.registry)
  const head = (name: string, label: string) =>
    heads.gauge(name, `Number of the block ${label}`, [], (gauge) =>
      read(gauge, () => rpc.request('eth_getBlockByNumber', [label, false]), 'number'),
    )
  head('block', 'latest')
  head('safe', 'safe')
  head('finalized', 'finalized')
  for (const state of ['pending', 'queued']) {
    pool.gauge(state, `Transactions in the pool that are ${state}`, [], (gauge) =>
      read(gauge, () => rpc.request('txpool_status', []), state),
    )
  }
}

async function read(gauge: Gauge, ask: () => Promise<unknown>, field: string): Promise<void> {
  try {
    const answer = new JsonFields(await ask(), 'answer of the engine', 'ENGINE_ANSWER')
    gauge.set(Number(answer.read(field, uint64FromJson)))
  } catch {
    gauge.remove()
  }
}
