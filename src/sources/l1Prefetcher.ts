import { TaktError } from '../base/errors.ts'
import type { Hash } from '../base/hex.ts'
import type { L1BlockRef } from '../chain/refs.ts'
import type { L1Block, L1DataProvider, L1Receipt } from '../derive/providers.ts'
import { orAbort } from '../runtime/orAbort.ts'
import type { L1BlockWithTransactions } from './l1Client.ts'

/** L1 as a prefetcher reads it. */
export interface PrefetchSource extends L1DataProvider {
  blockWithTransactions(
    number: bigint,
    signal?: AbortSignal,
  ): Promise<L1BlockWithTransactions | undefined>
}

export interface L1PrefetcherOptions {
  /** Blocks to fetch ahead of the reader. 0 fetches nothing before it is asked for. */
  readonly windowBlocks: number
  /** Nothing more is fetched ahead while transactions of this size wait for the reader. */
  readonly maxBytes: number
}

export interface L1PrefetcherDeps {
  readonly l1: PrefetchSource
  /** Whether the receipts of a block will be read. */
  readonly needsReceipts: (block: L1Block) => boolean
  /** Told of the transactions of a block that was fetched ahead, so that what they refer to can be fetched too. */
  readonly onFetched?: (block: L1Block, transactions: readonly Uint8Array[]) => void
}

export const defaultL1PrefetcherOptions: L1PrefetcherOptions = {
  windowBlocks: 48,
  maxBytes: 64 * 1024 * 1024,
}

/** The window is filled up again when this part of it has been read: a quarter. */
const refillShare = 4

/** A block that was asked for before it was needed. */
interface Ahead {
  readonly fetched: Promise<L1BlockWithTransactions | undefined>
  /** Known once it is there. */
  sizeBytes: number
}

/**
 * L1 for a reader that asks for one block after the other: while it works on one, the next ones are on their way,
 * header and transactions in a single request.
 *
 * What was fetched ahead is handed out only as the successor of what was handed out before it; after a reorg or a
 * jump all of it is fetched anew. As soon as the horizon is known, asking for a block beyond it costs no request.
 */
export class L1Prefetcher implements L1DataProvider {
  readonly #options: L1PrefetcherOptions
  readonly #deps: L1PrefetcherDeps
  #horizon: bigint | undefined
  /** The block that was handed out last. */
  #last: L1BlockRef | undefined
  #ahead = new Map<bigint, Ahead>()
  /** Transactions of the block that was handed out last, and of the one before it. */
  #read: (readonly [hash: Hash, transactions: readonly Uint8Array[]])[] = []
  /** Of blocks that were fetched ahead; settled, never rejected, when they have arrived or failed. */
  #receipts = new Map<Hash, Promise<unknown>>()
  #aborted = new AbortController()

  constructor(options: L1PrefetcherOptions, deps: L1PrefetcherDeps) {
    this.#options = options
    this.#deps = deps
  }

  /** Blocks that are on their way or wait for the reader. */
  get aheadBlocks(): number {
    return this.#ahead.size
  }

