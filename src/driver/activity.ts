/**
 * What the driver lets happen.
 *
 * - `reset`: find the heads, and set them.
 * - `insert`: make a block from elsewhere the head.
 * - `queue`: the same with a block that had to wait for others.
 * - `step`: of the sequencer.
 * - `derive`: read L1. Runs beside all others.
 * - `verify`: give the engine what was derived.
 */
export type ActivityKind = 'reset' | 'insert' | 'queue' | 'step' | 'derive' | 'verify'

/** Somebody whom the driver lets act. It decides nothing by itself about time or faults. */
export interface Actor {
  readonly kind: ActivityKind
  /** When to call `act` next; `undefined` while there is nothing to do. Milliseconds since the Unix epoch. */
  nextActionMs(): number | undefined
  /** @throws {ChainError} what went wrong. The state is such that a later call goes on from there. */
  act(signal: AbortSignal): Promise<void>
  /** What `act` threw is temporary: puts the next attempt off. */
  tryLater(error: unknown): void
}

/** One thing that the driver lets happen, and how it ended. */
export class Activity {
  readonly actor: Actor
  /** `undefined` while it runs. */
  result:
    | { readonly type: 'done' }
    | { readonly type: 'failed'; readonly error: unknown }
    | undefined
  readonly #abort = new AbortController()
  readonly #settled: Promise<void>

  /**
   * @param signal - Aborts the activity too.
   * @param onEnd - Called once `result` is there.
   */
  constructor(actor: Actor, signal: AbortSignal, onEnd: () => void) {
    this.actor = actor
    const abort = () => this.#abort.abort(signal.reason)
    signal.addEventListener('abort', abort, { once: true })
    this.#settled = actor
      .act(this.#abort.signal)
      .then(
        () => {
          this.result = { type: 'done' }
        },
        (error: unknown) => {
          this.result = { type: 'failed', error }
        },
      )
      .finally(() => {
        signal.removeEventListener('abort', abort)
        onEnd()
      })
  }

  get isAborted(): boolean {
    return this.#abort.signal.aborted
  }

  abort(reason: Error): void {
    this.#abort.abort(reason)
  }

  /** Aborts it and waits until it has ended. */
  async end(reason: Error): Promise<void> {
    this.abort(reason)
    await this.#settled
  }
}
