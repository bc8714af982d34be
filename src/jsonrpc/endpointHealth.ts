import { type BackoffOptions, backoffDelayMs } from '../runtime/backoff.ts'
import type { Random } from '../runtime/random.ts'

/**
 * Remembers which of several endpoints work, so that the preferred one is used whenever it can be.
 *
 * An endpoint that failed is passed over for a while, then one call tries it again. One that asked
 * for a pause (HTTP 429) gets it.
 */
export class EndpointHealth<T> {
  readonly #entries: readonly Entry<T>[]
  readonly #backoff: BackoffOptions
  readonly #random: Random

  /** @param endpoints - The preferred one first, at least one. */
  constructor(endpoints: readonly T[], options: { backoff: BackoffOptions; random: Random }) {
    this.#entries = endpoints.map((endpoint) => ({
      endpoint,
      failures: 0,
      failingSince: Infinity,
      failedAt: -Infinity,
      avoidedUntil: 0,
      pausedUntil: 0,
    }))
    this.#backoff = options.backoff
    this.#random = options.random
  }

  /**
   * The endpoints that a call may try now, in the order to try them; if all are known to fail, those
   * nevertheless, the one that failed longest ago first. Empty only while all are paused.
   */
  candidates(now: number): readonly T[] {
    const open = this.#entries.filter(({ pausedUntil }) => pausedUntil <= now)
    const good = open.filter(({ avoidedUntil }) => avoidedUntil <= now)
    const chosen = good.length > 0 ? good : open.toSorted((a, b) => a.avoidedUntil - b.avoidedUntil)
    return chosen.map(({ endpoint }) => endpoint)
  }

  /** When the first pause ends. */
  get pausedUntil(): number {
    return Math.min(...this.#entries.map(({ pausedUntil }) => pausedUntil))
  }

  /** Since when no endpoint has worked; infinite while one does. */
  get outSinceMs(): number {
    return Math.max(...this.#entries.map(({ failingSince }) => failingSince))
  }

  /** Call before a request: of an endpoint on probation, one request at a time is enough. */
  trying(endpoint: T, now: number, timeoutMs: number): void {
    const entry = this.#entry(endpoint)
    if (entry.failures > 0) entry.avoidedUntil = now + timeoutMs
  }

  succeeded(endpoint: T): void {
    const entry = this.#entry(endpoint)
    entry.failures = 0
    entry.failingSince = Infinity
    entry.avoidedUntil = 0
  }

  /** @param startedAt - When the request began. One that began before the last failure says nothing new. */
  failed(endpoint: T, startedAt: number, now: number): void {
    const entry = this.#entry(endpoint)
    if (startedAt < entry.failedAt) return
    if (entry.failures === 0) entry.failingSince = now
    entry.failures++
    entry.failedAt = now
    entry.avoidedUntil = now + backoffDelayMs(entry.failures, this.#backoff, this.#random)
  }

  paused(endpoint: T, untilMs: number): void {
    this.#entry(endpoint).pausedUntil = untilMs
  }

  #entry(endpoint: T): Entry<T> {
    return this.#entries.find((entry) => entry.endpoint === endpoint)!
  }
}

interface Entry<T> {
  readonly endpoint: T
  /** In a row. */
  failures: number
  /** When the first of them was. */
  failingSince: number
  failedAt: number
  avoidedUntil: number
  pausedUntil: number
}
