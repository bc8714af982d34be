import type { Clock } from '../runtime/clock.ts'

/** A clock that stands still until it is told to move. Sleepers wake in the order of their times. */
export class ManualClock implements Clock {
  #nowMs: number
  #sleepers: { readonly timeMs: number; readonly wake: () => void }[] = []

  constructor(startMs = 0) {
    this.#nowMs = startMs
  }

  now(): number {
    return this.#nowMs
  }

  /** How many sleep. Zero after everything that used the clock has ended. */
  get sleeping(): number {
    return this.#sleepers.length
  }

  sleepUntil(timeMs: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason)
      if (timeMs <= this.#nowMs) return resolve()
      const sleeper = {
        timeMs,
        wake: () => {
          signal?.removeEventListener('abort', abort)
          resolve()
        },
      }
      const abort = () => {
        this.#sleepers = this.#sleepers.filter((other) => other !== sleeper)
        reject(signal!.reason)
      }
      signal?.addEventListener('abort', abort, { once: true })
      this.#sleepers.push(sleeper)
    })
  }

  /** Moves time forward by `durationMs`, stopping at every sleeper on the way until all it sets off has settled. */
  async advance(durationMs: number): Promise<void> {
    await this.advanceTo(this.#nowMs + durationMs)
  }

  /** As `advance`, to a point in time. */
  async advanceTo(timeMs: number): Promise<void> {
    await settle()
    for (;;) {
      const next = this.#earliest()
      if (next === undefined || next.timeMs > timeMs) break
      this.#sleepers = this.#sleepers.filter((other) => other !== next)
      this.#nowMs = Math.max(this.#nowMs, next.timeMs)
      next.wake()
      await settle()
    }
    this.#nowMs = Math.max(this.#nowMs, timeMs)
    await settle()
  }

  /** Sets the time, forward or backward, and wakes nobody: the host's clock was corrected. */
  set(timeMs: number): void {
    this.#nowMs = timeMs
  }

  #earliest() {
    let earliest = this.#sleepers[0]
    for (const sleeper of this.#sleepers) {
      if (sleeper.timeMs < earliest!.timeMs) earliest = sleeper
    }
    return earliest
  }
}

/** Resolves when no promise chain that is free to run is left. */
export function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
