import type { L1ChainConfig } from '../chain/l1Chain.ts'
import type { RollupConfig } from '../chain/rollupConfig.ts'

/** Everything a node can be told. The command line and `TAKT_NODE_*` fill in this object and nothing else. */
export interface NodeOptions {
  /** A sequencer makes blocks; a validator only follows L1. */
  readonly mode: 'sequencer' | 'validator'
  readonly rollupConfig: RollupConfig
  readonly l1: L1Options
  readonly beacon: BeaconOptions
  readonly l2: L2Options
  readonly sync: SyncOptions
  readonly rpc: RpcOptions
  readonly sequencer: SequencerOptions
  /**
   * Directory with upgrade bundles (`<fork>_nut_bundle.json`). Needed only by chains that have the activation block
   * of Ecotone, Fjord, Isthmus, Jovian or Karst still ahead of them.
   */
  readonly upgradeBundlesDir: string | undefined
  /** How L1 prices blobs. May be left out where L1 is a public chain, or has Osaka's rules. */
  readonly l1ChainConfig: L1ChainConfig | undefined
  /** What `optimism_version` and `/healthz` answer. */
  readonly version: string
}

export interface L1Options {
  /** JSON-RPC endpoints, `http(s)://…` or `ws(s)://…`, the preferred one first. At least one. */
  readonly rpcUrls: readonly string[]
  /** WebSocket endpoint for new heads; when left out, the preferred of `rpcUrls` if it is one. Otherwise heads are polled. */
  readonly wsUrl: string | undefined
  /** Skip checking header hashes and receipts roots. */
  readonly trustRpc: boolean
  /** Between two polls of the L1 head; when left out, a quarter of the block time that L1 is seen to have. */
  readonly pollIntervalMs: number | undefined
  /** Between two polls of the safe and finalized blocks. */
  readonly epochPollIntervalMs: number
  /** Requests in flight at one time. */
  readonly maxConcurrency: number
  /** Calls in one JSON-RPC batch. */
  readonly maxBatchSize: number
}

/** Where the blobs of L1 are read. An anvil as L1 serves them itself. */
export interface BeaconOptions {
  /** Beacon nodes, the preferred one first. */
  readonly urls: readonly string[]
  /** Nodes that keep blobs longer, asked last. */
  readonly archiverUrls: readonly string[]
  /** Added to all requests to `urls`, such as an API key; archivers do not get them. */
  readonly headers: Readonly<Record<string, string>>
  /** Seconds; asked of the beacon node when left out. */
  readonly genesisTime: number | undefined
  readonly slotDuration: number | undefined
  /** Ask for all blobs of a block, for nodes that mishandle requests for some. */
  readonly fetchAllSidecars: boolean
  /** Start even if no beacon node answers. Derivation waits at the first blob. */
  readonly ignore: boolean
}

/** How the node comes to know the chain. */
export interface SyncOptions {
  /** Let the engine fetch the chain from its own peers before anything is derived, or bring every block to it. */
  readonly mode: 'consensus-layer' | 'execution-layer'
  /** Decides whether an engine can fetch the chain by itself although blocks are final: geth cannot. */
  readonly engineKind: 'geth' | 'reth' | 'erigon'
  /** Distance, in L1 blocks, that derivation keeps from the L1 head: short reorgs then go unnoticed. */
  readonly l1Confs: number
  /** Do not look for unsafe blocks whose L1 origin is gone when the heads are found. */
  readonly skipStartCheck: boolean
  /** Folder of the safe-head database, from which `optimism_safeHeadAtL1Block` answers. */
  readonly safeHeadsDir: string | undefined
}

export interface L2Options {
  /** Engine API: `http(s)://…`, `ws(s)://…` or `unix:/path`. Not read when the engine runs in the process. */
  readonly engineUrl: string | undefined
  /** `eth_` methods of the engine; the engine endpoint itself when absent. */
  readonly rpcUrl: string | undefined
  /** 32 bytes. Not read when the engine runs in the process. */
  readonly jwtSecret: Uint8Array | undefined
  readonly timeoutMs: number
  /** Skip checking block hashes, transactions and proofs of the own engine. */
  readonly trustRpc: boolean
}

