import { ConfigError } from '../base/errors.ts'
import { exitCodes } from '../base/exitCodes.ts'
import type { Address, Hex } from '../base/hex.ts'
import { withoutUndefined } from '../base/withoutUndefined.ts'
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

/**
 * Fills in defaults and checks what was given.
 *
 * @throws {ConfigError} `DEVNET_OPTION` that names the option and its bounds.
 */
export function resolveDevnetOptions(given: Partial<DevnetOptions>): DevnetOptions {
  const options = { ...defaultDevnetOptions, ...withoutUndefined(given) }
  for (const port of portOptions) assertInteger(port, options[port], 0, 65535)
  assertInteger('blockTime', options.blockTime, 1, 60)
  assertInteger('l1BlockTime', options.l1BlockTime, options.blockTime, 60)
  assertInteger('l1ChainId', options.l1ChainId, 1, Number.MAX_SAFE_INTEGER)
  assertInteger('l2ChainId', options.l2ChainId, 1, Number.MAX_SAFE_INTEGER)
  assertInteger('accounts', options.accounts, 1, 100)
  assertInteger('seqWindowSize', options.seqWindowSize, 4, 1_000_000)
  assertInteger('channelTimeout', options.channelTimeout, 2, 1_000_000)
  assertInteger('maxSequencerDrift', options.maxSequencerDrift, options.l1BlockTime, 1_000_000)
  // What the SystemConfig contract admits.
  assertInteger('gasLimit', options.gasLimit, 21_000_000, 500_000_000)
  const { seed, genesisTime } = options
  if (seed !== undefined) assertInteger('seed', seed, 0, maxSeed)
  if (genesisTime !== undefined) assertInteger('genesisTime', genesisTime, 1_000_000, 2 ** 40)
  if (options.l1ChainId === options.l2ChainId) {
    throw invalid('l2ChainId', `L1 and L2 must differ, both are ${options.l2ChainId}`)
  }
  if (!forks.includes(options.fork) || options.fork === 'bedrock') {
    const known = forks.slice(1).join(', ')
    throw invalid('fork', `${options.fork} is not one of ${known}`)
  }
  assertUpgrades(options)
  for (const address of options.fund) {
    if (!/^0x[0-9a-fA-F]{40}$/.test(address)) throw invalid('fund', `${address} is no address`)
  }
  if (!proposalKinds.includes(options.proposals)) {
    throw invalid('proposals', `${options.proposals} is not one of ${proposalKinds.join(', ')}`)
  }
  return options
}

// Seeds become seconds, which must not carry the chain too far from today.
const maxSeed = 1_000_000

/** Forks follow each other; none is left out. */
function assertUpgrades({ fork, upgrades }: DevnetOptions): void {
  const names = Object.keys(upgrades)
  const known = forks.slice(forks.indexOf(fork) + 1)
  const strange = names.find((name) => !(known as readonly string[]).includes(name))
  if (strange !== undefined) {
    const list = known.length === 0 ? 'there is none' : `there are ${known.join(', ')}`
    throw invalid('upgrades', `${strange} is no fork after ${fork}: ${list}`)
  }
  let before = 1
  for (const [index, name] of known.slice(0, names.length).entries()) {
    const seconds = upgrades[name as ScheduledFork]
    if (seconds === undefined) {
      throw invalid('upgrades', `${known[index]} is missing: forks activate in their order`)
    }
    assertInteger('upgrades', seconds, before, 2 ** 31)
    before = seconds
  }
}

function assertInteger(name: keyof DevnetOptions, value: number, least: number, most: number) {
  if (Number.isInteger(value) && value >= least && value <= most) return
  throw invalid(name, `${value} is not a whole number from ${least} to ${most}`)
}

function invalid(option: keyof DevnetOptions, problem: string): ConfigError {
  return new ConfigError(exitCodes.usage, 'DEVNET_OPTION', `devnet option ${option}: ${problem}`, {
    context: { option },
  })
}
