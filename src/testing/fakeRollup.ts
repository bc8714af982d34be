import type { BlockId } from '../chain/refs.ts'
import type { RollupConfig } from '../chain/rollupConfig.ts'
import { fakeGenesis } from './fakeEngine.ts'
import { testRollupConfig } from './rollupConfig.ts'

export interface FakeRollupOptions extends Partial<Omit<RollupConfig, 'genesis'>> {
  readonly l1Genesis: BlockId
  /** Seconds. */
  readonly l2Time: bigint
}

/** The rollup config of tests, all forks from genesis, with the genesis block that a `FakeEngine` begins with. */
export function fakeRollupConfig(options: FakeRollupOptions): RollupConfig {
  const { l1Genesis, l2Time, ...changes } = options
  const config = testRollupConfig('karst', changes)
  const genesis = {
    ...config.genesis,
    l1: { hash: l1Genesis.hash, number: l1Genesis.number },
    l2Time,
  }
  const { blockHash } = fakeGenesis({ ...config, genesis }).executionPayload
  return { ...config, genesis: { ...genesis, l2: { hash: blockHash, number: 0n } } }
}
