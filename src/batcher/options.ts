import type { Compression } from '../base/compression.ts'
import { ConfigError } from '../base/errors.ts'
import { exitCodes } from '../base/exitCodes.ts'
import { withoutUndefined } from '../base/withoutUndefined.ts'
import { maxBlobDataBytes } from '../protocol/batch/blobCodec.ts'
import { frameOverheadBytes } from '../protocol/batch/frame.ts'
import type { ChannelSettings, DataAvailability } from './encoder/channelSettings.ts'
import {
  defaultThrottleOptions,
  type ThrottleOptions,
  throttleProblem,
} from './throttle/throttleOptions.ts'

/** What op-batcher calls them: brotli alone is quality 10. */
export const compressionAlgorithms = [
  'zlib',
  'brotli',
  'brotli-9',
  'brotli-10',
  'brotli-11',
] as const

export type CompressionAlgorithm = (typeof compressionAlgorithms)[number]

export const compressors = ['shadow', 'ratio', 'none'] as const
export const dataAvailabilityTypes = ['calldata', 'blobs', 'auto'] as const

/** Everything a batcher can be told but where its endpoints are. Names and defaults are op-batcher's. */
export interface BatcherOptions {
  /** L1 blocks that are kept free before the end of a block's sequencing window. */
  readonly subSafetyMargin: number
  /** Between two looks at the rollup node. */
  readonly pollIntervalMs: number
  /** Transactions on their way at one time; 0 sets no bound. */
  readonly maxPendingTx: number
  /** L1 blocks that a channel may be behind L1; 0: it waits until it is full. */
  readonly maxChannelDuration: number
  /** Bytes of calldata of one transaction. Not read for blobs. */
  readonly maxL1TxSizeBytes: number
  /** Blocks of one span batch; 0 sets no bound. */
  readonly maxBlocksPerSpanBatch: number
  /**
   * Frames of a full channel; fewer where the transactions that it takes would not be on L1 in time. With blobs, six of
   * them go into one transaction. With `auto`, channels in calldata have one.
   */
  readonly targetNumFrames: number
  /** Compressed size by raw size to reckon with: always, with the `ratio` compressor. */
  readonly approxComprRatio: number
  /** `shadow` measures what fits, `ratio` guesses it, `none` does not compress. */
  readonly compressor: (typeof compressors)[number]
  readonly compressionAlgo: CompressionAlgorithm
  readonly batchType: 'singular' | 'span'
  /** `auto` takes the cheaper one, channel by channel. */
  readonly dataAvailabilityType: (typeof dataAvailabilityTypes)[number]
  /** L1 blocks to look back for transactions that the rollup node has not read yet, at a start. 0: as far as 128. */
  readonly checkRecentTxsDepth: number
  /** Also wait, at a start, until the rollup node has read L1 up to its newest block. */
  readonly waitNodeSync: boolean
  /** At a start, how long L1 must show nothing new of the account: what a killed batcher sent last may show late. */
  readonly startQuietMs: number
  /** Wait for `admin_startBatcher` instead of starting at once. */
  readonly stopped: boolean
  /** Wait for funds instead of refusing to start without. */
  readonly waitForFunds: boolean
  /** What a stop may take: in it everything that is loaded is brought to L1. */
  readonly stopTimeoutMs: number
  readonly throttle: ThrottleOptions
}

export const defaultBatcherOptions: BatcherOptions = {
  subSafetyMargin: 10,
  pollIntervalMs: 6_000,
  maxPendingTx: 1,
  maxChannelDuration: 0,
  maxL1TxSizeBytes: 120_000,
  maxBlocksPerSpanBatch: 0,
  targetNumFrames: 1,
  approxComprRatio: 0.6,
  compressor: 'shadow',
  compressionAlgo: 'zlib',
  batchType: 'singular',
  dataAvailabilityType: 'calldata',
  checkRecentTxsDepth: 0,
  waitNodeSync: false,
  startQuietMs: 4_000,
  stopped: false,
  waitForFunds: false,
  // Two transactions, one after the other, with ten confirmations each.
  stopTimeoutMs: 300_000,
  throttle: defaultThrottleOptions,
}

/** What may be given. */
export interface BatcherOptionsInput extends Partial<Omit<BatcherOptions, 'throttle'>> {
  readonly throttle?: Partial<ThrottleOptions> | undefined
}

