/**
 * Asked again and again while code runs, and awaited: gives others a turn where it is time for that, or throws to give
 * the code up.
 */
export type Pause = () => Promise<void> | undefined

// Looking at the clock takes longer than a short loop does.
const loopsPerPause = 16

/** The places where running code may pause: whatever takes long goes through jump destinations or calls. */
export class PausePoints {
  #pause: Pause | undefined
  #loops = 0

  /** @param pause - Of the code that runs next; `undefined` never pauses. */
  use(pause: Pause | undefined): void {
    this.#pause = pause
  }

  /** Code comes by a jump destination. */
  loop(): Promise<void> | undefined {
    if (this.#pause === undefined || ++this.#loops % loopsPerPause !== 0) return undefined
    return this.#pause()
  }

  /** Code calls other code, or a precompile. */
  call(): Promise<void> | undefined {
    return this.#pause?.()
  }
}
