import { zeroHash } from '../base/hex.ts'
import type { ForkTimes } from '../chain/forks.ts'
import { forkTimesUpTo } from '../chain/forks.ts'
import type { BlockId } from '../chain/refs.ts'
import type { RollupConfig } from '../chain/rollupConfig.ts'
import { encodeFeeScalars } from '../protocol/feeScalars.ts'
import { fakeGenesis } from './fakeEngine.ts'

export interface FakeRollupOptions {
  readonly l1Genesis: BlockId
  readonly l2Time: bigint
  readonly blockTime?: bigint
  /** All forks at genesis when left out. */
  readonly forkTimes?: ForkTimes
  readonly maxSequencerDrift?: bigint
  readonly seqWindowSize?: bigint
}

/** A rollup config whose genesis block is that of a `FakeEngine`. */
export function fakeRollupConfig(options: FakeRollupOptions): RollupConfig {
  const config: RollupConfig = {
    genesis: {
      l1: { hash: options.l1Genesis.hash, number: options.l1Genesis.number },
      l2: { hash: zeroHash, number: 0n },
      l2Time: options.l2Time,
      systemConfig: {
        batcherAddress: '0x00000000000000000000000000000000000000b1',
        overhead: zeroHash,
        scalar: encodeFeeScalars({ baseFeeScalar: 1368, blobBaseFeeScalar: 810949 }),
        gasLimit: 60_000_000n,
        eip1559Denominator: 250,
        eip1559Elasticity: 6,
        operatorFeeScalar: 0,
        operatorFeeConstant: 0n,
        minBaseFee: 0n,
        daFootprintGasScalar: 0,
      },
    },
    blockTime: options.blockTime ?? 2n,
    maxSequencerDrift: options.maxSequencerDrift ?? 600n,
    seqWindowSize: options.seqWindowSize ?? 3600n,
    channelTimeout: 300n,
    l1ChainId: 900n,
    l2ChainId: 901n,
    forkTimes: options.forkTimes ?? forkTimesUpTo('karst'),
    pectraBlobScheduleTime: undefined,
    batchInboxAddress: '0xff00000000000000000000000000000000000901',
    depositContractAddress: '0x00000000000000000000000000000000000000d1',
    l1SystemConfigAddress: '0x00000000000000000000000000000000000000c1',
    protocolVersionsAddress: '0x00000000000000000000000000000000000000e1',
    chainOpConfig: {
      eip1559Elasticity: 6n,
      eip1559Denominator: 50n,
      eip1559DenominatorCanyon: 250n,
    },
    keepKarstUpgradeGas: false,
  }
  const { blockHash } = fakeGenesis(config).executionPayload
  return { ...config, genesis: { ...config.genesis, l2: { hash: blockHash, number: 0n } } }
}