// Of one transaction, since Osaka; also what a pool takes that still has Prague's rules.
// https://eips.ethereum.org/EIPS/eip-7594
const maxBlobsPerTx = 6
const maxRecentTxsDepth = 128
const maxFrames = 65_536

/**
 * Fills in the defaults and checks what was given.
 *
 * @throws {ConfigError} `BATCHER_OPTIONS` naming the option.
 */
export function batcherOptions(given: BatcherOptionsInput = {}): BatcherOptions {
  const options: BatcherOptions = {
    ...defaultBatcherOptions,
    ...withoutUndefined(given),
    throttle: { ...defaultThrottleOptions, ...withoutUndefined(given.throttle ?? {}) },
  }
  assertAtLeast('subSafetyMargin', options.subSafetyMargin, 0)
  assertAtLeast('pollIntervalMs', options.pollIntervalMs, 1)
  assertAtLeast('startQuietMs', options.startQuietMs, 0)
  assertAtLeast('stopTimeoutMs', options.stopTimeoutMs, 0)
  assertAtLeast('maxPendingTx', options.maxPendingTx, 0)
  assertAtLeast('maxChannelDuration', options.maxChannelDuration, 0)
  assertAtLeast('maxL1TxSizeBytes', options.maxL1TxSizeBytes, frameOverheadBytes + 2)
  assertAtLeast('maxBlocksPerSpanBatch', options.maxBlocksPerSpanBatch, 0)
  assertAtLeast('targetNumFrames', options.targetNumFrames, 1)
  assertAtLeast('checkRecentTxsDepth', options.checkRecentTxsDepth, 0)
  const { targetNumFrames, approxComprRatio, checkRecentTxsDepth } = options
  if (targetNumFrames > maxFrames) {
    throw invalid(`targetNumFrames is ${targetNumFrames}, a channel has at most ${maxFrames}`)
  }
  if (!(approxComprRatio > 0 && approxComprRatio <= 1)) {
    throw invalid(`approxComprRatio must be above 0 and at most 1, got ${approxComprRatio}`)
  }
  if (checkRecentTxsDepth > maxRecentTxsDepth) {
    throw invalid(
      `checkRecentTxsDepth must be at most ${maxRecentTxsDepth}, got ${checkRecentTxsDepth}`,
    )
  }
  const problem = throttleProblem(options.throttle)
  if (problem !== undefined) throw invalid(`throttle: ${problem}`)
  return options
}

/** How channels are filled that go to L1 in that way. */
export function channelSettings(
  options: BatcherOptions,
  availability: DataAvailability,
): ChannelSettings {
  const { dataAvailabilityType, maxL1TxSizeBytes, targetNumFrames } = options
  // As op-batcher: a channel that is chosen for its price must not take longer for it.
  const targetFrames =
    availability === 'calldata' && dataAvailabilityType === 'auto' ? 1 : targetNumFrames
  return {
    batchType: options.batchType,
    maxBlocksPerSpan: options.maxBlocksPerSpanBatch,
    compression: compressionOf(options),
    fill: options.compressor === 'ratio' ? 'ratio' : 'measured',
    approxRatio: options.compressor === 'none' ? 1 : options.approxComprRatio,
    availability,
    // The version byte takes one of the bytes.
    maxFrameBytes: (availability === 'blobs' ? maxBlobDataBytes : maxL1TxSizeBytes) - 1,
    targetFrames,
    framesPerTransaction: availability === 'blobs' ? Math.min(targetFrames, maxBlobsPerTx) : 1,
  }
}

function compressionOf({ compressor, compressionAlgo }: BatcherOptions): {
  readonly algorithm: Compression
  readonly level: number
} {
  if (compressor === 'none') return { algorithm: 'zlib', level: 0 }
  if (compressionAlgo === 'zlib') return { algorithm: 'zlib', level: 9 }
  const quality = compressionAlgo.slice('brotli-'.length)
  return { algorithm: 'brotli', level: quality === '' ? 10 : Number(quality) }
}

function assertAtLeast(name: keyof BatcherOptions, value: number, least: number): void {
  if (Number.isSafeInteger(value) && value >= least) return
  throw invalid(`${name} must be a whole number of at least ${least}, got ${value}`)
}

function invalid(problem: string): ConfigError {
  return new ConfigError(exitCodes.usage, 'BATCHER_OPTIONS', `batcher: ${problem}`)
}
