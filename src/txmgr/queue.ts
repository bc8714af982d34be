import { Limiter } from '../runtime/limiter.ts'
import type { TxCandidate, TxManager, TxReceipt } from './interface.ts'

/** How a transaction of a queue ended. */
export type TxOutcome =
  | { readonly type: 'confirmed'; readonly receipt: TxReceipt }
  | { readonly type: 'failed'; readonly error: unknown }

/**
 * Keeps many transactions on their way at once, in the order they were given, up to a bound.
 */
export class TxQueue {
  readonly #maxPending: number
  readonly #transactions: TxManager
  readonly #limiter: Limiter
  readonly #running = new Set<Promise<unknown>>()

  /** @param options.maxPending - 0 sets no bound. */
  constructor(
    options: { readonly maxPending: number },
    deps: { readonly transactions: TxManager },
  ) {
    this.#maxPending = options.maxPending === 0 ? Number.POSITIVE_INFINITY : options.maxPending
    this.#transactions = deps.transactions
    this.#limiter = new Limiter(this.#maxPending)
  }

  /** How many more may be sent without waiting. */
  get room(): number {
    return Math.max(0, this.#maxPending - this.#running.size)
  }

  /** Sends a transaction as soon as there is room for it. Never rejects. */
  send(candidate: TxCandidate, signal?: AbortSignal): Promise<TxOutcome> {
    const run = this.#limiter
      .run(() => this.#transactions.send(candidate, signal), signal)
      .then(
        (receipt): TxOutcome => ({ type: 'confirmed', receipt }),
        (error): TxOutcome => ({ type: 'failed', error }),
      )
      .finally(() => this.#running.delete(run))
    this.#running.add(run)
    return run
  }

  /** Resolves when everything that was sent has ended. */
  async drained(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running)
  }
}
