import { describe, expect, test } from 'vitest'
import type { Hash } from '../../base/hex.ts'
import { forkTimesUpTo } from '../../chain/forks.ts'
import type { RollupConfig } from '../../chain/rollupConfig.ts'
import { testRollupConfig } from '../../testing/rollupConfig.ts'
import { batcherOptions, channelSettings } from '../options.ts'
import type { BatcherBlock } from './batcherBlock.ts'
import { planChannel } from './channelPlan.ts'

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

function planAt(config: RollupConfig, timestamp: bigint, l1Head = 7n) {
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
    { config, channels, subSafetyMargin: 10n },
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
