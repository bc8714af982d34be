import { ConfigError } from '../base/errors.ts'
import { exitCodes } from '../base/exitCodes.ts'
import { channelTimeout } from '../chain/rollupConfig.ts'
import { type Clock, nowSeconds } from '../runtime/clock.ts'
import type { Logger } from '../runtime/logger.ts'
import { assertCanPay } from '../txmgr/funds.ts'
import type { FeeSuggestion, TxManager } from '../txmgr/interface.ts'
import type { BatchEncoderOptions } from './encoder/batchEncoder.ts'
import { mostFrames } from './encoder/channelPlan.ts'
import type { ChannelSettings } from './encoder/channelSettings.ts'
import type { BatcherL1 } from './interface.ts'
import { submissionCost } from './prices.ts'

/**
 * Checks that derivation will read what this batcher posts.
 *
 * @throws {ConfigError} `BATCHER_KEY` when SystemConfig names another account; {ChainError} `temporary`.
 */
export async function assertOwnKey(
  {
    l1,
    transactions,
  }: { readonly l1: BatcherL1; readonly transactions: Pick<TxManager, 'address'> },
  signal?: AbortSignal,
): Promise<void> {
  const wanted = await l1.batcherOfSystemConfig(signal)
  const { address } = transactions
  if (wanted === address) return
  throw new ConfigError(
    exitCodes.wrongKey,
    'BATCHER_KEY',
    `the batcher's key is that of ${address}, SystemConfig names ${wanted}: nothing that it posts would be read`,
    {
      context: { batcher: address, systemConfig: wanted },
      metaMessages: [
        `Give the key of ${wanted},`,
        `or let the owner of SystemConfig call setBatcherHash for ${address}.`,
      ],
    },
  )
}

/**
 * Checks that the account can pay for one full submission at present prices.
 *
 * @throws {ConfigError} `BATCHER_UNFUNDED`; {ChainError} `temporary`.
 */
export async function assertFunded(
  settings: ChannelSettings,
  transactions: Pick<TxManager, 'address' | 'balance' | 'suggestFees'>,
  signal?: AbortSignal,
): Promise<void> {
  const cost = (fees: FeeSuggestion) => submissionCost(settings, fees)
  await assertCanPay({ service: 'batcher', what: 'one submission', cost }, transactions, signal)
}

/** Tells whoever set up larger channels that those would time out before all of their frames are on L1. */
export function warnOfLongChannels(
  packing: BatchEncoderOptions,
  { clock, logger }: { readonly clock: Clock; readonly logger: Logger },
): void {
  const now = nowSeconds(clock)
  const settings = packing.channels[packing.availability]
  const frames = mostFrames(packing, settings, now)
  if (frames >= settings.targetFrames) return
  logger.warn('Channels are smaller than wanted: larger ones would time out on their way to L1', {
    targetNumFrames: settings.targetFrames,
    frames,
    channelTimeout: channelTimeout(packing.config, now),
    ...packing.pace,
    try: 'Raise --max-pending-tx, or lower --num-confirmations or --target-num-frames.',
  })
}
