import type { L1TxBackend } from './backend.ts'
import type { TxManagerOptions } from './options.ts'

/** Which of the tips is offered: the one at `blobTipCapPercentile` of those in the newest `blobTipCapRange` blocks. */
export type BlobTipOptions = Pick<TxManagerOptions, 'blobTipCapPercentile' | 'blobTipCapRange'>

/**
 * What transactions with blobs have tipped lately.
 *
 * Blobs have a market of their own: what the tip of other transactions is says little of what takes blobs into a block.
 */
export class BlobTips {
  readonly #options: BlobTipOptions
  readonly #backend: Pick<L1TxBackend, 'blobTips'>
  /** By block number. A reorg leaves a few that are no longer true, which a percentile can bear. */
  readonly #known = new Map<bigint, readonly bigint[]>()

  constructor(options: BlobTipOptions, deps: { readonly backend: Pick<L1TxBackend, 'blobTips'> }) {
    this.#options = options
    this.#backend = deps.backend
  }

  /**
   * A tip for blobs, in wei per gas; `undefined` when no block had any.
   *
   * @param head - Number of L1's newest block.
   * @throws {ChainError} `temporary`
   */
  async suggest(head: bigint, signal?: AbortSignal): Promise<bigint | undefined> {
    const { blobTipCapPercentile, blobTipCapRange } = this.#options
    const oldest = head - BigInt(blobTipCapRange) + 1n
    for (const number of this.#known.keys()) if (number < oldest) this.#known.delete(number)
    // One by one: whole blocks are large, and most are known from before.
    for (let number = oldest < 0n ? 0n : oldest; number <= head; number++) {
      if (this.#known.has(number)) continue
      this.#known.set(number, await this.#backend.blobTips(number, signal))
    }
    const tips = [...this.#known.values()].flat().toSorted(byValue)
    return tips[Math.floor(((tips.length - 1) * blobTipCapPercentile) / 100)]
  }
}

function byValue(a: bigint, b: bigint): number {
  return a < b ? -1 : Number(a > b)
}
