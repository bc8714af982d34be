import { ChainError } from '../base/errors.ts'
import { backoffDelayMs } from '../runtime/backoff.ts'
import type { Clock } from '../runtime/clock.ts'
import type { Random } from '../runtime/random.ts'

// After these the same thing is tried again.
const temporaryPauseMs = 1_000
// Differs: op-node waits 30 s for an engine that syncs. Half of it keeps the promise to be back within 30 s of the
// end of a fault.
const syncingBackoff = { baseDelayMs: 2_000, maxDelayMs: 15_000 }
const derivationBackoff = { baseDelayMs: 250, maxDelayMs: 10_000 }
// A reset of derivation that comes longer after the one before is not a consequence of it.
const quietMs = 60_000
// An engine that says "syncing" this often has lost our head rather than not got it yet.
const syncingBeforeReset = 3

/** How long the driver waits after a fault: longer each time that it comes again. */
export class Patience {
  readonly #clock: Clock
  readonly #random: Random
  #syncingAnswers = 0
  /** Failures of derivation since it last came forward. */
  #derivationFailures = 0
  /** Resets that derivation asked for, one soon after the other. */
  #derivationResets = { count: 0, lastMs: Number.NEGATIVE_INFINITY }

  constructor(deps: { readonly clock: Clock; readonly random: Random }) {
    this.#clock = deps.clock
    this.#random = deps.random
  }

  /** After a temporary error of what goes through the engine. `isLost`: the heads should be found anew. */
  afterFault(error: unknown): { readonly pauseMs: number; readonly isLost: boolean } {
    if (!(error instanceof ChainError) || error.code !== 'ENGINE_SYNCING') {
      return { pauseMs: temporaryPauseMs, isLost: false }
    }
    const answers = ++this.#syncingAnswers
    const pauseMs = backoffDelayMs(answers, syncingBackoff, this.#random)
    return { pauseMs, isLost: answers >= syncingBeforeReset }
  }

  /** The engine has taken a block. */
  noteEngineWorks(): void {
    this.#syncingAnswers = 0
  }

  /** Milliseconds to wait after a temporary error of derivation. */
  afterFailedDerivation(): number {
    return backoffDelayMs(++this.#derivationFailures, derivationBackoff, this.#random)
  }

  noteDerived(): void {
    this.#derivationFailures = 0
  }

  /**
   * Milliseconds for which derivation is to wait because it asks for a reset. One is answered at once; when the next
   * one follows soon, it waits: resets disturb the sequencer.
   */
  afterDerivationReset(): number {
    const nowMs = this.#clock.now()
    const { count, lastMs } = this.#derivationResets
    const before = nowMs - lastMs > quietMs ? 0 : count
    this.#derivationResets = { count: before + 1, lastMs: nowMs }
    return before === 0 ? 0 : backoffDelayMs(before, derivationBackoff, this.#random)
  }
}
