import type { Command } from 'commander'
import { type Environment, type FlagTable, readFlags, required } from './flag.ts'
import {
  parseBoolean,
  parseDurationMs,
  parseList,
  parsePort,
  parseRpcUrl,
  parseText,
} from './parsers.ts'
import { type Service, serviceEnv } from './serviceEnv.ts'

/** What both services that send to L1 are told: where the chains are, and where they listen themselves. */
export interface ServiceValues {
  readonly l1Urls: readonly string[]
  readonly rollupUrls: readonly string[]
  readonly activeSequencerCheckMs: number
  readonly rpcHost: string
  readonly rpcPort: number
  readonly enableAdmin: boolean
}

/** What holds where nothing is said; the endpoints have no default. */
const serviceDefaults = {
  // Differs: op-batcher and op-proposer listen on all addresses, by default on the port that L1 nodes have.
  batcher: {
    activeSequencerCheckMs: 5_000,
    rpcHost: '127.0.0.1',
    rpcPort: 8548,
    enableAdmin: false,
  },
  proposer: {
    activeSequencerCheckMs: 120_000,
    rpcHost: '127.0.0.1',
    rpcPort: 8560,
    enableAdmin: false,
  },
} as const satisfies Record<Service, Partial<ServiceValues>>

/** The endpoints of a service. Names are those of op-batcher and op-proposer. */
export function serviceFlags(service: Service) {
  const env = (suffix: string) => serviceEnv(service, suffix)
  const defaults = serviceDefaults[service]
  return {
    l1Urls: {
      names: ['l1-eth-rpc', 'l1'],
      env: env('L1_ETH_RPC'),
      value: 'urls',
      parse: parseList(parseRpcUrl),
      help: 'L1 JSON-RPC endpoints (http(s):// or ws(s)://) joined by commas, the preferred one first (required)',
    },
    rollupUrls: {
      names: ['rollup-rpc'],
      env: env('ROLLUP_RPC'),
      value: 'urls',
      parse: parseList(parseRpcUrl),
      help: 'the rollup node; of several, joined by commas, the one with the active sequencer (required)',
    },
    activeSequencerCheckMs: {
      names: ['active-sequencer-check-duration'],
      env: env('ACTIVE_SEQUENCER_CHECK_DURATION'),
      value: 'duration',
      parse: parseDurationMs(1),
      help: 'how often it is checked which rollup node has the active sequencer',
      shownDefault: `${defaults.activeSequencerCheckMs / 1000}s`,
    },
    rpcHost: {
      names: ['rpc.addr'],
      env: env('RPC_ADDR'),
      value: 'address',
      parse: parseText,
      help: `address that the ${service}'s own RPC listens on`,
      shownDefault: defaults.rpcHost,
    },
    rpcPort: {
      names: ['rpc.port'],
      env: env('RPC_PORT'),
      value: 'port',
      parse: parsePort,
      help: 'port that it listens on; 0 takes a free one',
      shownDefault: defaults.rpcPort,
    },
    enableAdmin: {
      names: ['rpc.enable-admin'],
      env: env('RPC_ENABLE_ADMIN'),
      parse: parseBoolean,
      help: 'serve the admin_ and txmgr_ methods',
      shownDefault: defaults.enableAdmin,
    },
  } as const satisfies FlagTable<ServiceValues>
}

/** @throws {ConfigError} `FLAG_MISSING`, and as {@link readFlags}. */
export function readServiceValues(
  command: Command,
  env: Environment,
  service: Service,
): ServiceValues {
  const table = serviceFlags(service)
  const flags = readFlags(command, table, env)
  return {
    ...serviceDefaults[service],
    ...flags,
    l1Urls: required(flags.l1Urls, table.l1Urls),
    rollupUrls: required(flags.rollupUrls, table.rollupUrls),
  }
}
