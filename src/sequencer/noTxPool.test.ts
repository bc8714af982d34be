import { describe, expect, it } from 'vitest'
import { type ScheduledFork, scheduledForks } from '../chain/forks.ts'
import type { L1BlockRef } from '../chain/refs.ts'
import { testRollupConfig } from '../testing/rollupConfig.ts'
import { mustSkipTxPool } from './noTxPool.ts'

const activation = 5_000n
const origin: L1BlockRef = {
  hash: `0x${'11'.repeat(32)}`,
  number: 1n,
  parentHash: `0x${'10'.repeat(32)}`,
  timestamp: activation - 10n,
}

describe('the first block of', () => {
  const isEmpty: Record<ScheduledFork, boolean> = {
    regolith: false,
    canyon: false,
    delta: false,
    ecotone: true,
    fjord: true,
    granite: false,
    holocene: false,
    isthmus: true,
    jovian: true,
    karst: true,
  }
  for (const fork of scheduledForks) {
    const older = scheduledForks.slice(0, scheduledForks.indexOf(fork))
    const forkTimes = Object.fromEntries([...older.map((name) => [name, 0n]), [fork, activation]])
    const config = testRollupConfig('bedrock', { forkTimes })
    const skips = (timestamp: bigint) => mustSkipTxPool(config, origin, timestamp, false)

    it(`${fork} ${isEmpty[fork] ? 'leaves the pool alone' : 'may use the pool'}, its neighbours may`, () => {
      expect([skips(activation - 2n), skips(activation), skips(activation + 2n)]).toEqual([
        false,
        isEmpty[fork],
        false,
      ])
    })
  }
})

describe('a block', () => {
  const before = testRollupConfig('ecotone', { maxSequencerDrift: 600n })
  const after = testRollupConfig('fjord', { maxSequencerDrift: 600n })

  it('that is further ahead of its origin than the drift leaves the pool alone', () => {
    const at = (drift: bigint, config = before) =>
      mustSkipTxPool(config, origin, origin.timestamp + drift, false)
    expect([at(600n), at(601n), at(1_800n, after), at(1_801n, after)]).toEqual([
      false,
      true,
      false,
      true,
    ])
  })

  it('of a sequencer that recovers leaves the pool alone', () => {
    expect(mustSkipTxPool(after, origin, origin.timestamp + 2n, true)).toBe(true)
  })
})
