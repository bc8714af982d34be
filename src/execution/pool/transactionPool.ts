import type { Address, Hash } from '../../base/hex.ts'
import type { Clock } from '../../runtime/clock.ts'
import { Heap } from './heap.ts'
import { PoolError } from './poolError.ts'
import type { PooledTransaction } from './pooledTransaction.ts'
import { PoolSelection, type SelectionSource } from './selection.ts'
import { type SenderAccount, SenderQueue } from './senderQueue.ts'

export interface PoolOptions {
  /** Over all senders. When it is exceeded the transaction with the lowest tip goes. */
  readonly maxTransactions: number
  /** Transactions that wait for an earlier nonce or for funds, over all senders. */
  readonly maxQueued: number
  readonly maxPerSender: number
  /** How much more, in percent, both fees of a replacement must offer. */
  readonly priceBumpPercent: number
  /** After this a transaction that waits for an earlier nonce or for funds is dropped. */
  readonly queuedLifetimeMs: number
}

export const defaultPoolOptions: PoolOptions = {
  maxTransactions: 16_384,
  maxQueued: 4_096,
  maxPerSender: 2_048,
  priceBumpPercent: 10,
  queuedLifetimeMs: 3 * 60 * 60 * 1000,
}

/** What the pool knows of the head of the chain. */
export interface PoolHead {
  account(address: Address): SenderAccount
}

/** A transaction that passed all rules but those of the pool itself. */
export type AdmittedTransaction = Omit<PooledTransaction, 'arrival' | 'arrivedAtMs'>

/** Called with each transaction that can be executed now, once. */
export type PendingListener = (transaction: PooledTransaction) => void

/**
 * Transactions that wait for a block: for each sender one per nonce.
 *
 * "Pending" are those that can be executed in a row from the account's nonce on and that its balance
 * covers; "queued" is the rest.
 */
export class TransactionPool implements SelectionSource {
  readonly #options: PoolOptions
  readonly #clock: Clock
  readonly #byHash = new Map<Hash, PooledTransaction>()
  readonly #senders = new Map<Address, SenderQueue>()
  readonly #listeners = new Set<PendingListener>()
  #head: PoolHead
  #arrivals = 0
  #pendingCount = 0
  // The cheapest first; holds stale entries until it is rebuilt.
  #byTip = new Heap<PooledTransaction>(isCheaper)

  constructor(options: PoolOptions, deps: { readonly clock: Clock; readonly head: PoolHead }) {
    this.#options = options
    this.#clock = deps.clock
    this.#head = deps.head
  }

  get pendingCount(): number {
    return this.#pendingCount
  }

  get queuedCount(): number {
    return this.#byHash.size - this.#pendingCount
  }

  get(hash: Hash): PooledTransaction | undefined {
    return this.#byHash.get(hash)
  }

  /** Transactions of every sender, for people to look at. */
  *senders(): Iterable<SenderQueue> {
    yield* this.#senders.values()
  }

  sender(address: Address): SenderQueue | undefined {
    return this.#senders.get(address)
  }

  /** The nonce that the sender's next transaction should have. */
  nextNonce(address: Address): bigint {
    return this.#senders.get(address)?.nextNonce ?? this.#head.account(address).nonce
  }

  pendingAt(sender: Address, nonce: bigint): PooledTransaction | undefined {
    const queue = this.#senders.get(sender)
    return queue?.isPending(nonce) ? queue.at(nonce) : undefined
  }

  *firstPending(): Iterable<PooledTransaction> {
    for (const queue of this.#senders.values()) {
      if (queue.pendingCount > 0) yield queue.at(queue.account.nonce)!
    }
  }

  /** An ordered view for one block; {@link onPending} brings it what arrives later. */
  select(baseFeePerGas: bigint): PoolSelection {
    return new PoolSelection({ baseFeePerGas }, { source: this })
  }

