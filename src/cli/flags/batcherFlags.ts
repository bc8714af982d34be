import {
  type BatcherOptions,
  compressionAlgorithms,
  compressors,
  dataAvailabilityTypes,
  defaultBatcherOptions,
} from '../../batcher/options.ts'
import {
  defaultThrottleOptions,
  type PidOptions,
  type ThrottleOptions,
  throttleControllerTypes,
} from '../../batcher/throttle/throttleOptions.ts'
import type { FlagTable } from './flag.ts'
import { invalidFlag } from './flag.ts'
import {
  parseBoolean,
  parseChoice,
  parseDurationMs,
  parseInteger,
  parseList,
  parseNumber,
  parseRpcUrl,
} from './parsers.ts'
import { serviceEnv } from './serviceEnv.ts'

/** Engines of the rollup nodes. Names are those of op-batcher. */
export const l2Flags = {
  l2Urls: {
    names: ['l2-eth-rpc', 'l2'],
    env: env('L2_ETH_RPC'),
    value: 'urls',
    parse: parseList(parseRpcUrl),
    help: 'eth_ JSON-RPC of the execution engine; of several, one for each rollup node (required)',
  },
} as const satisfies FlagTable<{ readonly l2Urls: readonly string[] }>

/** How batches are packed and posted. Names are those of op-batcher. */
export const batcherFlags = {
  pollIntervalMs: {
    names: ['poll-interval'],
    env: env('POLL_INTERVAL'),
    value: 'duration',
    parse: parseDurationMs(1),
    help: 'how often the rollup node is asked for new blocks',
    shownDefault: seconds(defaultBatcherOptions.pollIntervalMs),
  },
  maxChannelDuration: {
    names: ['max-channel-duration'],
    env: env('MAX_CHANNEL_DURATION'),
    value: 'blocks',
    parse: parseInteger(0),
    help: 'L1 blocks after which a channel is posted though it is not full; 0 waits until it is',
    shownDefault: defaultBatcherOptions.maxChannelDuration,
  },
  subSafetyMargin: {
    names: ['sub-safety-margin'],
    env: env('SUB_SAFETY_MARGIN'),
    value: 'blocks',
    parse: parseInteger(0),
    help: 'L1 blocks kept free before the end of the sequencing window',
    shownDefault: defaultBatcherOptions.subSafetyMargin,
  },
  maxPendingTx: {
    names: ['max-pending-tx'],
    env: env('MAX_PENDING_TX'),
    value: 'count',
    parse: parseInteger(0),
    help: 'transactions on their way at one time; 0 sets no limit',
    shownDefault: defaultBatcherOptions.maxPendingTx,
  },
  dataAvailabilityType: {
    names: ['data-availability-type'],
    env: env('DATA_AVAILABILITY_TYPE'),
    value: 'type',
    parse: parseChoice(dataAvailabilityTypes),
    help: `${dataAvailabilityTypes.join(', ')}: where batches go; auto takes what is cheaper`,
    shownDefault: defaultBatcherOptions.dataAvailabilityType,
  },
  batchType: {
    names: ['batch-type'],
    env: env('BATCH_TYPE'),
    value: 'type',
    parse: parseBatchType,
    help: '0 or singular, 1 or span',
    shownDefault: '0',
  },
  compressionAlgo: {
    names: ['compression-algo'],
    env: env('COMPRESSION_ALGO'),
    value: 'name',
    parse: parseChoice(compressionAlgorithms),
    help: compressionAlgorithms.join(', '),
    shownDefault: defaultBatcherOptions.compressionAlgo,
  },
  compressor: {
    names: ['compressor'],
    env: env('COMPRESSOR'),
    value: 'kind',
    parse: parseChoice(compressors),
    help: 'how it is known that a channel is full: shadow measures, ratio guesses; none does not compress',
    shownDefault: defaultBatcherOptions.compressor,
  },
  approxComprRatio: {
    names: ['approx-compr-ratio'],
    env: env('APPROX_COMPR_RATIO'),
    value: 'ratio',
    parse: parseNumber(0.001, 1),
    help: 'compressed size by raw size that the ratio compressor reckons with',
    shownDefault: defaultBatcherOptions.approxComprRatio,
  },
  targetNumFrames: {
    names: ['target-num-frames'],
    env: env('TARGET_NUM_FRAMES'),
    value: 'count',
    parse: parseInteger(1),
    help: 'frames of a full channel; six blobs go into one transaction; with auto, channels in calldata have one',
    shownDefault: defaultBatcherOptions.targetNumFrames,
  },
  maxL1TxSizeBytes: {
    names: ['max-l1-tx-size-bytes'],
    env: env('MAX_L1_TX_SIZE_BYTES'),
    value: 'bytes',
    parse: parseInteger(1),
    help: 'calldata of one transaction; not read for blobs',
    shownDefault: defaultBatcherOptions.maxL1TxSizeBytes,
  },
  maxBlocksPerSpanBatch: {
    names: ['max-blocks-per-span-batch'],
    env: env('MAX_BLOCKS_PER_SPAN_BATCH'),
    value: 'blocks',
    parse: parseInteger(0),
    help: 'blocks of one span batch; 0 sets no limit',
    shownDefault: defaultBatcherOptions.maxBlocksPerSpanBatch,
  },
  checkRecentTxsDepth: {
    names: ['check-recent-txs-depth'],
    env: env('CHECK_RECENT_TXS_DEPTH'),
    value: 'blocks',
    parse: parseInteger(0, 128),
    help: 'L1 blocks to look back at a start for own transactions that the node has not read; 0 means 128',
    shownDefault: defaultBatcherOptions.checkRecentTxsDepth,
  },
  waitNodeSync: {
    names: ['wait-node-sync'],
    env: env('WAIT_NODE_SYNC'),
    parse: parseBoolean,
    help: 'at a start, also wait until the rollup node has read all of L1',
    shownDefault: defaultBatcherOptions.waitNodeSync,
  },
  startQuietMs: {
    names: ['start-quiet-period'],
    env: env('START_QUIET_PERIOD'),
    value: 'duration',
    parse: parseDurationMs(0),
    help: 'how long L1 must show nothing new of the account at a start: what was sent before a crash may show late',
    shownDefault: seconds(defaultBatcherOptions.startQuietMs),
  },
  stopped: {
    names: ['stopped'],
    env: env('STOPPED'),
    parse: parseBoolean,
    help: 'wait for admin_startBatcher before posting',
    shownDefault: defaultBatcherOptions.stopped,
  },
  waitForFunds: {
    names: ['wait-for-funds'],
    env: env('WAIT_FOR_FUNDS'),
    parse: parseBoolean,
    help: 'without funds, wait for them instead of refusing to start',
    shownDefault: defaultBatcherOptions.waitForFunds,
  },
  stopTimeoutMs: {
    names: ['stop-timeout'],
    env: env('STOP_TIMEOUT'),
    value: 'duration',
    parse: parseDurationMs(0),
    help: 'what a stop may take to post what is loaded; nothing is lost without: a start goes on from there',
    shownDefault: seconds(defaultBatcherOptions.stopTimeoutMs),
  },
} as const satisfies FlagTable<BatcherOptions>

