import type { Clock } from '../../runtime/clock.ts'
import { OpenCalls } from './openCalls.ts'
import { StepClock } from './stepClock.ts'

/** What batcher and proposer go by. */
export interface ServiceTime {
  /** When they look at the chains. */
  readonly clock: Clock
  /** When they look what has become of their transactions, and send them again. */
  readonly accountClock: Clock
  /** Whatever a service calls outside of itself. */
  watch<T extends object>(target: T): T
  /** To be called before a service starts: time may have gone back since it was stopped. */
  begin(): void
  /** Resolves when a service whose time stands still has done all that it can; at once where time flows. */
  settled(): Promise<void>
}

/** The time of the host: services act when they can. */
export function hostTime(clock: Clock): ServiceTime {
  return {
    clock,
    accountClock: clock,
    watch: (target) => target,
    begin() {},
    async settled() {},
  }
}

/** Time that stands still but for turns: all that a service does, it does in one of them. */
export class Turns implements ServiceTime {
  readonly clock: StepClock
  readonly accountClock: StepClock
  readonly #chain: Pick<Clock, 'now'>
  readonly #calls = new OpenCalls()

  /** @param deps - `clock`: that of the chains. */
  constructor(deps: { readonly clock: Pick<Clock, 'now'> }) {
    this.#chain = deps.clock
    this.clock = new StepClock(deps.clock.now())
    this.accountClock = new StepClock(deps.clock.now())
  }

  watch<T extends object>(target: T): T {
    return this.#calls.watch(target)
  }

  begin(): void {
    this.accountClock.set(this.#chain.now())
    this.clock.set(this.#chain.now())
  }

  settled(): Promise<void> {
    return this.#calls.settled()
  }

  /** Lets the service do what it would do by then. Resolves when what it sent is in the pool of L1. */
  async take(timeMs: number): Promise<void> {
    // What it does next depends on what has become of its transactions, and not on which it learns first.
    for (const clock of [this.accountClock, this.clock]) {
      clock.set(timeMs)
      await this.settled()
    }
  }
}
