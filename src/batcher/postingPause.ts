import type { Hash } from '../base/hex.ts'
import type { Clock } from '../runtime/clock.ts'

// Polls to let pass before posting from the same safe head once more.
const longestPausePolls = 64

/** How long to post nothing after posting has come to nothing. */
export class PostingPause {
  readonly #pollIntervalMs: number
  readonly #clock: Clock
  /** How often batches behind that safe head were posted and did not become safe. */
  #inVain: { readonly safe: Hash; readonly times: number } | undefined
  #hasPosted = false
  #endMs = 0

  constructor(options: { readonly pollIntervalMs: number }, deps: { readonly clock: Clock }) {
    this.#pollIntervalMs = options.pollIntervalMs
    this.#clock = deps.clock
  }

  get isOver(): boolean {
    return this.#clock.now() >= this.#endMs
  }

  notePosted(): void {
    this.#hasPosted = true
  }

  /** A transaction failed: the next may be sent with the next poll. */
  afterFailure(): void {
    this.#endMs = Math.max(this.#endMs, this.#clock.now() + this.#pollIntervalMs)
  }

  /**
   * Posting begins anew behind a safe head; behind the same one later each time: what has not become safe once will
   * hardly do so again and again.
   *
   * @returns how often what was posted behind it did not become safe.
   */
  afterStartingOver(safe: Hash): number {
    const before = this.#inVain?.safe === safe ? this.#inVain.times : 0
    const times = this.#hasPosted ? before + 1 : before
    this.#inVain = { safe, times }
    this.#hasPosted = false
    const polls = times < 2 ? 0 : Math.min(2 ** times, longestPausePolls)
    this.#endMs = this.#clock.now() + polls * this.#pollIntervalMs
    return times
  }
}
