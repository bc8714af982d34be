import {
  defaultNodeOptions,
  type L1Options,
  type L2Options,
  type NodeOptions,
  type RpcOptions,
  type SequencerOptions,
  type SyncOptions,
} from '../../node/options.ts'
import type { FlagTable } from './flag.ts'
import {
  parseBoolean,
  parseChoice,
  parseDurationMs,
  parseInteger,
  parseList,
  parsePort,
  parseRpcUrl,
  parseText,
  parseUrl,
} from './parsers.ts'

/** The mode, and what else must be known of the chain. */
export const chainFlags = {
  mode: {
    names: ['mode'],
    env: nodeEnv('MODE'),
    value: 'mode',
    parse: parseChoice(['sequencer', 'validator']),
    help: 'sequencer makes blocks and follows L1; validator only follows L1',
    shownDefault: defaultNodeOptions.mode,
  },
  sequencerEnabled: {
    names: ['sequencer.enabled'],
    env: nodeEnv('SEQUENCER_ENABLED'),
    parse: parseBoolean,
    help: 'the same as --mode=sequencer',
  },
  l1ConfigPath: {
    names: ['rollup.l1-chain-config', 'l1-config-file', 'rollup-l1-cfg'],
    env: [
      'TAKT_NODE_L1_CHAIN_CONFIG',
      'KONA_NODE_L1_CHAIN_CONFIG',
      'OP_NODE_ROLLUP_L1_CHAIN_CONFIG',
    ],
    value: 'file',
    parse: parseText,
    help: "the L1's genesis.json, for its blob fees; needed where L1 is no public chain",
  },
  upgradeBundlesDir: {
    names: ['upgrade-bundles'],
    env: ['TAKT_NODE_UPGRADE_BUNDLES'],
    value: 'folder',
    parse: parseText,
    help: 'folder with <fork>_nut_bundle.json files, needed when a fork activates while the chain runs',
  },
} as const satisfies FlagTable<{
  mode: NodeOptions['mode']
  sequencerEnabled: boolean
  l1ConfigPath: string
  upgradeBundlesDir: NodeOptions['upgradeBundlesDir']
}>

/** Where L1 is and how it is asked. */
export const l1Flags = {
  rpcUrls: {
    names: ['l1', 'l1-eth-rpc'],
    env: nodeEnv('L1_ETH_RPC'),
    value: 'urls',
    parse: parseList(parseRpcUrl),
    help: 'L1 JSON-RPC endpoints (http(s):// or ws(s)://) joined by commas, the preferred one first (required)',
  },
  wsUrl: {
    names: ['l1.ws'],
    env: ['TAKT_NODE_L1_WS'],
    value: 'url',
    parse: parseUrl('ws', 'wss'),
    help: 'L1 WebSocket endpoint that announces new heads; without one they are polled',
    shownDefault: 'the preferred --l1, if it is ws(s)://',
  },
  trustRpc: {
    names: ['l1.trustrpc', 'l1-trust-rpc', 'l1.trust-rpc'],
    env: ['TAKT_NODE_L1_TRUST_RPC', 'KONA_NODE_L1_TRUST_RPC', 'OP_NODE_L1_TRUST_RPC'],
    parse: parseBoolean,
    help: 'believe block hashes and receipts of L1 without recomputing them',
    shownDefault: defaultNodeOptions.l1.trustRpc,
  },
  pollIntervalMs: {
    names: ['l1.http-poll-interval'],
    env: nodeEnv('L1_HTTP_POLL_INTERVAL'),
    value: 'duration',
    parse: parseDurationMs(1),
    help: 'time between two polls of the L1 head',
    shownDefault: "a quarter of L1's block time",
  },
  epochPollIntervalMs: {
    names: ['l1.epoch-poll-interval'],
    env: nodeEnv('L1_EPOCH_POLL_INTERVAL'),
    value: 'duration',
    parse: parseDurationMs(1),
    help: 'time between two polls of the safe and finalized L1 blocks',
    shownDefault: `${defaultNodeOptions.l1.epochPollIntervalMs}ms`,
  },
  maxConcurrency: {
    names: ['l1.max-concurrency'],
    env: nodeEnv('L1_MAX_CONCURRENCY'),
    value: 'count',
    parse: parseInteger(1, 1_000),
    help: 'requests to L1 in flight at one time',
    shownDefault: defaultNodeOptions.l1.maxConcurrency,
  },
  maxBatchSize: {
    names: ['l1.rpc-max-batch-size'],
    env: nodeEnv('L1_RPC_MAX_BATCH_SIZE'),
    value: 'count',
    parse: parseInteger(1, 1_000),
    help: 'calls in one JSON-RPC batch to L1',
    shownDefault: defaultNodeOptions.l1.maxBatchSize,
  },
} as const satisfies FlagTable<L1Options>

