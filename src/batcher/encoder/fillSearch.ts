/** A compression that was made: so many first blocks, from so many bytes to so many. */
export interface Measure {
  readonly blockCount: number
  readonly rawBytes: number
  readonly compressedBytes: number
}

/**
 * What to do with a channel of so many blocks.
 *
 * - `room`: it takes more blocks.
 * - `measure`: compress that many first blocks, and report the result.
 * - `full`: that many first blocks fill it. They were measured.
 */
export type FillAdvice =
  | { readonly type: 'room' }
  | { readonly type: 'measure'; readonly blockCount: number }
  | { readonly type: 'full'; readonly blockCount: number }

/**
 * Finds how many blocks fill a channel, by compressing as seldom as possible.
 *
 * Nothing leaves on an estimate: estimates choose what is measured next, and whether one more block is worth the
 * try. A first block that is too large by itself fills the channel alone.
 */
export class FillSearch {
  readonly #targetBytes: number
  #fits: Measure = { blockCount: 0, rawBytes: 0, compressedBytes: 0 }
  #exceeds: Measure | undefined
  #ratio: number

  /** @param approxRatio - Compressed size by raw size, until something was measured. */
  constructor(targetBytes: number, approxRatio: number) {
    this.#targetBytes = targetBytes
    this.#ratio = approxRatio
  }

  /** Takes a measure that was asked for, or made anyway. */
  report(measure: Measure): void {
    if (measure.rawBytes > 0) this.#ratio = measure.compressedBytes / measure.rawBytes
    if (measure.compressedBytes > this.#targetBytes) {
      if (measure.blockCount < (this.#exceeds?.blockCount ?? Number.POSITIVE_INFINITY)) {
        this.#exceeds = measure
      }
    } else if (measure.blockCount > this.#fits.blockCount) {
      this.#fits = measure
    }
  }

  /** Compressed size by raw size, as last measured. */
  get ratio(): number {
    return this.#ratio
  }

  /**
   * @param blockCount - Blocks that there are.
   * @param rawBytes - Uncompressed bytes of so many first blocks.
   */
  advise(blockCount: number, rawBytes: (blockCount: number) => number): FillAdvice {
    const fits = this.#fits.blockCount
    const exceeds = this.#exceeds?.blockCount ?? Number.POSITIVE_INFINITY
    if (exceeds === 1) return { type: 'full', blockCount: 1 }
    const candidates = Math.min(blockCount, exceeds - 1)
    const best = this.#mostThatShouldFit(fits, candidates, rawBytes)
    if (best > fits) {
      // All that there is should fit: wait for more, unless the next size up is known to be too much.
      if (best === blockCount) return { type: 'room' }
      return { type: 'measure', blockCount: best }
    }
    if (fits > 0) return fits < blockCount ? { type: 'full', blockCount: fits } : { type: 'room' }
    // Not even one block should fit; measure the smallest channel there can be.
    return blockCount === 0 ? { type: 'room' } : { type: 'measure', blockCount: 1 }
  }

  #mostThatShouldFit(from: number, to: number, rawBytes: (blockCount: number) => number): number {
    // Most often all of them.
    if (this.#estimate(rawBytes(to)) <= this.#targetBytes) return to
    // Sizes grow with the count, so the last that should fit is found by halving.
    let [low, high] = [from, to]
    while (low < high) {
      const middle = (low + high + 1) >>> 1
      if (this.#estimate(rawBytes(middle)) <= this.#targetBytes) low = middle
      else high = middle - 1
    }
    return low
  }

  /** Between two measures on the line that joins them; beyond the last one by its ratio. */
  #estimate(rawBytes: number): number {
    const { rawBytes: from, compressedBytes: base } = this.#fits
    const slope =
      this.#exceeds === undefined
        ? this.#ratio
        : (this.#exceeds.compressedBytes - base) / (this.#exceeds.rawBytes - from)
    return base + (rawBytes - from) * slope
  }
}
