import { defaultMetricsOptions, type MetricsOptions } from '../../metrics/options.ts'
import type { FlagTable } from './flag.ts'
import { parseBoolean, parsePort, parseText } from './parsers.ts'

/** The program whose metrics are served. */
export type MetricsProgram = 'node' | 'batcher' | 'proposer' | 'engine' | 'devnet'

/** What holds where nothing is said: the ports of op-node, op-batcher and op-proposer, and that of op-geth. */
export function metricsDefaults(program: MetricsProgram): MetricsOptions {
  return program === 'engine' ? { ...defaultMetricsOptions, port: 6060 } : defaultMetricsOptions
}

/** Whether and where metrics are served. Names are those of op-node and kona-node, op-batcher and op-proposer. */
export function metricsFlags(program: MetricsProgram) {
  const env = (suffix: string) => metricsEnv(program, suffix)
  const defaults = metricsDefaults(program)
  return {
    enabled: {
      names: ['metrics.enabled'],
      env: env('ENABLED'),
      parse: parseBoolean,
      help: 'serve metrics for Prometheus',
      shownDefault: defaults.enabled,
    },
    host: {
      names: ['metrics.addr'],
      env: env('ADDR'),
      value: 'address',
      parse: parseText,
      help: 'address that they are served on',
      shownDefault: defaults.host,
    },
    port: {
      names: ['metrics.port'],
      env: env('PORT'),
      value: 'port',
      parse: parsePort,
      help: 'port that they are served on; 0 takes a free one',
      shownDefault: defaults.port,
    },
  } as const satisfies FlagTable<MetricsOptions>
}

/** kona-node's variables lack the word NODE; op-geth and op-reth have none. */
function metricsEnv(program: MetricsProgram, suffix: string): readonly string[] {
  const name = program.toUpperCase()
  const peers = {
    node: [`KONA_METRICS_${suffix}`, `OP_NODE_METRICS_${suffix}`],
    batcher: [`OP_BATCHER_METRICS_${suffix}`],
    proposer: [`OP_PROPOSER_METRICS_${suffix}`],
    engine: [],
    devnet: [],
  }
  return [`TAKT_${name}_METRICS_${suffix}`, ...peers[program]]
}
