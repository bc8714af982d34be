import type { Address } from '../../base/hex.ts'
import type { PooledTransaction } from './pooledTransaction.ts'

/** Nonce and balance of a sender at the head of the chain. */
export interface SenderAccount {
  readonly nonce: bigint
  /** Wei. */
  readonly balance: bigint
}

/** The transactions of one sender, one for each nonce. */
export class SenderQueue {
  readonly address: Address
  readonly #byNonce = new Map<bigint, PooledTransaction>()
  #account: SenderAccount
  // Over all transactions, wei.
  #totalCost = 0n
  #pendingCount = 0
  #pendingCost = 0n

  constructor(address: Address, account: SenderAccount) {
    this.address = address
    this.#account = account
  }

  get size(): number {
    return this.#byNonce.size
  }

  /** How many can be executed one after the other from the account's nonce on. */
  get pendingCount(): number {
    return this.#pendingCount
  }

  get account(): SenderAccount {
    return this.#account
  }

  /** Wei that all transactions together may take. */
  get totalCost(): bigint {
    return this.#totalCost
  }

  /** The nonce that follows the pending ones. */
  get nextNonce(): bigint {
    return this.#account.nonce + BigInt(this.#pendingCount)
  }

  at(nonce: bigint): PooledTransaction | undefined {
    return this.#byNonce.get(nonce)
  }

  /** Whether that nonce is among those that can be executed now. */
  isPending(nonce: bigint): boolean {
    return nonce >= this.#account.nonce && nonce < this.nextNonce
  }

  /** By nonce. */
  pending(): PooledTransaction[] {
    const list: PooledTransaction[] = []
    for (let nonce = this.#account.nonce; nonce < this.nextNonce; nonce++) {
      list.push(this.#byNonce.get(nonce)!)
    }
    return list
  }

  /** By nonce: what waits for an earlier nonce or for funds. */
  queued(): PooledTransaction[] {
    return [...this.#byNonce.values()]
      .filter(({ nonce }) => !this.isPending(nonce))
      .sort((a, b) => (a.nonce < b.nonce ? -1 : 1))
  }

  /** Takes the place of the transaction with the same nonce, if there is one. */
  put(transaction: PooledTransaction): void {
    const replaced = this.#byNonce.get(transaction.nonce)
    const wasPending = this.isPending(transaction.nonce)
    this.#totalCost += transaction.cost - (replaced?.cost ?? 0n)
    this.#byNonce.set(transaction.nonce, transaction)
    if (wasPending) this.#recount()
    else this.#extend()
  }

  remove(transaction: PooledTransaction): void {
    if (this.#byNonce.get(transaction.nonce) !== transaction) return
    this.#totalCost -= transaction.cost
    this.#byNonce.delete(transaction.nonce)
    this.#recount()
  }

  /** Moves to a new state of the account and gives back what can never be executed any more. */
  moveTo(account: SenderAccount): PooledTransaction[] {
    const { nonce, balance } = this.#account
    if (account.nonce === nonce && account.balance === balance) return []
    this.#account = account
    const outdated: PooledTransaction[] = []
    for (const transaction of this.#byNonce.values()) {
      if (transaction.nonce >= account.nonce) continue
      outdated.push(transaction)
      this.#totalCost -= transaction.cost
      this.#byNonce.delete(transaction.nonce)
    }
    this.#recount()
    return outdated
  }

  [Symbol.iterator](): Iterator<PooledTransaction> {
    return this.#byNonce.values()
  }

  #recount(): void {
    this.#pendingCount = 0
    this.#pendingCost = 0n
    this.#extend()
  }

  /** Counts on from the last pending transaction. */
  #extend(): void {
    for (;;) {
      const next = this.#byNonce.get(this.nextNonce)
      if (next === undefined || this.#pendingCost + next.cost > this.#account.balance) break
      this.#pendingCost += next.cost
      this.#pendingCount++
    }
  }
}
