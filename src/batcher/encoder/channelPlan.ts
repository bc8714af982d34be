import { isForkActive } from '../../chain/forks.ts'
import {
  channelTimeout,
  maxRlpBytesPerChannel,
  type RollupConfig,
} from '../../chain/rollupConfig.ts'
import type { BatcherBlock } from './batcherBlock.ts'
import { type ChannelPace, framesInTime } from './channelPace.ts'
import type { ChannelCompression, ChannelSettings, DataAvailability } from './channelSettings.ts'
import { isCloseToExpiry } from './sequencingWindow.ts'

/** What a channel is planned by. */
export interface ChannelPlanOptions {
  readonly config: RollupConfig
  /** For each way to L1 that may be chosen. */
  readonly channels: Readonly<Record<DataAvailability, ChannelSettings>>
  /** L1 blocks that are kept free before a channel must be complete. */
  readonly subSafetyMargin: bigint
  readonly pace: ChannelPace
}

/** How a channel that begins with this block is filled. */
export interface ChannelPlan {
  readonly settings: ChannelSettings
  /** What derivation decompresses at most. */
  readonly maxRawBytes: number
}

/** The wanted settings, as far as the rules at the first block allow, and as far as its window leaves time. */
export function planChannel(
  options: ChannelPlanOptions,
  wanted: DataAvailability,
  first: BatcherBlock,
  l1Head: bigint,
): ChannelPlan {
  const { config, channels } = options
  const { timestamp } = first.ref
  const given = channels[availabilityAt(config, wanted, timestamp)]
  const allowed: ChannelSettings = {
    ...given,
    targetFrames: Math.min(given.targetFrames, mostFrames(options, given, timestamp)),
    batchType: areSpansRead(config, timestamp) ? given.batchType : 'singular',
    compression: allowedCompression(config, timestamp, given.compression),
  }
  // Close to the end of the window: a span is lost with its first block, singular batches one by one, and what
  // waits for a second transaction may wait too long.
  const settings: ChannelSettings = isCloseToExpiry(options, first, l1Head)
    ? { ...allowed, batchType: 'singular', targetFrames: allowed.framesPerTransaction }
    : allowed
  return { settings, maxRawBytes: maxRlpBytesPerChannel(config, timestamp) }
}

/** How many frames a channel may have that is to be complete on L1 before it times out. */
export function mostFrames(
  { config, pace, subSafetyMargin }: ChannelPlanOptions,
  settings: ChannelSettings,
  timestamp: bigint,
): number {
  return framesInTime(settings, pace, channelTimeout(config, timestamp) - subSafetyMargin)
}

/** Blobs are read from Ecotone on. */
export function availabilityAt(
  config: RollupConfig,
  wanted: DataAvailability,
  timestamp: bigint,
): DataAvailability {
  return isForkActive(config, 'ecotone', timestamp) ? wanted : 'calldata'
}

/** Delta goes by the time of the L1 origin, which may lie behind that of the block by the sequencer drift. */
function areSpansRead(config: RollupConfig, timestamp: bigint): boolean {
  if (isForkActive(config, 'delta', config.genesis.l2Time)) return true
  return isForkActive(config, 'delta', timestamp - config.maxSequencerDrift)
}

function allowedCompression(
  config: RollupConfig,
  timestamp: bigint,
  wanted: ChannelCompression,
): ChannelCompression {
  const isAllowed = wanted.algorithm === 'zlib' || isForkActive(config, 'fjord', timestamp)
  return isAllowed ? wanted : { algorithm: 'zlib', level: 9 }
}
