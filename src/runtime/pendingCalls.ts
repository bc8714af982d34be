interface PendingCall {
  readonly resolve: (value: unknown) => void
  readonly reject: (reason: unknown) => void
}

/** Calls to another thread that wait for their answers. */
export class PendingCalls {
  readonly #calls = new Map<number, PendingCall>()
  #lastId = 0

  /**
   * Sends a call and waits for its answer.
   *
   * @param onAbort - Called once when the signal aborts before the answer is there; the call is rejected at once.
   */
  begin(
    send: (id: number) => void,
    signal: AbortSignal | undefined,
    onAbort: (id: number) => void = () => undefined,
  ): Promise<unknown> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason)
      const id = ++this.#lastId
      const abort = () => {
        onAbort(id)
        this.#take(id)?.reject(signal!.reason)
      }
      const done = () => signal?.removeEventListener('abort', abort)
      signal?.addEventListener('abort', abort, { once: true })
      this.#calls.set(id, {
        resolve: (value) => {
          done()
          resolve(value)
        },
        reject: (reason) => {
          done()
          reject(reason)
        },
      })
      send(id)
    })
  }

  /** An answer has come. One that nobody waits for any more is ignored. */
  resolve(id: number, value: unknown): void {
    this.#take(id)?.resolve(value)
  }

  /** An error has come instead. */
  reject(id: number, reason: unknown): void {
    this.#take(id)?.reject(reason)
  }

  /** No answer will come any more. */
  rejectAll(reason: unknown): void {
    for (const id of [...this.#calls.keys()]) this.#take(id)?.reject(reason)
  }

  #take(id: number): PendingCall | undefined {
    const call = this.#calls.get(id)
    this.#calls.delete(id)
    return call
  }
}
