import { type Fork, type ForkSchedule, forks, latestFork } from '../chain/forks.ts'
import type { ChainOpConfig } from '../chain/rollupConfig.ts'

/** What the execution engine must know of its chain: the part of op-geth's `genesis.json` that counts. */
export interface ExecutionChainConfig extends ForkSchedule {
  readonly chainId: bigint
  readonly chainOpConfig: ChainOpConfig
}

/** The rules of one block. */
export interface ForkRules {
  /** The newest fork that is active. It contains all before it. */
  readonly fork: Fork
  isActive(fork: Fork): boolean
}

/** The rules at a timestamp. */
export function rulesAt(config: ForkSchedule, timestamp: bigint): ForkRules {
  return rulesOf(latestFork(config, timestamp))
}

/** The rules of a fork. */
export function rulesOf(fork: Fork): ForkRules {
  const newest = forks.indexOf(fork)
  return { fork, isActive: (asked) => forks.indexOf(asked) <= newest }
}
