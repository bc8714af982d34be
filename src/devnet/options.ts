import { ConfigError } from '../base/errors.ts'
import { exitCodes } from '../base/exitCodes.ts'
import type { Address, Hex } from '../base/hex.ts'
import { type Fork, forks } from '../chain/forks.ts'

/** The ways to propose the state of L2 on L1. */
export const proposalKinds = ['dispute-games', 'output-oracle'] as const
export type ProposalKind = (typeof proposalKinds)[number]

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
  /** Seconds between L2 blocks. */
  readonly blockTime: number
  /** Seconds between L1 blocks; a multiple of the L2 block time is usual, less than it is refused. */
  readonly l1BlockTime: number
  /** Newest fork of the L2, active at genesis with all before it. */
  readonly fork: Fork
  /** What withdrawals are proven against: dispute games, or the output oracle of older chains. */
  readonly proposals: ProposalKind
  /** Post batches to L1, which makes blocks safe. */
  readonly batcher: boolean
  readonly l1ChainId: number
  readonly l2ChainId: number
  /** How many accounts of the development mnemonic are funded for users, on L1 and L2. */
  readonly accounts: number
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
  blockTime: 2,
  l1BlockTime: 6,
  fork: forks.at(-1)!,
  proposals: 'dispute-games',
  batcher: true,
  l1ChainId: 900,
  l2ChainId: 901,
  accounts: 10,
  stateDir: undefined,
}

/** The ports of a devnet that a person starts. */
export const wellKnownDevnetPorts = {
  l1Port: 8545,
  l2Port: 9545,
  nodePort: 7545,
  enginePort: 8551,
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
  for (const port of ['l1Port', 'l2Port', 'nodePort', 'enginePort'] as const) {
    assertInteger(port, options[port], 0, 65535)
  }
  assertInteger('blockTime', options.blockTime, 1, 60)
  assertInteger('l1BlockTime', options.l1BlockTime, options.blockTime, 60)
  assertInteger('l1ChainId', options.l1ChainId, 1, Number.MAX_SAFE_INTEGER)
  assertInteger('l2ChainId', options.l2ChainId, 1, Number.MAX_SAFE_INTEGER)
  assertInteger('accounts', options.accounts, 1, 100)
  if (options.l1ChainId === options.l2ChainId) {
    throw invalid('l2ChainId', `L1 and L2 must differ, both are ${options.l2ChainId}`)
  }
  if (!forks.includes(options.fork) || options.fork === 'bedrock') {
    const known = forks.slice(1).join(', ')
    throw invalid('fork', `${options.fork} is not one of ${known}`)
  }
  if (!proposalKinds.includes(options.proposals)) {
    throw invalid('proposals', `${options.proposals} is not one of ${proposalKinds.join(', ')}`)
  }
  return options
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

function withoutUndefined(given: Partial<DevnetOptions>): Partial<DevnetOptions> {
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined))
}
