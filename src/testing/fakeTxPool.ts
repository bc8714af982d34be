import { ChainError } from '../base/errors.ts'
import { type Address, bytesToHex, type Hash } from '../base/hex.ts'
import { keccak256Hex } from '../base/keccak.ts'
import { type RlpItem, rlpBytes, rlpEncode, rlpInteger, rlpList } from '../base/rlp.ts'
import { transactionFields, transactionHash, transactionTypes } from '../protocol/transaction.ts'
import type { L1TxBackend, Refusal } from '../txmgr/backend.ts'
import type { TxReceipt } from '../txmgr/interface.ts'

/** A transaction as the fake pool has read it. */
export interface PooledTx {
  readonly hash: Hash
  readonly nonce: bigint
  readonly tip: bigint
  readonly feeCap: bigint
  readonly gasLimit: bigint
  readonly to: Address | undefined
  readonly data: Uint8Array
  /** `undefined` without blobs. */
  readonly blobFeeCap: bigint | undefined
  /** Of the wrapper around blobs. */
  readonly sidecarVersion: number | undefined
}

/** How the fake L1 treats requests. */
export type L1Mood =
  /** As L1 should. */
  | 'well'
  /** Answers nothing, ever. */
  | 'silent'
  /** Fails every request at once, as a rate limit does. */
  | 'limiting'
  /** Takes transactions, but its answer to them is lost. */
  | 'losingAnswers'

interface FakeBlock {
  readonly hash: Hash
  readonly number: bigint
  readonly transactions: readonly PooledTx[]
}

const gwei = 1_000_000_000n
const gasEstimate = 50_000n

/** The pool and the blocks of an L1 with one account, under the rules of geth's pools. Mines when it is told to. */
export class FakeTxPool implements L1TxBackend {
  mood: L1Mood = 'well'
  isFull = false
  baseFee = 10n * gwei
  tip = gwei
  blobFee = 1n
  /** What others tip for blobs, in every block. */
  tipsOfBlobs: readonly bigint[] = []
  funds = 10n ** 18n
  /** What the next estimates are refused with. */
  refusal: Refusal | undefined
  /** Words that every transaction is refused with. */
  refuses: string | undefined
  /** All that the pool has taken, in order. */
  readonly taken: PooledTx[] = []
  /** Words of every refusal, in order. */
  readonly refusals: string[] = []
  #pool: PooledTx[] = []
  #blocks: FakeBlock[] = [{ hash: keccak256Hex(new Uint8Array()), number: 100n, transactions: [] }]
  #forks = 0

  /** What the pool holds, by nonce. */
  get pool(): readonly PooledTx[] {
    return this.#pool
  }

  /** Transactions in blocks, in order. */
  get mined(): readonly PooledTx[] {
    return this.#blocks.flatMap(({ transactions }) => transactions)
  }

  /** Mines blocks; the first takes what pays enough. */
  mine(count = 1): void {
    for (let i = 0; i < count; i++) {
      const transactions: PooledTx[] = []
      for (const tx of this.#pool) {
        const isNext = tx.nonce === this.#nonce() + BigInt(transactions.length)
        const pays = tx.feeCap >= this.baseFee && (tx.blobFeeCap ?? this.blobFee) >= this.blobFee
        if (!isNext || !pays) break
        transactions.push(tx)
      }
      this.#pool = this.#pool.filter((tx) => !transactions.includes(tx))
      const number = this.#head().number + 1n
      const seed = new TextEncoder().encode(`${this.#forks}/${number}`)
      this.#blocks.push({ hash: keccak256Hex(seed), number, transactions })
    }
  }

  /** Number of the newest block. */
  get height(): bigint {
    return this.#head().number
  }

  /** Takes blocks away, as a reorg does, but for the first one. Their transactions are lost. */
  reorg(depth: number): void {
    this.#blocks.splice(Math.max(1, this.#blocks.length - depth))
    this.#forks++
  }

  /** Forgets what the pool holds. */
  drop(): void {
    this.#pool = []
  }

  /** Puts a transaction that somebody else has signed for the account into the pool, in place of ours. */
  plant(tx: Pick<PooledTx, 'nonce' | 'blobFeeCap'> & Partial<PooledTx>): void {
    const planted: PooledTx = {
      hash: keccak256Hex(
        new TextEncoder().encode(`planted ${tx.nonce} ${this.#forks}/${this.height}`),
      ),
      tip: gwei,
      feeCap: 3n * gwei,
      gasLimit: 21_000n,
      to: undefined,
      data: new Uint8Array(),
      sidecarVersion: undefined,
      ...tx,
    }
    this.#pool = byNonce([...this.#pool.filter(({ nonce }) => nonce !== tx.nonce), planted])
  }

  /** How many transactions of the account are in blocks. */
  get nextNonce(): bigint {
    return this.#nonce()
  }

  head(signal?: AbortSignal) {
    const { hash, number } = this.#head()
    return this.#answer({ hash, number, baseFee: this.baseFee }, signal)
  }

  suggestedTip(signal?: AbortSignal) {
    return this.#answer(this.tip, signal)
  }

  blobBaseFee(signal?: AbortSignal) {
    return this.#answer(this.blobFee, signal)
  }

