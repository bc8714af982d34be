import type { Clock } from './clock.ts'

/** Lets at most `count` calls pass in any `periodMs`; later ones wait. One caller at a time. */
export class RateLimit {
  readonly #count: number
  readonly #periodMs: number
  readonly #clock: Clock
  /** When the last `count` calls passed, oldest first. */
  #passedMs: number[] = []

  constructor(
    options: { readonly count: number; readonly periodMs: number },
    deps: { readonly clock: Clock },
  ) {
    this.#count = options.count
    this.#periodMs = options.periodMs
    this.#clock = deps.clock
  }

  /** Resolves when the call may be made. @throws the signal's reason when it aborts. */
  async pass(signal?: AbortSignal): Promise<void> {
    const oldest = this.#passedMs[0]
    if (this.#passedMs.length >= this.#count && oldest !== undefined) {
      await this.#clock.sleepUntil(oldest + this.#periodMs, signal)
      this.#passedMs.shift()
    }
    this.#passedMs.push(this.#clock.now())
  }

  /** Forgets the calls so far: they led somewhere, only fruitless ones are to be held back. */
  forgive(): void {
    this.#passedMs = []
  }
}
