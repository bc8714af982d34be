import { ConfigError, severityOf } from '../base/errors.ts'
import { exitCodes } from '../base/exitCodes.ts'
import { type Clock, sleep } from '../runtime/clock.ts'
import type { Logger } from '../runtime/logger.ts'
import type { TxManager } from './interface.ts'

/** What a service must be able to pay. */
export interface Expense {
  readonly service: 'batcher' | 'proposer'
  /** As the error calls it: `one submission`. */
  readonly what: string
  readonly costWei: bigint
}

/**
 * Checks that an account can pay.
 *
 * @throws {ConfigError} `BATCHER_UNFUNDED`, `PROPOSER_UNFUNDED`; {ChainError} `temporary`
 */
export async function assertCanPay(
  { service, what, costWei }: Expense,
  transactions: Pick<TxManager, 'address' | 'balance'>,
  signal?: AbortSignal,
): Promise<void> {
  const balance = await transactions.balance(signal)
  if (balance >= costWei) return
  const { address } = transactions
  throw new ConfigError(
    exitCodes.unfunded,
    `${service.toUpperCase()}_UNFUNDED`,
    `the ${service}'s account ${address} has ${balance} wei on L1, ${what} costs about ${costWei} wei`,
    {
      context: { address, balance, cost: costWei },
      metaMessages: [`Send ETH to ${address} on L1, or start with --wait-for-funds.`],
    },
  )
}

/**
 * Repeats a check until it passes, and says in the log what is missing.
 *
 * @throws what else the check throws; the signal's reason when it aborts.
 */
export async function awaitFunds(
  check: (signal: AbortSignal) => Promise<void>,
  options: { readonly pollIntervalMs: number },
  deps: { readonly clock: Clock; readonly logger: Logger },
  signal: AbortSignal,
): Promise<void> {
  for (;;) {
    try {
      return await check(signal)
    } catch (error) {
      signal.throwIfAborted()
      if (!(error instanceof ConfigError) && severityOf(error) !== 'temporary') throw error
      deps.logger.warn('Waiting for funds', { error })
    }
    await sleep(deps.clock, options.pollIntervalMs, signal)
  }
}
