import type { Clock } from './clock.ts'
import { nextTurn } from './nextTurn.ts'

/**
 * Keeps many tasks together from holding the event loop: in each of its turns they get one slice of time, and whoever
 * does not fit into it waits for the next ones, in the order they came. Everyone else waits for one slice at most.
 *
 * The line has no bound of its own: each place in it is a caller that awaits its turn.
 */
export class Turnstile {
  readonly #sliceMs: number
  readonly #clock: Pick<Clock, 'now'>
  readonly #line: (() => void)[] = []
  #isOpen = false
  #sliceEndMs = Number.NEGATIVE_INFINITY

  constructor(sliceMs: number, clock: Pick<Clock, 'now'>) {
    this.#sliceMs = sliceMs
    this.#clock = clock
  }

  /** For a task that begins. */
  pass(): Promise<void> {
    const passed = new Promise<void>((resolve) => this.#line.push(resolve))
    if (!this.#isOpen) void this.#open()
    return passed
  }

  /** For a task that goes on: waits when the slice is over. */
  pauseWhenSpent(): Promise<void> | undefined {
    return this.#clock.now() < this.#sliceEndMs ? undefined : this.pass()
  }

  async #open(): Promise<void> {
    this.#isOpen = true
    while (this.#line.length > 0) {
      await nextTurn()
      this.#sliceEndMs = this.#clock.now() + this.#sliceMs
      do {
        this.#line.shift()!()
        // It runs before the next one is let through.
        await undefined
      } while (this.#line.length > 0 && this.#clock.now() < this.#sliceEndMs)
    }
    this.#isOpen = false
  }
}
