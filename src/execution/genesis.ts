import { emptyBytes } from '../base/bytes.ts'
import { type Address, type Hash, zeroAddress, zeroHash } from '../base/hex.ts'
import { predeploys } from '../chain/addresses.ts'
import {
  type BlockHeader,
  emptyOmmersHash,
  emptyRequestsHash,
  emptyTrieRoot,
  hashHeader,
} from '../protocol/header.ts'
import { type ExecutionChainConfig, type ForkRules, rulesAt } from './chainConfig.ts'
import type { StateDatabase } from './state/stateDatabase.ts'
import {
  type AccountChange,
  codeHashOf,
  type NewStateContent,
  type StorageValue,
  WorldState,
} from './state/worldState.ts'

/** The first block of a chain, as its `genesis.json` describes it. */
export interface Genesis {
  readonly chain: ExecutionChainConfig
  readonly accounts: ReadonlyMap<Address, GenesisAccount>
  readonly header: Pick<
    BlockHeader,
    | 'number'
    | 'timestamp'
    | 'gasLimit'
    | 'gasUsed'
    | 'extraData'
    | 'difficulty'
    | 'mixHash'
    | 'nonce'
    | 'beneficiary'
    | 'parentHash'
    | 'baseFeePerGas'
    | 'blobGasUsed'
    | 'excessBlobGas'
  >
  /** Root of a state that is not spelled out in `accounts`, as OP Mainnet's is not. */
  readonly stateRoot: Hash | undefined
}

export interface GenesisAccount {
  readonly nonce: bigint
  /** Wei. */
  readonly balance: bigint
  readonly code: Uint8Array
  /** By slot. */
  readonly storage: ReadonlyMap<Hash, StorageValue>
}

/** The genesis block with its state, ready to be stored. */
export interface GenesisBlock {
  readonly header: BlockHeader
  readonly hash: Hash
  readonly state: WorldState
  readonly content: NewStateContent
}

/**
 * Builds the genesis block and its state.
 *
 * @see https://specs.optimism.io/protocol/isthmus/exec-engine.html#genesis-block
 */
export function buildGenesis(genesis: Genesis, database: StateDatabase): GenesisBlock {
  const { state, content } = buildState(genesis, database)
  const rules = rulesAt(genesis.chain, genesis.header.timestamp)
  const isCancun = rules.isActive('ecotone')
  const header: BlockHeader = {
    ...genesis.header,
    ommersHash: emptyOmmersHash,
    stateRoot: state.root,
    transactionsRoot: emptyTrieRoot,
    receiptsRoot: emptyTrieRoot,
    logsBloom: new Uint8Array(256),
    withdrawalsRoot: withdrawalsRoot(state, rules),
    blobGasUsed: isCancun ? (genesis.header.blobGasUsed ?? 0n) : undefined,
    excessBlobGas: isCancun ? (genesis.header.excessBlobGas ?? 0n) : undefined,
    parentBeaconBlockRoot: isCancun ? zeroHash : undefined,
    requestsHash: rules.isActive('isthmus') ? emptyRequestsHash : undefined,
  }
  return { header, hash: hashHeader(header), state, content }
}

/** An account that holds nothing but what is given. */
export function genesisAccount(given: Partial<GenesisAccount>): GenesisAccount {
  return { nonce: 0n, balance: 0n, code: emptyBytes, storage: new Map(), ...given }
}

/** Header fields of a genesis block that leaves them all to their defaults. */
export const defaultGenesisHeader: Genesis['header'] = {
  number: 0n,
  timestamp: 0n,
  gasLimit: 30_000_000n,
  gasUsed: 0n,
  extraData: emptyBytes,
  difficulty: 0n,
  mixHash: zeroHash,
  nonce: new Uint8Array(8),
  beneficiary: zeroAddress,
  parentHash: zeroHash,
  baseFeePerGas: 1_000_000_000n,
  blobGasUsed: undefined,
  excessBlobGas: undefined,
}

function buildState(
  genesis: Genesis,
  database: StateDatabase,
): { readonly state: WorldState; readonly content: NewStateContent } {
  if (genesis.stateRoot !== undefined && genesis.accounts.size === 0) {
    const state = WorldState.at(database, genesis.stateRoot)
    return { state, content: { nodes: [], code: new Map() } }
  }
  const accounts = new Map<Address, AccountChange>()
  const code = new Map<Hash, Uint8Array>()
  for (const [address, { nonce, balance, code: bytes, storage }] of genesis.accounts) {
    const codeHash = codeHashOf(bytes)
    if (bytes.length > 0) code.set(codeHash, bytes)
    const account = { nonce, balance, codeHash, storageRoot: emptyTrieRoot }
    accounts.set(address, { account, clearStorage: false, storage })
  }
  return WorldState.empty(database).apply({ accounts, code })
}

function withdrawalsRoot(state: WorldState, rules: ForkRules): Hash | undefined {
  if (rules.isActive('isthmus')) {
    return state.account(predeploys.l2ToL1MessagePasser)?.storageRoot ?? emptyTrieRoot
  }
  return rules.isActive('canyon') ? emptyTrieRoot : undefined
}
