import { type Fork, forks } from '../chain/forks.ts'
import type { RollupConfig } from '../chain/rollupConfig.ts'

/** What the execution engine must know of its chain: the part of op-geth's `genesis.json` that counts. */
export interface ExecutionChainConfig extends Pick<RollupConfig, 'forkTimes' | 'chainOpConfig'> {
  readonly chainId: bigint
}

/** The rules of one block. */
export interface ForkRules {
  /** The newest fork that is active. */
  readonly fork: Fork
  isActive(fork: Fork): boolean
}

/** The rules at a timestamp. A fork brings all before it, even where the configuration leaves those out. */
export function rulesAt(config: ExecutionChainConfig, timestamp: bigint): ForkRules {
  let newest = 0
  for (let i = 1; i < forks.length; i++) {
    const time = config.forkTimes[forks[i] as Exclude<Fork, 'bedrock'>]
    if (time !== undefined && time <= timestamp) newest = i
  }
  return rulesOf(forks[newest]!)
}

/** The rules of a fork. */
export function rulesOf(fork: Fork): ForkRules {
  const newest = forks.indexOf(fork)
  return { fork, isActive: (asked) => forks.indexOf(asked) <= newest }
}
