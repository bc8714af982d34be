import type { Address, Hex } from '../base/hex.ts'
import { type Fork, forks, type ScheduledFork } from '../chain/forks.ts'

/** The ways to propose the state of L2 on L1. */
export const proposalKinds = ['dispute-games', 'output-oracle'] as const
export type ProposalKind = (typeof proposalKinds)[number]

/** Forks, and how many seconds after genesis each activates. */
export type UpgradeTimes = Readonly<Partial<Record<ScheduledFork, number>>>

/** What a devnet can be told. Defaults: {@link defaultDevnetOptions}. */
export interface DevnetOptions {
  /** Address that all servers listen on. */
  readonly host: string
  /** L1 JSON-RPC, WebSocket and Beacon API. Every port: 0 takes a free one. */
  readonly l1Port: number
  /** L2 JSON-RPC and WebSocket. */
  readonly l2Port: number
  /** The rollup node's RPC. */
  readonly nodePort: number
  /** The Engine API. */
  readonly enginePort: number
  /** The methods that steer the devnet: `devnet_` and `takt_warp`. */
  readonly controlPort: number
  /** A second node with an engine of its own, which follows the chain by what is on L1. */
  readonly verifier: boolean
  /** L2 JSON-RPC, RPC and Engine API of the second node. */
  readonly verifierL2Port: number
  readonly verifierNodePort: number
  readonly verifierEnginePort: number
  /** Seconds between L2 blocks. */
  readonly blockTime: number
  /** Seconds between L1 blocks; a multiple of the L2 block time is usual, less than it is refused. */
  readonly l1BlockTime: number
  /** Newest fork of the L2, active at genesis with all before it. */
  readonly fork: Fork
  /** When the forks after that one activate, in seconds after genesis. */
  readonly upgrades: UpgradeTimes
  /** Folder with `<fork>_nut_bundle.json` files, for upgrades that bring transactions of their own. */
  readonly upgradeBundlesDir: string | undefined
  /** L1 blocks, from the epoch of a block on, within which its batch must be on L1. */
  readonly seqWindowSize: number
  /** L1 blocks in which a channel must be complete. From Granite on it is 50, whatever is given. */
  readonly channelTimeout: number
  /** Seconds that L2 may be ahead of its L1 origin. From Fjord on it is 1,800, whatever is given. */
  readonly maxSequencerDrift: number
  /** Of an L2 block. */
  readonly gasLimit: number
  /** What withdrawals are proven against: dispute games, or the output oracle of older chains. */
  readonly proposals: ProposalKind
  /** Post batches to L1, which makes blocks safe. */
  readonly batcher: boolean
  /** Propose the state of L2 on L1, which withdrawals are proven against. */
  readonly proposer: boolean
  readonly l1ChainId: number
  readonly l2ChainId: number
  /** How many accounts of the development mnemonic are funded for users, on L1 and L2. */
  readonly accounts: number
  /** Accounts of one's own that are funded too. */
  readonly fund: readonly Address[]
  /** Time stands still from the first L2 block on: blocks are made when they are asked for. */
  readonly paused: boolean
  /**
   * The same seed gives the same chain: a fixed genesis time, and blocks that are made in step with each other. As long
   * as the same is done to it between the same blocks.
   */
  readonly seed: number | undefined
  /** Timestamp of the L2 genesis block, seconds; a new chain begins now if neither this nor a seed is given. */
  readonly genesisTime: number | undefined
  /** Where the chains are kept and resumed from; `undefined`: in a temporary folder that goes with the devnet. */
  readonly stateDir: string | undefined
}

/** Free ports and the newest fork: what a test wants. */
export const defaultDevnetOptions: DevnetOptions = {
  host: '127.0.0.1',
  l1Port: 0,
  l2Port: 0,
  nodePort: 0,
  enginePort: 0,
  controlPort: 0,
  verifier: false,
  verifierL2Port: 0,
  verifierNodePort: 0,
  verifierEnginePort: 0,
  blockTime: 2,
  l1BlockTime: 6,
  fork: forks.at(-1)!,
  upgrades: {},
  upgradeBundlesDir: undefined,
  seqWindowSize: 3_600,
  channelTimeout: 300,
  maxSequencerDrift: 600,
  gasLimit: 60_000_000,
  proposals: 'dispute-games',
  batcher: true,
  proposer: true,
  l1ChainId: 900,
  l2ChainId: 901,
  accounts: 10,
  fund: [],
  paused: false,
  seed: undefined,
  genesisTime: undefined,
  stateDir: undefined,
}

/** The ports of a devnet that a person starts. */
export const wellKnownDevnetPorts = {
  l1Port: 8545,
  l2Port: 9545,
  nodePort: 7545,
  enginePort: 8551,
  controlPort: 7500,
  verifierL2Port: 9546,
  verifierNodePort: 7546,
  verifierEnginePort: 8552,
} as const

/** An account with funds on both chains. Its key is public knowledge. */
export interface DevnetAccount {
  readonly address: Address
  readonly privateKey: Hex
}

/** Addresses of the L1 contracts that users and tools call. */
export interface L1Contracts {
  readonly optimismPortal: Address
  readonly systemConfig: Address
  readonly l1CrossDomainMessenger: Address
  readonly l1StandardBridge: Address
  readonly l1ERC721Bridge: Address
  readonly optimismMintableERC20Factory: Address
  readonly l2OutputOracle: Address
  readonly disputeGameFactory: Address
  readonly anchorStateRegistry: Address
  readonly superchainConfig: Address
  readonly protocolVersions: Address
  readonly proxyAdmin: Address
}

/** What errors call an option: scripts give fields, the command line gives flags. */
export type OptionName = (option: keyof DevnetOptions) => string

/** As it is called in {@link DevnetOptions}. */
export const fieldName: OptionName = (option) => option

/** The options that are ports. */
export const portOptions = [
  'l1Port',
  'l2Port',
  'nodePort',
  'enginePort',
  'controlPort',
  'verifierL2Port',
  'verifierNodePort',
  'verifierEnginePort',
] as const

/** Where everything is: what `takt devnet --json` prints, word for word. */
export interface DevnetDescriptor {
  readonly l1: {
    readonly rpcUrl: string
    readonly wsUrl: string
    readonly beaconUrl: string
    readonly chainId: number
    readonly contracts: L1Contracts
  }
  readonly l2: {
    readonly rpcUrl: string
    readonly wsUrl: string
    readonly engineUrl: string
    readonly jwtSecretPath: string
    readonly chainId: number
  }
  readonly node: { readonly rpcUrl: string }
  /** The second node, where there is one. */
  readonly verifier?: {
    readonly rpcUrl: string
    readonly l2: {
      readonly rpcUrl: string
      readonly wsUrl: string
      readonly engineUrl: string
    }
  }
  /** Steers the devnet. */
  readonly control: { readonly rpcUrl: string }
  readonly rollupConfigPath: string
  readonly genesisPath: string
  readonly accounts: readonly DevnetAccount[]
}
