import { inSeconds } from '../base/duration.ts'
import { shortMessageOf } from '../base/errors.ts'
import type { Clock } from '../runtime/clock.ts'
import { TxError } from '../txmgr/txError.ts'

// Endpoints are asked with every poll; each has ten seconds to answer, and fallbacks behind it.
const leastPatienceMs = 60_000
const patiencePolls = 5

/** Remembers how a proposer gets on, to say what keeps it from its work. */
export class ProposerHealth {
  readonly #patienceMs: number
  readonly #clock: Clock
  /** What went wrong last, and since when nothing else did. */
  #failing: { readonly sinceMs: number; readonly error: unknown } | undefined

  constructor(
    { pollIntervalMs }: { readonly pollIntervalMs: number },
    deps: { readonly clock: Clock },
  ) {
    this.#patienceMs = Math.max(leastPatienceMs, patiencePolls * pollIntervalMs)
    this.#clock = deps.clock
  }

  /** A look came to its end, whatever it saw. */
  noteLook(): void {
    this.#failing = undefined
  }

  /** @param sinceMs - When that look began, which can take long. */
  noteFailure(error: unknown, sinceMs: number): void {
    this.#failing = { sinceMs: this.#failing?.sinceMs ?? sinceMs, error }
  }

  /** Why it does not do its work; empty when it does. */
  get problems(): string[] {
    if (this.#failing === undefined) return []
    const { sinceMs, error } = this.#failing
    const isUnpaid = error instanceof TxError && error.code === 'TX_UNDERFUNDED'
    const failingMs = this.#clock.now() - sinceMs
    if (!isUnpaid && failingMs <= this.#patienceMs) return []
    return [`no look has succeeded for ${inSeconds(failingMs)}: ${shortMessageOf(error)}`]
  }
}
