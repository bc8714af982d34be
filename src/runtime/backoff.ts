import type { Random } from './random.ts'

export interface BackoffOptions {
  /** Bound of the first delay. Doubles with every further attempt. */
  readonly baseDelayMs: number
  readonly maxDelayMs: number
}

/**
 * How long to wait after the `failures`-th failure in a row (1 is the first): exponential, with the
 * upper half random so that clients which failed together do not return together.
 */
export function backoffDelayMs(failures: number, options: BackoffOptions, random: Random): number {
  const bound = Math.min(options.maxDelayMs, options.baseDelayMs * 2 ** (failures - 1))
  return (bound / 2) * (1 + random())
}
