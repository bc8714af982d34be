import { forkTimesUpTo } from '../chain/forks.ts'
import type { BlockId } from '../chain/refs.ts'
import type { RollupConfig } from '../chain/rollupConfig.ts'
import type { DevnetAccounts } from './accounts.ts'
import { batchInboxAddress, chainParameters, genesisSystemConfig } from './chainParameters.ts'
import type { DevnetOptions, L1Contracts } from './options.ts'

/** The rollup config of a devnet whose contracts were deployed in the L1 block `genesis.l1`. */
export function createRollupConfig(
  options: Pick<DevnetOptions, 'fork' | 'blockTime' | 'l1ChainId' | 'l2ChainId'>,
  genesis: { readonly l1: BlockId; readonly l2: BlockId; readonly l2Time: bigint },
  contracts: L1Contracts,
  { roles }: DevnetAccounts,
): RollupConfig {
  const {
    maxSequencerDrift,
    seqWindowSize,
    channelTimeout,
    eip1559Elasticity,
    eip1559Denominator,
    eip1559DenominatorCanyon,
  } = chainParameters
  return {
    genesis: {
      ...genesis,
      systemConfig: genesisSystemConfig(options.fork, roles.batcher.address),
    },
    blockTime: BigInt(options.blockTime),
    maxSequencerDrift,
    seqWindowSize,
    channelTimeout,
    l1ChainId: BigInt(options.l1ChainId),
    l2ChainId: BigInt(options.l2ChainId),
    forkTimes: forkTimesUpTo(options.fork),
    pectraBlobScheduleTime: undefined,
    batchInboxAddress: batchInboxAddress(options.l2ChainId),
    depositContractAddress: contracts.optimismPortal,
    l1SystemConfigAddress: contracts.systemConfig,
    protocolVersionsAddress: contracts.protocolVersions,
    chainOpConfig: { eip1559Elasticity, eip1559Denominator, eip1559DenominatorCanyon },
    keepKarstUpgradeGas: false,
  }
}
