import { nextTurn } from '../../runtime/nextTurn.ts'

/**
 * Knows when somebody has nothing to do: who waits neither for an answer nor for a thread waits for a clock.
 *
 * All that one calls outside of one's own code must be watched for that.
 */
export class OpenCalls {
  #count = 0
  #ended: (() => void)[] = []

  /** The same object, whose calls are watched from now on. */
  watch<T extends object>(target: T): T {
    return new Proxy(target, {
      get: (_, name) => {
        const member: unknown = Reflect.get(target, name, target)
        if (typeof member !== 'function') return member
        return (...args: unknown[]) => {
          const result: unknown = member.apply(target, args)
          if (result instanceof Promise) void this.#note(result)
          return result
        }
      },
    })
  }

  /** Resolves when no call is open, also none that comes of an answer or of a clock that was set just now. */
  async settled(): Promise<void> {
    for (;;) {
      // What is free to go on has gone on by then.
      await nextTurn()
      if (this.#count === 0) return
      await new Promise<void>((resolve) => this.#ended.push(resolve))
    }
  }

  async #note(result: Promise<unknown>): Promise<void> {
    this.#count++
    await result.catch(() => undefined)
    this.#count--
    if (this.#count > 0) return
    const ended = this.#ended
    this.#ended = []
    for (const resolve of ended) resolve()
  }
}
