import { type Fork, forkTimesUpTo } from '../chain/forks.ts'
import type { RollupConfig } from '../chain/rollupConfig.ts'
import type { SystemConfig } from '../chain/systemConfig.ts'

/** A SystemConfig with every value set, none of them a default. */
export const testSystemConfig: SystemConfig = {
  batcherAddress: '0xba7c4e00000000000000000000000000000000ba',
  overhead: `0x${'00'.repeat(32)}`,
  // Version 1: blob base fee scalar 810949, base fee scalar 1368.
  scalar: `0x01${'00'.repeat(23)}000c5fc500000558`,
  gasLimit: 30_000_000n,
  eip1559Denominator: 250,
  eip1559Elasticity: 6,
  operatorFeeScalar: 7,
  operatorFeeConstant: 9n,
  minBaseFee: 1_000n,
  daFootprintGasScalar: 500,
}

/** The rollup that tests run on: block time 2 s, genesis at 1,000 s with `fork` and all before it active. */
export function testRollupConfig(
  fork: Fork = 'karst',
  changes: Partial<RollupConfig> = {},
): RollupConfig {
  return {
    genesis: {
      l1: { hash: `0x${'11'.repeat(32)}`, number: 10n },
      l2: { hash: `0x${'22'.repeat(32)}`, number: 0n },
      l2Time: 1_000n,
      systemConfig: testSystemConfig,
    },
    blockTime: 2n,
    maxSequencerDrift: 600n,
    seqWindowSize: 3_600n,
    channelTimeout: 300n,
    l1ChainId: 900n,
    l2ChainId: 901n,
    forkTimes: forkTimesUpTo(fork),
    pectraBlobScheduleTime: undefined,
    batchInboxAddress: '0xff00000000000000000000000000000000000901',
    depositContractAddress: '0xde00000000000000000000000000000000000001',
    l1SystemConfigAddress: '0x5c00000000000000000000000000000000000002',
    protocolVersionsAddress: '0x0000000000000000000000000000000000000000',
    chainOpConfig: {
      eip1559Elasticity: 6n,
      eip1559Denominator: 50n,
      eip1559DenominatorCanyon: 250n,
    },
    keepKarstUpgradeGas: false,
    ...changes,
  }
}