/** How blocks are held small while L1 takes in less than L2 makes. Names are those of op-batcher. */
export const throttleFlags = {
  controllerType: {
    names: ['throttle.controller-type'],
    env: env('THROTTLE_CONTROLLER_TYPE'),
    value: 'type',
    parse: parseChoice(throttleControllerTypes),
    help: throttleControllerTypes.join(', '),
    shownDefault: defaultThrottleOptions.controllerType,
  },
  lowerThreshold: {
    names: ['throttle.unsafe-da-bytes-lower-threshold'],
    env: env('THROTTLE_UNSAFE_DA_BYTES_LOWER_THRESHOLD'),
    value: 'bytes',
    parse: parseInteger(0),
    help: 'backlog above which blocks are made smaller; 0 never does',
    shownDefault: defaultThrottleOptions.lowerThreshold,
  },
  upperThreshold: {
    names: ['throttle.unsafe-da-bytes-upper-threshold'],
    env: env('THROTTLE_UNSAFE_DA_BYTES_UPPER_THRESHOLD'),
    value: 'bytes',
    parse: parseInteger(0),
    help: 'backlog from which on they are at their smallest (linear, quadratic)',
    shownDefault: defaultThrottleOptions.upperThreshold,
  },
  txSizeLowerLimit: {
    names: ['throttle.tx-size-lower-limit'],
    env: env('THROTTLE_TX_SIZE_LOWER_LIMIT'),
    value: 'bytes',
    parse: parseInteger(0),
    help: 'largest transaction at full intensity; 0 sets no limit',
    shownDefault: defaultThrottleOptions.txSizeLowerLimit,
  },
  txSizeUpperLimit: {
    names: ['throttle.tx-size-upper-limit'],
    env: env('THROTTLE_TX_SIZE_UPPER_LIMIT'),
    value: 'bytes',
    parse: parseInteger(0),
    help: 'largest transaction as soon as anything is held back',
    shownDefault: defaultThrottleOptions.txSizeUpperLimit,
  },
  blockSizeLowerLimit: {
    names: ['throttle.block-size-lower-limit'],
    env: env('THROTTLE_BLOCK_SIZE_LOWER_LIMIT'),
    value: 'bytes',
    parse: parseInteger(0),
    help: 'largest block at full intensity; 0 sets no limit',
    shownDefault: defaultThrottleOptions.blockSizeLowerLimit,
  },
  blockSizeUpperLimit: {
    names: ['throttle.block-size-upper-limit'],
    env: env('THROTTLE_BLOCK_SIZE_UPPER_LIMIT'),
    value: 'bytes',
    parse: parseInteger(0),
    help: 'largest block when nothing is held back',
    shownDefault: defaultThrottleOptions.blockSizeUpperLimit,
  },
  additionalEndpoints: {
    names: ['throttle.additional-endpoints'],
    env: env('THROTTLE_ADDITIONAL_ENDPOINTS'),
    value: 'urls',
    parse: parseList(parseRpcUrl),
    help: 'block builders to be told beside the engines of --l2-eth-rpc',
  },
} as const satisfies FlagTable<ThrottleOptions>

