import type { Hash } from '../../base/hex.ts'
import type { Clock } from '../../runtime/clock.ts'
import type { Turnstile } from '../../runtime/turnstile.ts'
import type { CanonicalChange, ChainStore } from '../chain/chainStore.ts'
import type { ExecutionChainConfig } from '../chainConfig.ts'
import type { EvmPool } from '../evm/evmPool.ts'
import type { TransactionPool } from '../pool/transactionPool.ts'
import type { StateDatabase } from '../state/stateDatabase.ts'

/** What happens to the chain, for those who want to be told. */
export interface ChainEvents {
  /** @returns a function that ends the calls. */
  onCanonicalChange(listener: (change: CanonicalChange) => void): () => void
}

/** What the JSON-RPC methods work on. */
export interface RpcDeps {
  readonly config: ExecutionChainConfig
  readonly chain: ChainStore
  readonly states: StateDatabase
  readonly evms: EvmPool
  readonly pool: TransactionPool
  readonly events: ChainEvents
  readonly clock: Clock
  /** Where whatever takes long waits for its turn: blocks are built on the same thread. */
  readonly turns: Turnstile
  /** Name and version, such as `takt/v0.1.0`. */
  readonly clientVersion: string
  /** Puts a signed transaction into the pool. @throws {PoolError} */
  submit(raw: Uint8Array): Hash
}
