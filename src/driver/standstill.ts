/** For how long something has been the same. */
export class Standstill {
  #state: unknown
  #sinceMs: number

  constructor(nowMs: number) {
    this.#sinceMs = nowMs
  }

  /** When it was last seen to change; before the first time, when this was made. Milliseconds since the Unix epoch. */
  get sinceMs(): number {
    return this.#sinceMs
  }

  /** @param state - Compared with `===`. */
  note(state: unknown, nowMs: number): void {
    if (state === this.#state) return
    this.#state = state
    this.#sinceMs = nowMs
  }
}
