import type { RollupConfig } from '../chain/rollupConfig.ts'
import type { TxManager } from '../txmgr/interface.ts'
import type { BatchEncoderOptions } from './encoder/batchEncoder.ts'
import { type BatcherOptions, channelSettings } from './options.ts'

/** How the encoder packs for a batcher with these options. */
export function encoderOptions(
  options: BatcherOptions,
  deps: {
    readonly config: RollupConfig
    readonly transactions: Pick<TxManager, 'numConfirmations'>
  },
): BatchEncoderOptions {
  const { maxPendingTx, maxChannelDuration, subSafetyMargin, dataAvailabilityType } = options
  return {
    config: deps.config,
    channels: {
      calldata: channelSettings(options, 'calldata'),
      blobs: channelSettings(options, 'blobs'),
    },
    availability: dataAvailabilityType === 'calldata' ? 'calldata' : 'blobs',
    maxChannelDuration: BigInt(maxChannelDuration),
    subSafetyMargin: BigInt(subSafetyMargin),
    pace: { maxPendingTx, numConfirmations: deps.transactions.numConfirmations },
  }
}
