export interface SealingMarginOptions {
  readonly minMs: number
  readonly maxMs: number
}

const remembered = 100
// A block this much late, once in a while, is in time.
const toleranceMs = 5
// What op-node reserves always.
const initialMs = 50

/**
 * How long before its timestamp a block must be sealed, learned from the blocks before.
 *
 * Covers all of the last hundred sealings but the slowest, up to a small tolerance, and never less than the median:
 * one slow block in a hundred must not take build time from the others.
 */
export class SealingMargin {
  readonly #options: SealingMarginOptions
  readonly #durationsMs: number[] = []
  #marginMs: number

  constructor(options: SealingMarginOptions) {
    this.#options = options
    this.#marginMs = this.#clamp(initialMs)
  }

  get marginMs(): number {
    return this.#marginMs
  }

  /** Notes the time from when a block was due to be sealed until it was the head of the engine. */
  record(durationMs: number): void {
    this.#durationsMs.push(durationMs)
    if (this.#durationsMs.length > remembered) this.#durationsMs.shift()
    const sorted = this.#durationsMs.toSorted((a, b) => a - b)
    const median = sorted[sorted.length >> 1]!
    const slow = sorted.at(-2) ?? median
    this.#marginMs = this.#clamp(Math.max(median, slow - toleranceMs))
  }

  #clamp(durationMs: number): number {
    return Math.min(Math.max(durationMs, this.#options.minMs), this.#options.maxMs)
  }
}
