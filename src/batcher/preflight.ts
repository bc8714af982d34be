import { ConfigError } from '../base/errors.ts'
import { exitCodes } from '../base/exitCodes.ts'
import { assertCanPay } from '../txmgr/funds.ts'
import type { FeeSuggestion, TxManager } from '../txmgr/interface.ts'
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
