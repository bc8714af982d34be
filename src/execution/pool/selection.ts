import type { Address } from '../../base/hex.ts'
import { Heap } from './heap.ts'
import { effectiveTip, type PooledTransaction } from './pooledTransaction.ts'

/** What a selection reads of the pool. */
export interface SelectionSource {
  /** The pending transaction of that sender and nonce as it is now. */
  pendingAt(sender: Address, nonce: bigint): PooledTransaction | undefined
  /** The first pending transaction of each sender. */
  firstPending(): Iterable<PooledTransaction>
}

interface Candidate {
  readonly transaction: PooledTransaction
  readonly tip: bigint
}

/**
 * The pool's transactions in the order in which one block wants them: highest tip first, then by
 * arrival, a sender's own by nonce.
 *
 * It stays open while the block is built: what arrives in the meantime joins by {@link offer}.
 */
export class PoolSelection {
  readonly #source: SelectionSource
  readonly #baseFeePerGas: bigint
  readonly #candidates: Heap<Candidate>
  /** Senders that were met, with the nonce that comes next; `undefined` when nothing more may come. */
  readonly #next = new Map<Address, bigint | undefined>()

  constructor(options: { readonly baseFeePerGas: bigint }, deps: { source: SelectionSource }) {
    this.#source = deps.source
    this.#baseFeePerGas = options.baseFeePerGas
    const first: Candidate[] = []
    for (const transaction of deps.source.firstPending()) {
      const candidate = this.#meet(transaction)
      if (candidate !== undefined) first.push(candidate)
    }
    this.#candidates = new Heap(comesBefore, first)
  }

  /**
   * Takes out the best transaction left. What becomes of it must be told by {@link include} or
   * {@link skipSender}; others may be offered until then.
   */
  next(): PooledTransaction | undefined {
    for (;;) {
      const transaction = this.#candidates.pop()?.transaction
      if (transaction === undefined) return undefined
      const { sender, nonce } = transaction
      // The sender is past it, or given up.
      if (this.#next.get(sender) !== nonce) continue
      const current = this.#source.pendingAt(sender, nonce)
      if (current === transaction) return current
      // Replaced or gone since it was offered.
      if (current !== undefined) this.#consider(current)
    }
  }

  /** The transaction went into the block: its sender's next one may follow. */
  include({ sender, nonce }: PooledTransaction): void {
    this.#next.set(sender, nonce + 1n)
    const following = this.#source.pendingAt(sender, nonce + 1n)
    if (following !== undefined) this.#consider(following)
  }

  /** The transaction does not go into the block, and so can none of the same sender. */
  skipSender({ sender }: PooledTransaction): void {
    this.#next.set(sender, undefined)
  }

  /** A transaction that became pending after the selection began. */
  offer(transaction: PooledTransaction): void {
    const { sender, nonce } = transaction
    if (this.#next.has(sender)) {
      if (this.#next.get(sender) === nonce) this.#consider(transaction)
      return
    }
    const candidate = this.#meet(transaction)
    if (candidate !== undefined) this.#candidates.push(candidate)
  }

  #meet(transaction: PooledTransaction): Candidate | undefined {
    this.#next.set(transaction.sender, transaction.nonce)
    const tip = effectiveTip(transaction, this.#baseFeePerGas)
    return tip === undefined ? undefined : { transaction, tip }
  }

  #consider(transaction: PooledTransaction): void {
    const tip = effectiveTip(transaction, this.#baseFeePerGas)
    if (tip !== undefined) this.#candidates.push({ transaction, tip })
  }
}

function comesBefore(a: Candidate, b: Candidate): boolean {
  if (a.tip !== b.tip) return a.tip > b.tip
  return a.transaction.arrival < b.transaction.arrival
}
