import { expect, test } from 'vitest'
import { testRollupConfig } from '../testing/rollupConfig.ts'
import { forkTimesUpTo, isForkActivation, isForkActive, latestFork } from './forks.ts'
import {
  channelTimeout,
  isForkActivationBlock,
  maxChannelBankSize,
  maxRlpBytesPerChannel,
  maxSequencerDrift,
} from './rollupConfig.ts'

const schedule = { forkTimes: { ...forkTimesUpTo('fjord'), granite: 100n } }

test('a fork is active from its time on, to the second', () => {
  expect(isForkActive(schedule, 'granite', 99n)).toBe(false)
  expect(isForkActive(schedule, 'granite', 100n)).toBe(true)
})

test('a fork without a time never comes, and Bedrock always was', () => {
  expect(isForkActive(schedule, 'karst', 1n << 63n)).toBe(false)
  expect(isForkActive({ forkTimes: {} }, 'bedrock', 0n)).toBe(true)
})

test('the latest fork is the newest that is active', () => {
  expect(latestFork(schedule, 99n)).toBe('fjord')
  expect(latestFork(schedule, 100n)).toBe('granite')
  expect(latestFork({ forkTimes: {} }, 100n)).toBe('bedrock')
})

test('only the first block at or behind the time activates a fork', () => {
  expect(isForkActivation(schedule, 'granite', 97n, 99n)).toBe(false)
  expect(isForkActivation(schedule, 'granite', 99n, 101n)).toBe(true)
  expect(isForkActivation(schedule, 'granite', 101n, 103n)).toBe(false)
})

test('a fork at time 0 has no activation block', () => {
  const config = testRollupConfig('karst')
  expect(isForkActivationBlock(config, 'karst', 0n)).toBe(false)
  expect(isForkActivationBlock(config, 'karst', 1_002n)).toBe(false)
})

test('constants of the protocol replace those of the config at their fork', () => {
  const before = testRollupConfig('ecotone')
  const after = testRollupConfig('granite')
  expect(maxSequencerDrift(before, 1_000n)).toBe(600n)
  expect(maxSequencerDrift(after, 1_000n)).toBe(1_800n)
  expect(channelTimeout(before, 1_000n)).toBe(300n)
  expect(channelTimeout(after, 1_000n)).toBe(50n)
  expect(maxRlpBytesPerChannel(before, 1_000n)).toBe(10_000_000)
  expect(maxRlpBytesPerChannel(after, 1_000n)).toBe(100_000_000)
  expect(maxChannelBankSize(before, 1_000n)).toBe(100_000_000)
  expect(maxChannelBankSize(after, 1_000n)).toBe(1_000_000_000)
})
