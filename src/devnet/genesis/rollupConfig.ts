import type { BlockId } from '../../chain/refs.ts'
import type { RollupConfig } from '../../chain/rollupConfig.ts'
import type { DevnetAccounts } from '../accounts.ts'
import type { DevnetOptions, L1Contracts } from '../options.ts'
import {
  batchInboxAddress,
  chainParameters,
  devnetForkTimes,
  genesisSystemConfig,
} from './chainParameters.ts'

/** The rollup config of a devnet whose contracts were deployed in the L1 block `genesis.l1`. */
export function createRollupConfig(
  options: RollupOptions,
  genesis: { readonly l1: BlockId; readonly l2: BlockId; readonly l2Time: bigint },
  contracts: L1Contracts,
  { roles }: DevnetAccounts,
): RollupConfig {
  const { eip1559Elasticity, eip1559Denominator, eip1559DenominatorCanyon } = chainParameters
  return {
    genesis: {
      ...genesis,
      systemConfig: genesisSystemConfig(options, roles.batcher.address),
    },
    blockTime: BigInt(options.blockTime),
    maxSequencerDrift: BigInt(options.maxSequencerDrift),
    seqWindowSize: BigInt(options.seqWindowSize),
    channelTimeout: BigInt(options.channelTimeout),
    l1ChainId: BigInt(options.l1ChainId),
    l2ChainId: BigInt(options.l2ChainId),
    forkTimes: devnetForkTimes(options, genesis.l2Time),
    pectraBlobScheduleTime: undefined,
    batchInboxAddress: batchInboxAddress(options.l2ChainId),
    depositContractAddress: contracts.optimismPortal,
    l1SystemConfigAddress: contracts.systemConfig,
    protocolVersionsAddress: contracts.protocolVersions,
    chainOpConfig: { eip1559Elasticity, eip1559Denominator, eip1559DenominatorCanyon },
    keepKarstUpgradeGas: false,
  }
}

type RollupOptions = Pick<
  DevnetOptions,
  | 'fork'
  | 'upgrades'
  | 'blockTime'
  | 'l1ChainId'
  | 'l2ChainId'
  | 'seqWindowSize'
  | 'channelTimeout'
  | 'maxSequencerDrift'
  | 'gasLimit'
>