  /** Number of the newest block to hand out. */
  setHorizon(number: bigint): void {
    this.#horizon = number
    if (this.#last !== undefined) this.#fetchAhead(this.#last.number)
  }

  /** The reader begins anew, somewhere else or on another branch. Also for the end: breaks off what is in flight. */
  restart(): void {
    this.#last = undefined
    this.#forget()
  }

  async blockRefByNumber(number: bigint, signal?: AbortSignal): Promise<L1BlockRef | undefined> {
    if (this.#horizon !== undefined && number > this.#horizon) return undefined
    // Asked for again: the reader failed with something else.
    if (number === this.#last?.number) return this.#last
    const full = (await this.#takeAhead(number, signal)) ?? (await this.#fetchNow(number, signal))
    if (full === undefined) return undefined
    const { ref } = full.block
    this.#last = ref
    this.#read = [...this.#read.slice(-1), [ref.hash, full.transactions]]
    this.#fetchAhead(number)
    return ref
  }

  blockRefByHash(hash: Hash, signal?: AbortSignal): Promise<L1BlockRef | undefined> {
    return this.#deps.l1.blockRefByHash(hash, signal)
  }

  blockByHash(hash: Hash, signal?: AbortSignal): Promise<L1Block | undefined> {
    return this.#deps.l1.blockByHash(hash, signal)
  }

  async receiptsByHash(
    hash: Hash,
    signal?: AbortSignal,
  ): Promise<readonly L1Receipt[] | undefined> {
    // The source keeps what has arrived; what is still on its way is not asked for twice.
    const coming = this.#receipts.get(hash)
    if (coming !== undefined) await orAbort(coming, signal)
    return this.#deps.l1.receiptsByHash(hash, signal)
  }

  async transactionsByHash(
    hash: Hash,
    signal?: AbortSignal,
  ): Promise<readonly Uint8Array[] | undefined> {
    const known = this.#read.find(([read]) => read === hash)
    return known?.[1] ?? this.#deps.l1.transactionsByHash(hash, signal)
  }

  /** The block as it was fetched ahead, if it follows the one that was handed out last. */
  async #takeAhead(
    number: bigint,
    signal: AbortSignal | undefined,
  ): Promise<L1BlockWithTransactions | undefined> {
    const ahead = this.#ahead.get(number)
    const last = this.#last
    if (ahead === undefined || last === undefined || number !== last.number + 1n) {
      this.#forget()
      return undefined
    }
    const full = await orAbort(ahead.fetched, signal).catch(() => undefined)
    signal?.throwIfAborted()
    this.#ahead.delete(number)
    if (full?.block.ref.parentHash === last.hash) return full
    this.#forget()
    return undefined
  }

  #fetchNow(
    number: bigint,
    signal: AbortSignal | undefined,
  ): Promise<L1BlockWithTransactions | undefined> {
    return this.#deps.l1.blockWithTransactions(number, signal)
  }

  #fetchAhead(after: bigint): void {
    const horizon = this.#horizon
    if (horizon === undefined) return
    const { windowBlocks, maxBytes } = this.#options
    // Several at a time, so that they share requests; at the horizon there may be only one to fetch.
    const free = windowBlocks - this.#ahead.size
    const missing = Number(horizon - after) - this.#ahead.size
    if (free < Math.min(missing, windowBlocks / refillShare)) return
    for (let number = after + 1n; number <= horizon; number++) {
      if (this.#ahead.has(number)) continue
      if (this.#ahead.size >= windowBlocks) return
      if (this.#waitingBytes >= maxBytes) return
      this.#begin(number)
    }
  }

  get #waitingBytes(): number {
    let sum = 0
    for (const { sizeBytes } of this.#ahead.values()) sum += sizeBytes
    return sum
  }

  #begin(number: bigint): void {
    const { l1, needsReceipts, onFetched } = this.#deps
    const { signal } = this.#aborted
    const fetched = l1.blockWithTransactions(number, signal)
    const ahead: Ahead = { fetched, sizeBytes: 0 }
    this.#ahead.set(number, ahead)
    fetched.then(
      (full) => {
        if (full === undefined || signal.aborted) return
        const { block, transactions } = full
        ahead.sizeBytes = transactions.reduce((sum, { length }) => sum + length, 0)
        onFetched?.(block, transactions)
        if (needsReceipts(block)) this.#beginReceipts(block.ref.hash)
      },
      // Whoever reads the block fetches it anew, and sees the error then.
      () => undefined,
    )
  }

  #beginReceipts(hash: Hash): void {
    const receipts = this.#receipts
    const arrived = () => receipts.delete(hash)
    // A failure shows when they are read.
    const coming = this.#deps.l1.receiptsByHash(hash, this.#aborted.signal).then(arrived, arrived)
    receipts.set(hash, coming)
  }

  #forget(): void {
    this.#aborted.abort(new TaktError('NOT_WANTED', 'what was fetched ahead is no longer wanted'))
    this.#aborted = new AbortController()
    this.#ahead = new Map()
    this.#receipts = new Map()
  }
}
