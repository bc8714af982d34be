/**
 * Lets a bounded number of tasks run at once; the others wait in the order they came.
 *
 * The line has no bound of its own: each place in it is a caller that awaits its turn.
 */
export class Limiter {
  #free: number
  readonly #waiting = new Set<() => void>()

  /** @param maxRunning - At least 1. */
  constructor(maxRunning: number) {
    this.#free = maxRunning
  }

  /** @throws what the task throws; the signal's reason when it aborts before the task's turn. */
  async run<T>(task: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    signal?.throwIfAborted()
    if (this.#free > 0) this.#free--
    else await this.#turn(signal)
    try {
      return await task()
    } finally {
      this.#release()
    }
  }

  #turn(signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const start = () => {
        signal?.removeEventListener('abort', leave)
        resolve()
      }
      const leave = () => {
        this.#waiting.delete(start)
        reject(signal!.reason)
      }
      this.#waiting.add(start)
      signal?.addEventListener('abort', leave, { once: true })
    })
  }

  #release(): void {
    // The place goes straight to the first in line: a newcomer cannot take it in between.
    const [next] = this.#waiting
    if (next === undefined) {
      this.#free++
    } else {
      this.#waiting.delete(next)
      next()
    }
  }
}
