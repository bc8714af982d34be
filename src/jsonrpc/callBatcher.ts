/** A call on its way, with its caller's promise. */
export interface BatchCall extends CallRequest {
  resolve(result: unknown): void
  reject(error: unknown): void
}

/** A call that is to be sent. */
export interface CallRequest {
  readonly id: number
  readonly method: string
  readonly params: readonly unknown[]
  readonly timeoutMs: number
}

/** Sends calls as one request and settles each of them. Never throws. */
export type RunCalls = (calls: readonly BatchCall[], signal: AbortSignal) => Promise<unknown>

/** Collects the `eth_` and `debug_` calls of one turn of the event loop into batches; others go alone and at once. */
export class CallBatcher {
  #maxSize: number
  readonly #run: RunCalls
  #collected: Ticket[] = []

  constructor(maxSize: number, run: RunCalls) {
    this.#maxSize = maxSize
    this.#run = run
  }

  /** @throws the signal's reason as soon as it aborts; the request goes on for the others in the batch. */
  add(call: CallRequest, signal: AbortSignal): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const ticket: Ticket = { call: { ...call, resolve, reject }, signal }
      if (!/^(eth|debug)_/.test(call.method) || this.#maxSize <= 1) return this.#send([ticket])
      if (this.#collected.length === 0) setImmediate(() => this.#flush())
      this.#collected.push(ticket)
    })
  }

  /** Makes further batches smaller: the server did not take one of this size. */
  shrink(maxSize: number): void {
    this.#maxSize = Math.max(1, Math.min(this.#maxSize, maxSize))
  }

  #flush(): void {
    const tickets = this.#collected
    this.#collected = []
    for (let start = 0; start < tickets.length; start += this.#maxSize) {
      this.#send(tickets.slice(start, start + this.#maxSize))
    }
  }

  #send(tickets: readonly Ticket[]): void {
    const request = new AbortController()
    let waiting = tickets.length
    const unlink: (() => void)[] = []
    const live: BatchCall[] = []
    for (const { call, signal } of tickets) {
      const leave = () => {
        call.reject(signal.reason)
        // Nobody waits any more: break the request off.
        if (--waiting === 0) request.abort(signal.reason)
      }
      if (signal.aborted) {
        leave()
        continue
      }
      signal.addEventListener('abort', leave, { once: true })
      unlink.push(() => signal.removeEventListener('abort', leave))
      live.push(call)
    }
    if (live.length === 0) return
    void this.#run(live, request.signal).finally(() => {
      for (const remove of unlink) remove()
    })
  }
}

interface Ticket {
  readonly call: BatchCall
  readonly signal: AbortSignal
}
