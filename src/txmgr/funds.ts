import { ConfigError, severityOf } from '../base/errors.ts'
import { exitCodes } from '../base/exitCodes.ts'
import { type Clock, sleep } from '../runtime/clock.ts'
import type { Logger } from '../runtime/logger.ts'
import type { FeeSuggestion, TxManager } from './interface.ts'
import { TxError } from './txError.ts'

/** What a service must be able to pay. */
export interface Expense {
  readonly service: 'batcher' | 'proposer'
  /** As the error calls it: `one submission`. */
  readonly what: string
  /** In wei, at these prices. */
  readonly cost: (fees: FeeSuggestion) => bigint
}

/**
 * Checks that an account can pay at present prices. While those are above the ceilings of the options nothing is sent,
 * so nothing is to be paid either.
 *
 * @throws {ConfigError} `BATCHER_UNFUNDED`, `PROPOSER_UNFUNDED`; {ChainError} `temporary`
 */
export async function assertCanPay(
  { service, what, cost }: Expense,
  transactions: Pick<TxManager, 'address' | 'balance' | 'suggestFees'>,
  signal?: AbortSignal,
): Promise<void> {
  const fees = await transactions.suggestFees(signal).catch(undefinedIfTooHigh)
  if (fees === undefined) return
  const costWei = cost(fees)
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

function undefinedIfTooHigh(error: unknown): undefined {
  if (error instanceof TxError && error.code === 'TX_FEE_TOO_HIGH') return undefined
  throw error
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
