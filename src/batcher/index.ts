/** Posts the blocks of a rollup to L1. */

export {
  Batcher,
  type BatcherControl,
  type BatcherDeps,
  type ThrottleInfo,
} from './batcher.ts'
export {
  BatchEncoder,
  type BatchEncoderOptions,
  type CompressionJob,
  type EncoderOutcome,
  type SyncOutcome,
} from './encoder/batchEncoder.ts'
export { type BatcherBlock, toBatcherBlock } from './encoder/batcherBlock.ts'
export type { ChannelSettings, DataAvailability } from './encoder/channelSettings.ts'
export { encodeSubmission, type Submission, type SubmissionData } from './encoder/submission.ts'
export type { SyncPoint } from './encoder/syncPoint.ts'
export type {
  BatcherL1,
  BatcherNode,
  BlockBuilder,
  ChannelCompressor,
  DataLimits,
} from './interface.ts'
export {
  type BatcherOptions,
  type BatcherOptionsInput,
  batcherOptions,
  channelSettings,
  defaultBatcherOptions,
} from './options.ts'
export { threadCompressor } from './threadCompressor.ts'
export { ThrottleController } from './throttle/throttleController.ts'
export {
  defaultThrottleOptions,
  type PidOptions,
  type ThrottleControllerType,
  type ThrottleOptions,
} from './throttle/throttleOptions.ts'
