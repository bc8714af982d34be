import type { Clock } from '../../runtime/clock.ts'

interface Sleeper {
  readonly timeMs: number
  readonly wake: () => void
}

/** A clock that stands still until it is set. */
export class StepClock implements Clock {
  #nowMs: number
  readonly #sleepers = new Set<Sleeper>()

  constructor(startMs: number) {
    this.#nowMs = startMs
  }

  now(): number {
    return this.#nowMs
  }

  sleepUntil(timeMs: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason)
      if (timeMs <= this.#nowMs) return resolve()
      const end = () => {
        this.#sleepers.delete(sleeper)
        signal?.removeEventListener('abort', abort)
      }
      const abort = () => {
        end()
        reject(signal!.reason)
      }
      const wake = () => {
        end()
        resolve()
      }
      const sleeper: Sleeper = { timeMs, wake }
      this.#sleepers.add(sleeper)
      signal?.addEventListener('abort', abort, { once: true })
    })
  }

  /** Makes it `timeMs` now, forward or backward, and wakes those who slept until then, the first first. */
  set(timeMs: number): void {
    this.#nowMs = timeMs
    const due = [...this.#sleepers].filter((sleeper) => sleeper.timeMs <= timeMs)
    for (const { wake } of due.sort((a, b) => a.timeMs - b.timeMs)) wake()
  }
}
