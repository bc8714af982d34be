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

export interface PatienceDeps {
  readonly clock: Clock
  readonly random: Random
  /** Told when an engine has said "syncing" so often that the heads should be found anew. */
  readonly onLost: () => void
}

/** How long the driver waits after a fault: longer each time that it comes again. */
export class Patience {
  readonly #deps: PatienceDeps
  #syncingAnswers = 0
  /** Failures of derivation since it last came forward. */
  #derivationFailures = 0
  /** Resets that derivation asked for, one soon after the other. */
  #derivationResets = { count: 0, lastMs: Number.NEGATIVE_INFINITY }

  constructor(deps: PatienceDeps) {
    this.#deps = deps
  }

  /** Milliseconds to wait after a temporary error of what goes through the engine. */
  afterFault(error: unknown): number {
    if (!(error instanceof ChainError) || error.code !== 'ENGINE_SYNCING') return temporaryPauseMs
    this.#syncingAnswers++
    if (this.#syncingAnswers >= syncingBeforeReset) this.#deps.onLost()
    return backoffDelayMs(this.#syncingAnswers, syncingBackoff, this.#deps.random)
  }

  /** The engine has taken a block. */
  noteEngineWorks(): void {
    this.#syncingAnswers = 0
  }

  /** Milliseconds to wait after a temporary error of derivation. */
  afterFailedDerivation(): number {
    return backoffDelayMs(++this.#derivationFailures, derivationBackoff, this.#deps.random)
  }

  noteDerived(): void {
    this.#derivationFailures = 0
  }

  /**
   * Milliseconds for which derivation is to wait because it asks for a reset. One is answered at once; when the next
   * one follows soon, it waits: resets disturb the sequencer.
   */
  afterDerivationReset(): number {
    const nowMs = this.#deps.clock.now()
    const { count, lastMs } = this.#derivationResets
    const before = nowMs - lastMs > quietMs ? 0 : count
    this.#derivationResets = { count: before + 1, lastMs: nowMs }
    return before === 0 ? 0 : backoffDelayMs(before, derivationBackoff, this.#deps.random)
  }
}
