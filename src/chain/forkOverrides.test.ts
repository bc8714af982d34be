import { expect, test } from 'vitest'
import { overrideForks } from './forkOverrides.ts'
import { findRollupConfig, superchainRegistry } from './registry/registry.ts'

const config = findRollupConfig('op-sepolia', superchainRegistry)

test('a fork moves, and the others stay', () => {
  const { karst: _, ...others } = config.forkTimes
  const moved = overrideForks(config, { karst: 1_800_000_000n, pectraBlobSchedule: 7n })
  expect(moved).toEqual({
    ...config,
    forkTimes: { ...others, karst: 1_800_000_000n },
    pectraBlobScheduleTime: 7n,
  })
})

test('without overrides the config is as it was', () => {
  expect(overrideForks(config, {})).toEqual(config)
})

test('a fork before the one before it is refused', () => {
  expect(() => overrideForks(config, { karst: 5n })).toThrow(
    'forks as overridden: karst_time: 5 is before jovian_time, which is 1763568001',
  )
})
