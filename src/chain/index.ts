/** The facts of a rollup: its config, forks, block references and addresses. */

export { l1InfoDepositor, predeploys } from './addresses.ts'
export { type ForkOverrides, overrideForks } from './forkOverrides.ts'
export {
  type Fork,
  type ForkSchedule,
  type ForkTimes,
  forks,
  forkTimesUpTo,
  isForkActivation,
  isForkActive,
  latestFork,
  type ScheduledFork,
  scheduledForks,
} from './forks.ts'
export {
  type BlobPeriod,
  devnetL1Chain,
  knownL1Chain,
  type L1ChainConfig,
  parseL1ChainConfig,
} from './l1Chain.ts'
export { type BlockId, blockId, type L1BlockRef, type L2BlockRef } from './refs.ts'
export { findRollupConfig, type Registry, superchainRegistry } from './registry/registry.ts'
export { parseRegistry } from './registry/registryJson.ts'
export {
  type ChainOpConfig,
  channelTimeout,
  maxSequencerDrift,
  type RollupConfig,
} from './rollupConfig.ts'
export { parseRollupConfig, rollupConfigFromJson, rollupConfigToJson } from './rollupConfigJson.ts'
export type { SystemConfig } from './systemConfig.ts'