  /** As many in each block. */
  blobTips(_: bigint, signal?: AbortSignal) {
    return this.#answer(this.tipsOfBlobs, signal)
  }

  nonce(_: Address, label: 'latest' | 'pending', signal?: AbortSignal) {
    let nonce = this.#nonce()
    if (label === 'pending') for (const tx of this.#pool) if (tx.nonce === nonce) nonce++
    return this.#answer(nonce, signal)
  }

  balance(_: Address, signal?: AbortSignal) {
    return this.#answer(this.funds, signal)
  }

  estimateGas(_: unknown, signal?: AbortSignal): Promise<bigint | Refusal> {
    return this.#answer<bigint | Refusal>(this.refusal ?? gasEstimate, signal)
  }

  call(_: unknown, signal?: AbortSignal): Promise<Uint8Array | Refusal> {
    return this.#answer<Uint8Array | Refusal>(this.refusal ?? new Uint8Array(), signal)
  }

  async sendRawTransaction(raw: Uint8Array, signal?: AbortSignal): Promise<Refusal | undefined> {
    await this.#answer(undefined, signal)
    const tx = readTx(raw)
    const message = this.#refuse(tx)
    if (message === undefined) {
      this.taken.push(tx)
      this.#pool = byNonce([...this.#pool.filter(({ nonce }) => nonce !== tx.nonce), tx])
    } else {
      this.refusals.push(message)
    }
    if (this.mood === 'losingAnswers') throw noAnswer()
    return message === undefined ? undefined : { type: 'refused', message, data: undefined }
  }

  receipt(transactionHash: Hash, signal?: AbortSignal): Promise<TxReceipt | undefined> {
    const block = this.#blocks.find(({ transactions }) =>
      transactions.some(({ hash }) => hash === transactionHash),
    )
    if (block === undefined) return this.#answer(undefined, signal)
    const receipt: TxReceipt = {
      transactionHash,
      succeeded: true,
      blockHash: block.hash,
      blockNumber: block.number,
      gasUsed: 21_000n,
      effectiveGasPrice: this.baseFee,
      blobGasUsed: 0n,
      blobGasPrice: 0n,
      logs: [],
    }
    return this.#answer<TxReceipt | undefined>(receipt, signal)
  }

  #refuse(tx: PooledTx): string | undefined {
    if (this.refuses !== undefined) return this.refuses
    if (tx.nonce < this.#nonce()) return 'nonce too low'
    const rival = this.#pool.find(({ nonce }) => nonce === tx.nonce)
    if (rival?.hash === tx.hash) return 'already known'
    const hasBlobs = tx.blobFeeCap !== undefined
    if (this.#pool.some((other) => (other.blobFeeCap !== undefined) !== hasBlobs)) {
      return 'address already reserved'
    }
    if (rival !== undefined)
      return isRaise(rival, tx) ? undefined : 'replacement transaction underpriced'
    const next = this.#nonce() + BigInt(this.#pool.length)
    if (hasBlobs && tx.nonce > next)
      return `nonce too high: tx nonce ${tx.nonce}, gapped nonce ${next}`
    return this.isFull ? 'txpool is full' : undefined
  }

  #nonce(): bigint {
    return BigInt(this.mined.length)
  }

  #head(): FakeBlock {
    return this.#blocks.at(-1)!
  }

  async #answer<T>(value: T, signal: AbortSignal | undefined): Promise<T> {
    signal?.throwIfAborted()
    if (this.mood === 'limiting') throw noAnswer()
    if (this.mood !== 'silent') return value
    return new Promise((_, reject) => {
      signal?.addEventListener('abort', () => reject(signal.reason), { once: true })
    })
  }
}

function readTx(raw: Uint8Array): PooledTx {
  const outer = transactionFields(raw)
  const isWrapped = raw[0] === transactionTypes.blob
  const fields: readonly RlpItem[] = isWrapped ? rlpList(outer[0]) : outer
  const signed = rlpEncode(fields)
  const canonical = new Uint8Array([raw[0]!, ...signed])
  const to = rlpBytes(fields[5])
  return {
    hash: transactionHash(canonical),
    nonce: rlpInteger(fields[1]),
    tip: rlpInteger(fields[2]),
    feeCap: rlpInteger(fields[3]),
    gasLimit: rlpInteger(fields[4]),
    to: to.length === 0 ? undefined : bytesToHex(to),
    data: rlpBytes(fields[7]),
    blobFeeCap: isWrapped ? rlpInteger(fields[9]) : undefined,
    sidecarVersion: isWrapped ? outer.length - 4 : undefined,
  }
}

function isRaise(old: PooledTx, tx: PooledTx): boolean {
  const percent = old.blobFeeCap === undefined ? 110n : 200n
  const pairs = [
    [old.tip, tx.tip],
    [old.feeCap, tx.feeCap],
    [old.blobFeeCap ?? 0n, tx.blobFeeCap ?? 0n],
  ] as const
  return pairs.every(([before, after]) => after * 100n >= before * percent)
}

function byNonce(pool: PooledTx[]): PooledTx[] {
  return pool.sort((a, b) => Number(a.nonce - b.nonce))
}

function noAnswer(): ChainError {
  return new ChainError('temporary', 'L1_UNREACHABLE', 'L1 asks us to slow down (HTTP 429)')
}
