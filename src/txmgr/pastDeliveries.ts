import { equalBytes } from '../base/bytes.ts'
import { maxBigInt } from '../base/minMaxBigInt.ts'
import type { L1TxBackend } from './backend.ts'
import type { Delivery } from './delivery.ts'
import type { PreparedTx, TxDraft } from './txFactory.ts'

/** A delivery that has had its confirmations. */
export interface ConfirmedDelivery {
  readonly delivery: Delivery
  /** `undefined` when L1 has lost it: however old it was, it may still have to be sent again. */
  readonly blockNumber: bigint | undefined
}

// Of each kind: more than batchers have on their way at one time.
const rememberedDeliveries = 100
// L1 does not reorganize deeper; blobs are large to remember.
const rememberedBlocks = 64n

/**
 * Deliveries that have ended and may matter again: what was given up on can get into a block nevertheless, and a reorg
 * deeper than the confirmations takes out what was confirmed.
 */
export class PastDeliveries {
  readonly #backend: L1TxBackend
  /** The newest last. */
  #givenUp: readonly Delivery[] = []
  /** By nonce. */
  #confirmed: readonly ConfirmedDelivery[] = []

  constructor(deps: { readonly backend: L1TxBackend }) {
    this.#backend = deps.backend
  }

  get hasConfirmed(): boolean {
    return this.#confirmed.length > 0
  }

  /** Remembers one that was given up on, if L1 may have it. */
  giveUp(delivery: Delivery): void {
    if (delivery.sent.size === 0) return
    this.#givenUp = [...this.#givenUp, delivery].slice(-rememberedDeliveries)
  }

  /** Remembers one as confirmed, and no more as given up on. */
  confirm(confirmed: ConfirmedDelivery): void {
    this.forget(confirmed.delivery)
    const all = [...this.#confirmed, confirmed].toSorted((a, b) =>
      Number(a.delivery.nonce - b.delivery.nonce),
    )
    const newest = all.map(({ blockNumber = 0n }) => blockNumber).reduce(maxBigInt)
    this.#confirmed = all
      .filter(({ blockNumber = newest }) => blockNumber + rememberedBlocks >= newest)
      .slice(-rememberedDeliveries)
  }

  /**
   * Takes out what was confirmed and is lost.
   *
   * @param nonce - Of the account, in L1's newest block: it has nothing with that one or a higher one.
   */
  takeLost(nonce: bigint): readonly ConfirmedDelivery[] {
    const isLost = ({ delivery }: ConfirmedDelivery) => delivery.nonce >= nonce
    const lost = this.#confirmed.filter(isLost)
    this.#confirmed = this.#confirmed.filter((confirmed) => !isLost(confirmed))
    return lost
  }

  /**
   * The same transaction where it was given up on before, so that it does not get in twice: it is in a block after all,
   * or still can get into one.
   *
   * @param isFree - Whether nothing has that nonce, neither in a block nor on its way.
   * @throws {ChainError} `temporary`
   */
  async find(
    draft: TxDraft,
    isFree: (nonce: bigint) => boolean,
    signal: AbortSignal,
  ): Promise<Delivery | undefined> {
    // Where there are many, L1's pools hold the newest.
    const formers = this.#givenUp.filter(({ tx }) => isMadeOf(tx, draft)).reverse()
    for (const former of formers) if (await this.#isMined(former, signal)) return former
    return formers.find(({ nonce }) => isFree(nonce))
  }

  async #isMined({ sent }: Delivery, signal: AbortSignal): Promise<boolean> {
    const receipts = await Promise.all([...sent].map((hash) => this.#backend.receipt(hash, signal)))
    return receipts.some((found) => found !== undefined)
  }

  /** Forgets that one was given up on. */
  forget(delivery: Delivery): void {
    this.#givenUp = this.#givenUp.filter((other) => other !== delivery)
  }

  forgetAll(): void {
    this.#givenUp = []
    this.#confirmed = []
  }
}

/** Whether a transaction does what a draft would, whatever it offers for it. */
function isMadeOf({ unsigned }: PreparedTx, { candidate, versionedHashes = [] }: TxDraft): boolean {
  const { to, data, value = 0n } = candidate
  const hashes = unsigned.blobs?.versionedHashes ?? []
  return (
    unsigned.to === to &&
    unsigned.value === value &&
    equalBytes(unsigned.data, data) &&
    hashes.join() === versionedHashes.join()
  )
}