/** Gains and bounds of the pid controller. Names are those of op-batcher. */
export const pidFlags = {
  kp: pidFlag('kp', 'PID_KP', 'proportional gain', defaultThrottleOptions.pid.kp),
  ki: pidFlag('ki', 'PID_KI', 'integral gain', defaultThrottleOptions.pid.ki),
  kd: pidFlag('kd', 'PID_KD', 'derivative gain', defaultThrottleOptions.pid.kd),
  integralMax: pidFlag(
    'integral-max',
    'PID_INTEGRAL_MAX',
    'bound of the accumulated error',
    defaultThrottleOptions.pid.integralMax,
  ),
  outputMax: pidFlag(
    'output-max',
    'PID_OUTPUT_MAX',
    'greatest intensity',
    defaultThrottleOptions.pid.outputMax,
  ),
  sampleTimeMs: {
    names: ['throttle.pid-sample-time'],
    env: env('THROTTLE_PID_SAMPLE_TIME'),
    value: 'duration',
    parse: parseDurationMs(1),
    help: 'pid: least time between two looks at the backlog',
    shownDefault: seconds(defaultThrottleOptions.pid.sampleTimeMs),
  },
} as const satisfies FlagTable<PidOptions>

function pidFlag(name: string, suffix: string, help: string, shownDefault: number) {
  return {
    names: [`throttle.pid-${name}`],
    env: env(`THROTTLE_${suffix}`),
    value: 'number',
    parse: parseNumber(0, Number.MAX_VALUE),
    help: `pid: ${help}`,
    shownDefault,
  } as const
}

/** By op-batcher's number, or by name. */
function parseBatchType(text: string, source: string): BatcherOptions['batchType'] {
  if (text === '0' || text === 'singular') return 'singular'
  if (text === '1' || text === 'span') return 'span'
  throw invalidFlag(source, text, '0 (singular) or 1 (span)')
}

function env(suffix: string): readonly string[] {
  return serviceEnv('batcher', suffix)
}

function seconds(ms: number): string {
  return `${ms / 1000}s`
}