export interface RpcOptions {
  readonly enabled: boolean
  readonly host: string
  /** 0 lets the system choose. */
  readonly port: number
  /** Serve `admin_` methods. Whoever reaches the port can then stop the sequencer. */
  readonly enableAdmin: boolean
  /** File that remembers over restarts whether the sequencer was running. */
  readonly adminStatePath: string | undefined
}

export interface SequencerOptions {
  /** Wait for `admin_startSequencer` instead of starting at once. */
  readonly stopped: boolean
  /** Distance, in L1 blocks, that a new L1 origin keeps from the L1 head. */
  readonly l1Confs: number
  /** Emit blocks without user transactions that take every next L1 origin, as forced derivation does. */
  readonly recover: boolean
  /** Lower bound of the time reserved before a block's timestamp to seal it. */
  readonly minSealingMarginMs: number
  /** Upper bound of that time. */
  readonly maxSealingMarginMs: number
}

/** What must be given, and what may be. */
export interface NodeOptionsInput {
  readonly mode?: NodeOptions['mode']
  readonly rollupConfig: RollupConfig
  readonly l1: Partial<L1Options> & Pick<L1Options, 'rpcUrls'>
  readonly beacon?: Partial<BeaconOptions>
  readonly l2?: Partial<L2Options>
  readonly sync?: Partial<SyncOptions>
  readonly rpc?: Partial<RpcOptions>
  readonly sequencer?: Partial<SequencerOptions>
  readonly upgradeBundlesDir?: string | undefined
  readonly l1ChainConfig?: L1ChainConfig | undefined
  readonly version?: string
}

/** What holds where nothing is said. */
export const defaultNodeOptions = {
  mode: 'validator',
  l1: {
    wsUrl: undefined,
    trustRpc: false,
    pollIntervalMs: undefined,
    epochPollIntervalMs: 12_000,
    maxConcurrency: 10,
    maxBatchSize: 20,
  },
  beacon: {
    urls: [],
    archiverUrls: [],
    headers: {},
    genesisTime: undefined,
    slotDuration: undefined,
    fetchAllSidecars: false,
    ignore: false,
  },
  sync: {
    mode: 'consensus-layer',
    engineKind: 'geth',
    l1Confs: 0,
    skipStartCheck: false,
    safeHeadsDir: undefined,
  },
  l2: {
    engineUrl: undefined,
    rpcUrl: undefined,
    jwtSecret: undefined,
    timeoutMs: 30_000,
    trustRpc: false,
  },
  rpc: {
    enabled: true,
    host: '127.0.0.1',
    port: 7545,
    enableAdmin: false,
    adminStatePath: undefined,
  },
  sequencer: {
    stopped: false,
    l1Confs: 4,
    recover: false,
    minSealingMarginMs: 2,
    maxSealingMarginMs: 250,
  },
  upgradeBundlesDir: undefined,
  l1ChainConfig: undefined,
  version: 'takt',
} as const satisfies Omit<NodeOptions, 'rollupConfig' | 'l1'> & { l1: Omit<L1Options, 'rpcUrls'> }

/** Fills in the defaults. */
export function nodeOptions(input: NodeOptionsInput): NodeOptions {
  return {
    mode: input.mode ?? defaultNodeOptions.mode,
    rollupConfig: input.rollupConfig,
    l1: { ...defaultNodeOptions.l1, ...input.l1 },
    beacon: { ...defaultNodeOptions.beacon, ...input.beacon },
    sync: { ...defaultNodeOptions.sync, ...input.sync },
    l2: { ...defaultNodeOptions.l2, ...input.l2 },
    rpc: { ...defaultNodeOptions.rpc, ...input.rpc },
    sequencer: { ...defaultNodeOptions.sequencer, ...input.sequencer },
    upgradeBundlesDir: input.upgradeBundlesDir,
    l1ChainConfig: input.l1ChainConfig,
    version: input.version ?? defaultNodeOptions.version,
  }
}
