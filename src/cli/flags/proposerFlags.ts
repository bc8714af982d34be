import { defaultProposerOptions, type ProposerOptions } from '../../proposer/options.ts'
import type { FlagTable } from './flag.ts'
import {
  parseAddress,
  parseBoolean,
  parseDurationMs,
  parseInteger,
  parseList,
  parsePort,
  parseText,
  parseUrl,
} from './parsers.ts'
import { serviceEnv } from './serviceEnv.ts'

/** What `takt proposer` is told beside how it proposes. */
export interface ProposerServiceValues {
  readonly l1Urls: readonly string[]
  readonly rollupUrls: readonly string[]
  readonly activeSequencerCheckMs: number
  readonly rpcHost: string
  readonly rpcPort: number
  readonly enableAdmin: boolean
}

/** What holds where nothing is said; the other settings have no default. */
export const defaultProposerService = {
  activeSequencerCheckMs: 120_000,
  // Differs: op-proposer listens on all addresses, by default on the port that L1 nodes have.
  rpcHost: '127.0.0.1',
  rpcPort: 8560,
  enableAdmin: false,
} as const satisfies Partial<ProposerServiceValues>

/** The endpoints of `takt proposer`. Names are those of op-proposer. */
export const proposerServiceFlags = {
  l1Urls: {
    names: ['l1-eth-rpc', 'l1'],
    env: env('L1_ETH_RPC'),
    value: 'urls',
    parse: parseList(parseUrl('http', 'https')),
    help: 'L1 JSON-RPC endpoints joined by commas, the preferred one first (required)',
  },
  rollupUrls: {
    names: ['rollup-rpc'],
    env: env('ROLLUP_RPC'),
    value: 'urls',
    parse: parseList(parseUrl('http', 'https')),
    help: 'the rollup node; of several, joined by commas, the one with the active sequencer (required)',
  },
  activeSequencerCheckMs: {
    names: ['active-sequencer-check-duration'],
    env: env('ACTIVE_SEQUENCER_CHECK_DURATION'),
    value: 'duration',
    parse: parseDurationMs(1),
    help: 'how often it is checked which rollup node has the active sequencer',
    shownDefault: `${defaultProposerService.activeSequencerCheckMs / 1000}s`,
  },
  rpcHost: {
    names: ['rpc.addr'],
    env: env('RPC_ADDR'),
    value: 'address',
    parse: parseText,
    help: "address that the proposer's own RPC listens on",
    shownDefault: defaultProposerService.rpcHost,
  },
  rpcPort: {
    names: ['rpc.port'],
    env: env('RPC_PORT'),
    value: 'port',
    parse: parsePort,
    help: 'port that it listens on; 0 takes a free one',
    shownDefault: defaultProposerService.rpcPort,
  },
  enableAdmin: {
    names: ['rpc.enable-admin'],
    env: env('RPC_ENABLE_ADMIN'),
    parse: parseBoolean,
    help: 'serve admin_startProposer and admin_stopProposer',
    shownDefault: defaultProposerService.enableAdmin,
  },
} as const satisfies FlagTable<ProposerServiceValues>

/** What is proposed, where and when. Names are those of op-proposer. */
export const proposerFlags = {
  gameFactoryAddress: {
    names: ['game-factory-address'],
    env: env('GAME_FACTORY_ADDRESS'),
    value: 'address',
    parse: parseAddress,
    help: 'the DisputeGameFactory to create games with',
  },
  gameType: {
    names: ['game-type', 'dg-type'],
    env: env('GAME_TYPE'),
    value: 'type',
    parse: parseInteger(0, 0xffff_ffff),
    help: 'type of the games',
    shownDefault: defaultProposerOptions.gameType,
  },
  proposalIntervalMs: {
    names: ['proposal-interval'],
    env: env('PROPOSAL_INTERVAL'),
    value: 'duration',
    parse: parseDurationMs(1),
    help: 'time between two games; required with a factory',
  },
  l2OutputOracleAddress: {
    names: ['l2oo-address'],
    env: env('L2OO_ADDRESS'),
    value: 'address',
    parse: parseAddress,
    help: 'the L2OutputOracle to propose to, instead of a factory',
  },
  pollIntervalMs: {
    names: ['poll-interval'],
    env: env('POLL_INTERVAL'),
    value: 'duration',
    parse: parseDurationMs(1),
    help: 'how often it is checked whether a proposal is due',
    shownDefault: `${defaultProposerOptions.pollIntervalMs / 1000}s`,
  },
  allowNonFinalized: {
    names: ['allow-non-finalized'],
    env: env('ALLOW_NON_FINALIZED'),
    parse: parseBoolean,
    help: 'propose blocks that are safe and not yet finalized',
    shownDefault: defaultProposerOptions.allowNonFinalized,
  },
  waitNodeSync: {
    names: ['wait-node-sync'],
    env: env('WAIT_NODE_SYNC'),
    parse: parseBoolean,
    help: "at the start, wait until the rollup node has come to L1's head",
    shownDefault: defaultProposerOptions.waitNodeSync,
  },
} as const satisfies FlagTable<ProposerOptions>

function env(suffix: string): readonly string[] {
  return serviceEnv('proposer', suffix)
}