  /** @returns a function that ends the calls. */
  onPending(listener: PendingListener): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Takes a transaction in. @throws {PoolError} when the pool's rules forbid it. */
  add(admitted: AdmittedTransaction): void {
    if (this.#byHash.has(admitted.hash)) throw new PoolError('ALREADY_KNOWN')
    const account = this.#head.account(admitted.sender)
    if (admitted.nonce < account.nonce) {
      throw new PoolError(
        'NONCE_TOO_LOW',
        `next nonce ${account.nonce}, tx nonce ${admitted.nonce}`,
      )
    }
    const known = this.#senders.get(admitted.sender)
    const replaced = known?.at(admitted.nonce)
    assertFunds(admitted, account, known, replaced)
    if (replaced !== undefined) this.#assertBump(admitted, replaced)
    else this.#assertRoom(admitted, account, known)

    const queue = known ?? new SenderQueue(admitted.sender, account)
    this.#senders.set(admitted.sender, queue)
    const transaction: PooledTransaction = {
      ...admitted,
      arrival: this.#arrivals++,
      arrivedAtMs: this.#clock.now(),
    }
    if (replaced !== undefined) this.#byHash.delete(replaced.hash)
    this.#byHash.set(transaction.hash, transaction)
    this.#rankByTip(transaction)
    this.#change(queue, () => {
      for (const outdated of queue.moveTo(account)) this.#byHash.delete(outdated.hash)
      queue.put(transaction)
    })
    // A replacement extends nothing, but whoever selects for a block must learn of it.
    if (replaced !== undefined && queue.isPending(transaction.nonce)) this.#announce(transaction)
  }

  /**
   * Follows the chain to a new head.
   *
   * @param touched - Senders whose nonce or balance changed by sending.
   */
  moveTo(head: PoolHead, touched: Iterable<Address>): void {
    this.#head = head
    for (const sender of new Set(touched)) this.recheck(sender)
    this.#dropExpired()
  }

  /** Reads the sender's account anew, for instance because a block builder could not include it. */
  recheck(sender: Address): void {
    const queue = this.#senders.get(sender)
    if (queue === undefined) return
    const account = this.#head.account(sender)
    this.#change(queue, () => {
      for (const outdated of queue.moveTo(account)) this.#byHash.delete(outdated.hash)
    })
  }

  /** Drops a transaction, for instance one that turned out invalid. Later nonces wait for a new one. */
  remove(hash: Hash): void {
    const transaction = this.#byHash.get(hash)
    if (transaction === undefined) return
    this.#byHash.delete(hash)
    const queue = this.#senders.get(transaction.sender)!
    this.#change(queue, () => queue.remove(transaction))
  }

  /** Does something to a queue, keeps the counts and announces what became pending. */
  #change(queue: SenderQueue, act: () => void): void {
    const before = { count: queue.pendingCount, first: queue.account.nonce, next: queue.nextNonce }
    act()
    this.#pendingCount += queue.pendingCount - before.count
    if (queue.size === 0) this.#senders.delete(queue.address)
    const first = queue.account.nonce
    // A reorg can take the account back; then everything from there on is pending anew.
    const from = first < before.first || first > before.next ? first : before.next
    for (let nonce = from; nonce < queue.nextNonce; nonce++) this.#announce(queue.at(nonce)!)
  }

  #announce(transaction: PooledTransaction): void {
    for (const listener of this.#listeners) listener(transaction)
  }

  #assertBump(added: AdmittedTransaction, old: PooledTransaction): void {
    const percent = BigInt(100 + this.#options.priceBumpPercent)
    const bumped = (now: bigint, before: bigint) => now > before && now * 100n >= before * percent
    const isEnough =
      bumped(added.maxFeePerGas, old.maxFeePerGas) &&
      bumped(added.maxPriorityFeePerGas, old.maxPriorityFeePerGas)
    if (!isEnough) throw new PoolError('REPLACEMENT_UNDERPRICED')
  }

  #assertRoom(
    added: AdmittedTransaction,
    account: SenderAccount,
    queue: SenderQueue | undefined,
  ): void {
    const used = queue?.size ?? 0
    if (used >= this.#options.maxPerSender) {
      throw new PoolError('ACCOUNT_LIMIT', `pooled ${used} txs`)
    }
    const next = queue?.nextNonce ?? account.nonce
    if (added.nonce > next && this.queuedCount >= this.#options.maxQueued) {
      throw new PoolError('POOL_FULL', 'too many transactions wait for an earlier nonce')
    }
    if (this.#byHash.size < this.#options.maxTransactions) return
    const cheapest = this.#cheapest()
    if (cheapest === undefined) return
    if (added.maxPriorityFeePerGas <= cheapest.maxPriorityFeePerGas) {
      throw new PoolError('POOL_FULL', `tip must exceed ${cheapest.maxPriorityFeePerGas}`)
    }
    this.remove(cheapest.hash)
  }

  #cheapest(): PooledTransaction | undefined {
    for (;;) {
      const candidate = this.#byTip.peek()
      if (candidate === undefined || this.#byHash.get(candidate.hash) === candidate)
        return candidate
      this.#byTip.pop()
    }
  }

  #rankByTip(transaction: PooledTransaction): void {
    if (this.#byTip.size > 2 * this.#byHash.size + 64) {
      this.#byTip = new Heap(isCheaper, this.#byHash.values())
    } else {
      this.#byTip.push(transaction)
    }
  }

  #dropExpired(): void {
    if (this.queuedCount === 0) return
    const oldest = this.#clock.now() - this.#options.queuedLifetimeMs
    for (const queue of this.#senders.values()) {
      if (queue.size === queue.pendingCount) continue
      for (const transaction of queue.queued()) {
        if (transaction.arrivedAtMs < oldest) this.remove(transaction.hash)
      }
    }
  }
}

function assertFunds(
  added: AdmittedTransaction,
  account: SenderAccount,
  queue: SenderQueue | undefined,
  replaced: PooledTransaction | undefined,
): void {
  const { balance } = account
  if (balance < added.cost) {
    const overshot = added.cost - balance
    throw new PoolError(
      'INSUFFICIENT_FUNDS',
      `balance ${balance}, tx cost ${added.cost}, overshot ${overshot}`,
    )
  }
  const others = (queue?.totalCost ?? 0n) - (replaced?.cost ?? 0n)
  const needed = others + added.cost
  if (balance < needed) {
    throw new PoolError(
      'INSUFFICIENT_FUNDS',
      `balance ${balance}, queued cost ${others}, tx cost ${added.cost}, overshot ${needed - balance}`,
    )
  }
}

function isCheaper(a: PooledTransaction, b: PooledTransaction): boolean {
  if (a.maxPriorityFeePerGas !== b.maxPriorityFeePerGas) {
    return a.maxPriorityFeePerGas < b.maxPriorityFeePerGas
  }
  return a.arrival > b.arrival
}
