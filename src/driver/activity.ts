/** One thing that the driver lets happen, and how it ended. */
export class Activity {
  readonly kind: 'reset' | 'insert' | 'step'
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
  constructor(
    kind: Activity['kind'],
    task: (signal: AbortSignal) => Promise<void>,
    signal: AbortSignal,
    onEnd: () => void,
  ) {
    this.kind = kind
    const abort = () => this.#abort.abort(signal.reason)
    signal.addEventListener('abort', abort, { once: true })
    this.#settled = task(this.#abort.signal)
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
