import type { Clock } from './clock.ts'
import { nextTurn } from './nextTurn.ts'

/** Keeps long work from holding the event loop: after each budget everyone else gets a turn. */
export class StepBudget {
  readonly #budgetMs: number
  readonly #clock: Clock
  #startedMs: number

  constructor(budgetMs: number, clock: Clock) {
    this.#budgetMs = budgetMs
    this.#clock = clock
    this.#startedMs = clock.now()
  }

  /** Lets the event loop run once when the budget is spent; returns at once otherwise. */
  async pauseWhenSpent(): Promise<void> {
    if (this.#clock.now() - this.#startedMs < this.#budgetMs) return
    await nextTurn()
    this.#startedMs = this.#clock.now()
  }
}
