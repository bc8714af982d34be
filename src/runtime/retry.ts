import { type BackoffOptions, backoffDelayMs } from './backoff.ts'
import { type Clock, sleep } from './clock.ts'
import type { Random } from './random.ts'

export interface RetryOptions extends BackoffOptions {
  /** Attempts in all, at least 1. */
  readonly maxAttempts: number
}

export interface RetryDeps {
  readonly clock: Clock
  readonly random: Random
}

/**
 * Runs a task until it succeeds.
 *
 * @param isRetryable - Whether an error is worth another attempt.
 * @throws the last error when attempts are used up or `isRetryable` says no; the signal's reason when it aborts.
 */
export async function retry<T>(
  task: (attempt: number) => Promise<T>,
  isRetryable: (error: unknown) => boolean,
  options: RetryOptions,
  deps: RetryDeps,
  signal?: AbortSignal,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    signal?.throwIfAborted()
    try {
      return await task(attempt)
    } catch (error) {
      signal?.throwIfAborted()
      if (attempt >= options.maxAttempts || !isRetryable(error)) throw error
      await sleep(deps.clock, backoffDelayMs(attempt, options, deps.random), signal)
    }
  }
}
