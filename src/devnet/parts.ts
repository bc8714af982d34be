import { setTimeout as sleep } from 'node:timers/promises'

/** What must be ended. */
interface Part {
  close(): Promise<void>
}

/** Parts that were started, to be ended together: those that were added last first, in groups. */
export class Parts {
  readonly #groups: Part[][] = []
  readonly #patienceMs: number
  #closed: Promise<void> | undefined

  /** @param options - `patienceMs`: how long a group is waited for before the next one is ended under it. */
  constructor(options: { readonly patienceMs: number }) {
    this.#patienceMs = options.patienceMs
  }

  /** Whatever is added from now on is ended before, and may need until its end, what was added until now. */
  beginGroup(): void {
    this.#groups.push([])
  }

  add<T extends Part>(part: T): T {
    if (this.#groups.length === 0) this.beginGroup()
    this.#groups.at(-1)!.push(part)
    return part
  }

  /** Ends every part, also after one that cannot be ended; then throws what that one threw. */
  close(): Promise<void> {
    this.#closed ??= this.#closeAll()
    return this.#closed
  }

  async #closeAll(): Promise<void> {
    const errors: unknown[] = []
    const ending: Promise<unknown>[] = []
    for (const group of this.#groups.reverse()) {
      const ended = Promise.all(
        group.map((part) => part.close().catch((error) => errors.push(error))),
      )
      ending.push(ended)
      const giveUp = new AbortController()
      const { signal } = giveUp
      await Promise.race([ended, sleep(this.#patienceMs, undefined, { signal }).catch(() => {})])
      giveUp.abort()
    }
    await Promise.all(ending)
    if (errors.length > 0) throw errors[0]
  }
}
