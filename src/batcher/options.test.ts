import { describe, expect, test } from 'vitest'
import { targetChannelBytes } from './encoder/channelSettings.ts'
import { type BatcherOptionsInput, batcherOptions, channelSettings } from './options.ts'

describe('the options of a batcher', () => {
  test("are op-batcher's where nothing is said", () => {
    expect(batcherOptions()).toMatchObject({
      subSafetyMargin: 10,
      pollIntervalMs: 6_000,
      maxPendingTx: 1,
      maxChannelDuration: 0,
      maxL1TxSizeBytes: 120_000,
      targetNumFrames: 1,
      compressor: 'shadow',
      compressionAlgo: 'zlib',
      batchType: 'singular',
      dataAvailabilityType: 'calldata',
      throttle: { controllerType: 'quadratic', lowerThreshold: 3_200_000 },
    })
  })

  test.each<[BatcherOptionsInput, string]>([
    [{ maxL1TxSizeBytes: 24 }, 'maxL1TxSizeBytes'],
    [{ targetNumFrames: 0 }, 'targetNumFrames'],
    [{ targetNumFrames: 65_537 }, 'targetNumFrames'],
    [{ stopTimeoutMs: -1 }, 'stopTimeoutMs'],
    [{ approxComprRatio: 0 }, 'approxComprRatio'],
    [{ checkRecentTxsDepth: 129 }, 'checkRecentTxsDepth'],
    [{ pollIntervalMs: 0 }, 'pollIntervalMs'],
    [{ maxPendingTx: -1 }, 'maxPendingTx'],
    [{ throttle: { lowerThreshold: 9, upperThreshold: 8 } }, 'throttle'],
  ])('%j are refused', (input, words) => {
    expect(() => batcherOptions(input)).toThrow(words)
  })
})

describe('the settings of channels', () => {
  test('fill calldata to the byte, less version and frame', () => {
    const settings = channelSettings(batcherOptions({ targetNumFrames: 2 }), 'calldata')
    expect(settings.framesPerTransaction).toBe(1)
    expect(targetChannelBytes(settings)).toBe(2 * (120_000 - 1 - 23))
  })

  test('give channels in calldata one frame where they are chosen by price', () => {
    const options = batcherOptions({ targetNumFrames: 6, dataAvailabilityType: 'auto' })
    expect(channelSettings(options, 'calldata').targetFrames).toBe(1)
    expect(channelSettings(options, 'blobs').targetFrames).toBe(6)
  })

  test.each([
    [5, 5],
    [6, 6],
    [9, 6],
  ])('fill %i blobs to the byte, and send up to %i in one transaction', (frames, atOnce) => {
    const settings = channelSettings(batcherOptions({ targetNumFrames: frames }), 'blobs')
    expect(settings.framesPerTransaction).toBe(atOnce)
    expect(targetChannelBytes(settings)).toBe(frames * (130_044 - 1 - 23))
  })

  test.each([
    ['zlib', { algorithm: 'zlib', level: 9 }],
    ['brotli', { algorithm: 'brotli', level: 10 }],
    ['brotli-9', { algorithm: 'brotli', level: 9 }],
    ['brotli-11', { algorithm: 'brotli', level: 11 }],
  ] as const)('%s', (compressionAlgo, compression) => {
    const settings = channelSettings(batcherOptions({ compressionAlgo }), 'calldata')
    expect(settings.compression).toEqual(compression)
  })

  test('without a compressor nothing is compressed', () => {
    const settings = channelSettings(batcherOptions({ compressor: 'none' }), 'calldata')
    expect(settings).toMatchObject({ compression: { level: 0 }, approxRatio: 1 })
  })
})
