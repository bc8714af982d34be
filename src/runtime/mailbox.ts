import type { Clock } from './clock.ts'

/**
 * Messages from many tasks to the one loop that owns the state.
 *
 * Bounded: a full mailbox refuses what is posted. A message with a `key` takes the place of an unread
 * one with the same key, so that a stream of "latest head" signals never fills it.
 */
export class Mailbox<Message> {
  readonly #capacity: number
  readonly #clock: Clock
  #messages: { readonly key: string | undefined; message: Message }[] = []
  #wake: (() => void) | undefined
  #woken = false

  constructor(options: { readonly capacity: number }, deps: { readonly clock: Clock }) {
    this.#capacity = options.capacity
    this.#clock = deps.clock
  }

  /** Unread messages. */
  get length(): number {
    return this.#messages.length
  }

  /** False when the mailbox is full and the message was refused. */
  post(message: Message, key?: string): boolean {
    const unread = key === undefined ? undefined : this.#messages.find((slot) => slot.key === key)
    if (unread !== undefined) unread.message = message
    else if (this.#messages.length >= this.#capacity) return false
    else this.#messages.push({ key, message })
    this.wake()
    return true
  }

  /** Makes a `receive` that waits, or else the next one, return without a message. */
  wake(): void {
    this.#woken = true
    this.#wake?.()
  }

  /**
   * The oldest message; `undefined` once the clock passes `untilMs` or after `wake`.
   * One caller at a time.
   *
   * @throws the signal's reason when it aborts.
   */
  async receive(untilMs: number, signal: AbortSignal): Promise<Message | undefined> {
    signal.throwIfAborted()
    if (this.#messages.length === 0 && !this.#woken) await this.#wait(untilMs, signal)
    this.#woken = false
    return this.#messages.shift()?.message
  }

  /** Takes out all that is unread. */
  drain(): Message[] {
    const unread = this.#messages.map((slot) => slot.message)
    this.#messages = []
    return unread
  }

  async #wait(untilMs: number, signal: AbortSignal): Promise<void> {
    const timer = new AbortController()
    const abort = () => timer.abort(signal.reason)
    signal.addEventListener('abort', abort, { once: true })
    this.#wake = () => timer.abort()
    try {
      await this.#clock.sleepUntil(untilMs, timer.signal)
    } catch {
      signal.throwIfAborted()
    } finally {
      this.#wake = undefined
      signal.removeEventListener('abort', abort)
    }
  }
}