/** How the node comes to know the chain. */
export const syncFlags = {
  mode: {
    names: ['syncmode'],
    env: nodeEnv('SYNCMODE'),
    value: 'mode',
    parse: parseChoice(['consensus-layer', 'execution-layer']),
    help: 'execution-layer lets the engine fetch the chain from its own peers first',
    shownDefault: defaultNodeOptions.sync.mode,
  },
  engineKind: {
    names: ['l2.enginekind'],
    env: nodeEnv('L2_ENGINE_KIND'),
    value: 'kind',
    parse: parseChoice(['geth', 'reth', 'erigon']),
    help: 'geth cannot fetch the chain by itself once blocks are final; reth and erigon can',
    shownDefault: defaultNodeOptions.sync.engineKind,
  },
  l1Confs: {
    names: ['verifier.l1-confs'],
    env: nodeEnv('VERIFIER_L1_CONFS'),
    value: 'blocks',
    parse: parseInteger(0, 10_000),
    help: 'distance that derivation keeps from the L1 head',
    shownDefault: defaultNodeOptions.sync.l1Confs,
  },
  skipStartCheck: {
    names: ['l2.skip-sync-start-check'],
    env: nodeEnv('L2_SKIP_SYNC_START_CHECK'),
    parse: parseBoolean,
    help: 'start without looking for unsafe blocks whose L1 origin is gone; derivation finds them later',
    shownDefault: defaultNodeOptions.sync.skipStartCheck,
  },
  safeHeadsDir: {
    names: ['safedb.path'],
    env: nodeEnv('SAFEDB_PATH'),
    value: 'folder',
    parse: parseText,
    help: 'folder of the safe-head database, which optimism_safeHeadAtL1Block answers from',
  },
} as const satisfies FlagTable<SyncOptions>

/** Where the execution engine is. */
export const l2Flags = {
  engineUrl: {
    names: ['l2', 'l2-engine-rpc'],
    env: nodeEnv('L2_ENGINE_RPC'),
    value: 'url',
    parse: parseUrl('http', 'https', 'ws', 'wss', 'unix'),
    help: 'Engine API of any OP engine, http(s)://…, ws(s)://… or unix:/path (required)',
  },
  rpcUrl: {
    names: ['l2.eth-rpc'],
    env: ['TAKT_NODE_L2_ETH_RPC'],
    value: 'url',
    parse: parseUrl('http', 'https', 'ws', 'wss', 'unix'),
    help: "the engine's eth_ methods, where its Engine API does not serve all of them",
  },
  trustRpc: {
    names: ['l2-trust-rpc'],
    env: ['TAKT_NODE_L2_TRUST_RPC', 'KONA_NODE_L2_TRUST_RPC'],
    parse: parseBoolean,
    help: 'believe what the engine says of its blocks without recomputing it',
    shownDefault: defaultNodeOptions.l2.trustRpc,
  },
  timeoutMs: {
    names: ['l2.timeout', 'l2-engine-timeout'],
    env: nodeEnv('L2_ENGINE_TIMEOUT'),
    value: 'duration',
    parse: parseDurationMs(1),
    help: 'longest wait for an answer of the engine',
    shownDefault: `${defaultNodeOptions.l2.timeoutMs}ms`,
  },
} as const satisfies FlagTable<L2Options>

