import { describe, expect, test } from 'vitest'
import type { Hash } from '../../base/hex.ts'
import { forkTimesUpTo } from '../../chain/forks.ts'
import type { RollupConfig } from '../../chain/rollupConfig.ts'
import { testRollupConfig } from '../../testing/rollupConfig.ts'
import { batcherOptions, channelSettings } from '../options.ts'
import type { BatcherBlock } from './batcherBlock.ts'
import type { ChannelPace } from './channelPace.ts'
import { type ChannelPlanOptions, planChannel } from './channelPlan.ts'

const hash: Hash = `0x${'11'.repeat(32)}`
const options = batcherOptions({
  batchType: 'span',
  compressionAlgo: 'brotli',
  dataAvailabilityType: 'blobs',
  targetNumFrames: 9,
})
const channels = {
  calldata: channelSettings(options, 'calldata'),
  blobs: channelSettings(options, 'blobs'),
}

const unhurried: ChannelPace = { maxPendingTx: 0, numConfirmations: 10 }

function planAt(
  config: RollupConfig,
  timestamp: bigint,
  l1Head = 7n,
  given: Partial<ChannelPlanOptions> = {},
) {
  const l1Origin = { hash, number: 7n }
  const batch = { parentHash: hash, epochNumber: 7n, epochHash: hash, timestamp, transactions: [] }
  const first: BatcherBlock = {
    ref: { hash, number: 1n, parentHash: hash, timestamp, l1Origin, sequenceNumber: 0n },
    originTimestamp: timestamp,
    batch: { type: 'singular', ...batch },
    rawBytes: 0,
    dataBytes: 0,
  }
  const { settings, maxRawBytes } = planChannel(
    { config, channels, subSafetyMargin: 10n, pace: unhurried, ...given },
    'blobs',
    first,
    l1Head,
  )
  const { batchType, availability, compression, targetFrames } = settings
  return { batchType, availability, algorithm: compression.algorithm, targetFrames, maxRawBytes }
}

describe('a chain that is upgraded while it runs', () => {
  const config = testRollupConfig('canyon', {
    forkTimes: { ...forkTimesUpTo('canyon'), delta: 10_000n, ecotone: 20_000n, fjord: 30_000n },
    maxSequencerDrift: 600n,
  })

  test.each([
    // Delta goes by the time of the L1 origin, which may be behind.
    [10_599n, { batchType: 'singular', availability: 'calldata', algorithm: 'zlib' }],
    [10_600n, { batchType: 'span', availability: 'calldata', algorithm: 'zlib' }],
    [19_999n, { availability: 'calldata' }],
    [20_000n, { availability: 'blobs', algorithm: 'zlib', maxRawBytes: 10_000_000 }],
    [29_999n, { algorithm: 'zlib', maxRawBytes: 10_000_000 }],
    [30_000n, { batchType: 'span', algorithm: 'brotli', maxRawBytes: 100_000_000 }],
  ])('is posted at %i as its rules allow', (timestamp, plan) => {
    expect(planAt(config, timestamp)).toMatchObject(plan)
  })
})

test('near the end of the sequencing window batches are singular, in one transaction', () => {
  const config = testRollupConfig('karst', { seqWindowSize: 40n })
  expect(planAt(config, 10_000n, 36n)).toMatchObject({ batchType: 'span', targetFrames: 9 })
  expect(planAt(config, 10_000n, 37n)).toMatchObject({ batchType: 'singular', targetFrames: 6 })
})

describe('a channel has as many frames as get to L1 before it times out', () => {
  const inTurn = { maxPendingTx: 1, numConfirmations: 10 }
  // Since Granite a channel has 50 blocks, of which 10 are kept free; every 11 blocks there is room for the next ones.
  test.each([
    ['one transaction at a time', inTurn, 300, 4 * 6],
    ['three at a time', { ...inTurn, maxPendingTx: 3 }, 300, 3 * 4 * 6],
    ['many at a time', unhurried, 300, 300],
    [
      'confirmations that take as long as the channel has',
      { ...inTurn, numConfirmations: 50 },
      300,
      6,
    ],
    ['fewer than that are wanted', inTurn, 9, 9],
  ])('%s', (_, pace, targetFrames, frames) => {
    const blobs = { ...channels.blobs, targetFrames }
    expect(
      planAt(testRollupConfig('karst'), 10_000n, 7n, { pace, channels: { ...channels, blobs } }),
    ).toMatchObject({
      targetFrames: frames,
    })
  })
})
