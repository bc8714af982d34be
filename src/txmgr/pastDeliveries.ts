import { equalBytes } from '../base/bytes.ts'
import { maxBigInt } from '../base/minMaxBigInt.ts'
import type { L1TxBackend } from './backend.ts'
import type { Delivery } from './delivery.ts'
import type { PreparedTx, TxDraft } from './txFactory.ts'

/** A delivery that has had its confirmations. */
export interface ConfirmedDelivery {
  /** As in `Flight`. */
  readonly order: number
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
  /** By order. */
  #confirmed: readonly ConfirmedDelivery[] = []

  constructor(deps: { readonly backend: L1TxBackend }) {
    this.#backend = deps.backend
  }

  get hasConfirmed(): boolean {
    return this.#confirmed.length > 0
  }

  giveUp(deliveries: readonly Delivery[]): void {
    this.#givenUp = [...this.#givenUp, ...deliveries].slice(-rememberedDeliveries)
  }

  /** Remembers one as confirmed, and no more as given up on. */
  confirm(confirmed: ConfirmedDelivery): void {
    this.forget(confirmed.delivery)
    const all = [...this.#confirmed, confirmed].toSorted((a, b) => a.order - b.order)
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
    const isLost = ({ delivery }: ConfirmedDelivery) => delivery.tx.unsigned.nonce >= nonce
    const lost = this.#confirmed.filter(isLost)
    this.#confirmed = this.#confirmed.filter((confirmed) => !isLost(confirmed))
    return lost
  }

  /**
   * The same transaction where it was given up on before, so that it does not get in twice: it is in a block after all,
   * or has just the nonce that is next.
   *
   * @throws {ChainError} `temporary`
   */
  async find(draft: TxDraft, nonce: bigint, signal: AbortSignal): Promise<Delivery | undefined> {
    const former = this.#givenUp.find(({ tx }) => isMadeOf(tx, draft))
    if (former === undefined) return undefined
    const own = former.tx.unsigned.nonce
    if (own === nonce) return former
    if (own > nonce) return undefined
    const receipts = [...former.sent].map((hash) => this.#backend.receipt(hash, signal))
    return (await Promise.all(receipts)).some((found) => found !== undefined) ? former : undefined
  }

  /** Forgets that one was given up on. */
  forget(delivery: Delivery): void {
    this.#givenUp = this.#givenUp.filter((other) => other !== delivery)
  }

  /** Forgets all that was given up on and would do what the draft does: it is on its way again. */
  forgetMadeOf(draft: TxDraft): void {
    this.#givenUp = this.#givenUp.filter(({ tx }) => !isMadeOf(tx, draft))
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
