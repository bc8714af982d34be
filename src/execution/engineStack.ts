import type { RollupConfig } from '../chain/rollupConfig.ts'
import type { L2Chain } from '../engine/interface.ts'
import type { Clock } from '../runtime/clock.ts'
import type { Logger } from '../runtime/logger.ts'
import { StepBudget } from '../runtime/stepBudget.ts'
import type { ExecutionDeps } from './block/blockExecution.ts'
import {
  defaultPayloadBuilderOptions,
  PayloadBuilder,
  type PayloadBuilderOptions,
} from './builder/payloadBuilder.ts'
import { ChainStore, storeSource } from './chain/chainStore.ts'
import { createL2Chain } from './chain/l2Chain.ts'
import type { KeyValueStore } from './chain/store.ts'
import type { ExecutionChainConfig } from './chainConfig.ts'
import { ExecutionEngine } from './engine.ts'
import { EvmPool } from './evm/evmPool.ts'
import { buildGenesis, type Genesis } from './genesis.ts'
import { ChainPool } from './pool/chainPool.ts'
import { defaultPoolOptions, type PoolOptions } from './pool/transactionPool.ts'
import { StateDatabase } from './state/stateDatabase.ts'

export interface EngineStackOptions {
  readonly genesis: Genesis
  /** Without it {@link EngineStack.l2Chain} cannot trace blocks to L1. */
  readonly rollup: RollupConfig | undefined
  readonly pool?: Partial<PoolOptions>
  readonly builder?: Partial<PayloadBuilderOptions>
}

// How long the execution of a block may keep the event loop from others, such as a getPayload.
const blockStepBudgetMs = 2

/** An execution engine with all that belongs to it, but for servers and threads. */
export interface EngineStack {
  readonly config: ExecutionChainConfig
  readonly chain: ChainStore
  readonly states: StateDatabase
  readonly evms: EvmPool
  readonly pool: ChainPool
  readonly builder: PayloadBuilder
  readonly engine: ExecutionEngine
  readonly l2Chain: L2Chain
  /** Ends building and closes the store. */
  close(): Promise<void>
}

/**
 * Puts an engine together on what `store` holds; an empty store begins with the genesis block.
 *
 * @throws like {@link ChainStore.open}
 */
export async function openEngineStack(
  options: EngineStackOptions,
  deps: { readonly store: KeyValueStore; readonly clock: Clock; readonly logger: Logger },
): Promise<EngineStack> {
  const { store, clock, logger } = deps
  const config = options.genesis.chain
  const states = new StateDatabase({}, storeSource(store))
  const { header, hash, content } = buildGenesis(options.genesis, states)
  const block = { hash, header, transactions: [], transactionHashes: [], outcomes: [] }
  const chain = await ChainStore.open(store, { block, content })
  const evms = new EvmPool(config.chainId)
  const budget = new StepBudget(blockStepBudgetMs, clock)
  const execution: ExecutionDeps = {
    chain: config,
    evms,
    pause: () => budget.pauseWhenSpent(),
    ancestorHash: (descendant, number) => chain.requireAncestor(descendant, number),
  }
  const pool = new ChainPool(
    { ...defaultPoolOptions, ...options.pool },
    { config, chain, states, clock, logger },
  )
  const builder = new PayloadBuilder(
    { ...defaultPayloadBuilderOptions, ...options.builder },
    { execution, pool: pool.pool, clock, logger },
  )
  const engine = new ExecutionEngine({ chain, states, execution, builder, logger })
  engine.onCanonicalChange((change) => pool.noteCanonicalChange(change))
  return {
    config,
    chain,
    states,
    evms,
    pool,
    builder,
    engine,
    l2Chain: createL2Chain(options.rollup, { chain, states }),
    async close() {
      await engine.close()
      await chain.close()
    },
  }
}
