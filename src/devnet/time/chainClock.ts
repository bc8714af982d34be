import type { Clock } from '../../runtime/clock.ts'

/**
 * The time that it is on the chains of a devnet.
 *
 * It flows as the host's time does, from any point that it is set to, and up to a limit, where it stands still.
 * Whoever sleeps until a point in time wakes when the chain gets there. Durations are those of the host: setting the
 * clock ahead lets no time-out run out.
 */
export class ChainClock implements Clock {
  readonly stopwatch: Clock
  #offsetMs = 0
  #limitMs = Number.POSITIVE_INFINITY
  readonly #sleepers = new Set<() => void>()

  constructor(deps: { readonly clock: Clock }) {
    this.stopwatch = deps.clock
  }

  now(): number {
    return Math.min(this.stopwatch.now() + this.#offsetMs, this.#limitMs)
  }

  async sleepUntil(timeMs: number, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted()
    while (this.now() < timeMs) {
      await this.#sleepUntilChanged(timeMs, signal)
      signal?.throwIfAborted()
    }
  }

  /** Makes it `timeMs` now, forward or backward, with time flowing on from there up to `limitMs`. */
  set(timeMs: number, limitMs = Number.POSITIVE_INFINITY): void {
    this.#offsetMs = timeMs - this.stopwatch.now()
    this.#limitMs = limitMs
    for (const wake of [...this.#sleepers]) wake()
  }

  /** Sleeps until that time, as things stand; at most until the clock is set. */
  async #sleepUntilChanged(timeMs: number, signal: AbortSignal | undefined): Promise<void> {
    const timer = new AbortController()
    const wake = () => timer.abort()
    this.#sleepers.add(wake)
    signal?.addEventListener('abort', wake, { once: true })
    const hostMs = timeMs <= this.#limitMs ? timeMs - this.#offsetMs : Number.POSITIVE_INFINITY
    try {
      await this.stopwatch.sleepUntil(hostMs, timer.signal)
    } catch (error) {
      if (!timer.signal.aborted) throw error
    } finally {
      this.#sleepers.delete(wake)
      signal?.removeEventListener('abort', wake)
    }
  }
}