/** The secret that the Engine API asks for, by file or by value. */
export const jwtFlags = {
  path: {
    names: ['l2.jwt-secret', 'l2-engine-jwt-secret'],
    env: nodeEnv('L2_ENGINE_AUTH'),
    value: 'file',
    parse: parseText,
    help: 'file with the 32-byte secret that the engine was started with',
  },
  encoded: {
    names: ['l2-engine-jwt-encoded'],
    env: nodeEnv('L2_ENGINE_AUTH_ENCODED'),
    value: 'hex',
    parse: parseText,
    help: 'the secret itself; better in the environment than on the command line',
  },
} as const satisfies FlagTable<{ path: string; encoded: string }>

/** How the sequencer behaves. */
export const sequencerFlags = {
  stopped: {
    names: ['sequencer.stopped'],
    env: nodeEnv('SEQUENCER_STOPPED'),
    parse: parseBoolean,
    help: 'make no blocks until admin_startSequencer is called',
    shownDefault: defaultNodeOptions.sequencer.stopped,
  },
  l1Confs: {
    names: ['sequencer.l1-confs'],
    env: nodeEnv('SEQUENCER_L1_CONFS'),
    value: 'blocks',
    parse: parseInteger(0, 10_000),
    help: 'distance that a new L1 origin keeps from the L1 head',
    shownDefault: defaultNodeOptions.sequencer.l1Confs,
  },
  recover: {
    names: ['sequencer.recover'],
    env: nodeEnv('SEQUENCER_RECOVER'),
    parse: parseBoolean,
    help: 'make blocks without user transactions that take every next L1 origin',
    shownDefault: defaultNodeOptions.sequencer.recover,
  },
  minSealingMarginMs: {
    names: ['sequencer.min-sealing-margin'],
    env: ['TAKT_NODE_SEQUENCER_MIN_SEALING_MARGIN'],
    value: 'duration',
    parse: parseDurationMs(1),
    help: 'least time kept free before a block is due, to seal it',
    shownDefault: `${defaultNodeOptions.sequencer.minSealingMarginMs}ms`,
  },
  maxSealingMarginMs: {
    names: ['sequencer.max-sealing-margin'],
    env: ['TAKT_NODE_SEQUENCER_MAX_SEALING_MARGIN'],
    value: 'duration',
    parse: parseDurationMs(1),
    help: 'most time kept free for it',
    shownDefault: `${defaultNodeOptions.sequencer.maxSealingMarginMs}ms`,
  },
} as const satisfies FlagTable<SequencerOptions>

/** The node's own RPC. */
export const rpcFlags = {
  host: {
    names: ['rpc.addr'],
    env: nodeEnv('RPC_ADDR'),
    value: 'address',
    parse: parseText,
    help: 'address that the RPC listens on',
    shownDefault: defaultNodeOptions.rpc.host,
  },
  port: {
    names: ['rpc.port', 'port'],
    env: nodeEnv('RPC_PORT'),
    value: 'port',
    parse: parsePort,
    help: 'port that the RPC listens on; 0 takes a free one',
    shownDefault: defaultNodeOptions.rpc.port,
  },
  enableAdmin: {
    names: ['rpc.enable-admin'],
    env: nodeEnv('RPC_ENABLE_ADMIN'),
    parse: parseBoolean,
    help: 'serve admin_ methods: whoever reaches the port can stop the sequencer',
    shownDefault: defaultNodeOptions.rpc.enableAdmin,
  },
  adminStatePath: {
    names: ['rpc.admin-state'],
    env: nodeEnv('RPC_ADMIN_STATE'),
    value: 'file',
    parse: parseText,
    help: 'file that remembers over restarts whether the sequencer was running',
  },
} as const satisfies FlagTable<RpcOptions>

/** The one RPC flag whose sense is the opposite of its option. */
export const rpcSwitchFlags = {
  disabled: {
    names: ['rpc.disabled'],
    env: nodeEnv('RPC_DISABLED'),
    parse: parseBoolean,
    help: 'serve no RPC at all',
  },
} as const satisfies FlagTable<{ disabled: boolean }>

/** The variables of one setting: ours, then kona-node's, then op-node's. */
function nodeEnv(suffix: string): readonly string[] {
  return ['TAKT_NODE', 'KONA_NODE', 'OP_NODE'].map((prefix) => `${prefix}_${suffix}`)
}
