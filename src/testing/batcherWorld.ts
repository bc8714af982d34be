import { bigIntToBytes } from '../base/bytes.ts'
import { compress } from '../base/compression.ts'
import { ChainError } from '../base/errors.ts'
import { type Address, bytesToHex } from '../base/hex.ts'
import { keccak256Hex } from '../base/keccak.ts'
import type { BatcherDeps } from '../batcher/batcher.ts'
import type { SyncPoint } from '../batcher/encoder/syncPoint.ts'
import type { BlockBuilder, DataLimits } from '../batcher/interface.ts'
import type { BlockId } from '../chain/refs.ts'
import { markCompression } from '../protocol/batch/channelEncoding.ts'
import { type Logger, silentLogger } from '../runtime/logger.ts'
import type { FeeSuggestion, TxCandidate, TxManager, TxReceipt } from '../txmgr/interface.ts'
import { TxError } from '../txmgr/txError.ts'
import { fakeBlobHash } from './batcher.ts'
import {
  DerivationWorld,
  type DerivationWorldOptions,
  type SafeHeadMark,
} from './derivationWorld.ts'
import { ManualClock } from './manualClock.ts'

/** Runs before each call that a batcher makes to the outside: may wait, or never return. */
export type Gate = (call: string) => Promise<void>

const openGate: Gate = async () => undefined

interface SentTx {
  readonly nonce: number
  readonly raw: Uint8Array
  readonly blobs: readonly Uint8Array[]
  /** L1 block; `undefined` while it is in none. */
  minedIn: bigint | undefined
}

/**
 * A rollup whose batches a real batcher posts: sequencer, L1 with a pool of transactions, and a node that derives.
 * Time moves by hand, L1 and L2 block by block.
 */
export class BatcherWorld {
  readonly rollup: DerivationWorld
  readonly clock = new ManualClock(1_000_000)
  /** What the engine that builds blocks was told, in order. */
  readonly limits: DataLimits[] = []
  readonly fees: { -readonly [Field in keyof FeeSuggestion]: FeeSuggestion[Field] } = {
    tip: 1n,
    baseFee: 10n,
    blobBaseFee: 1n,
  }
  balance = 10n ** 18n
  /** What SystemConfig says. */
  batcherAddress: Address
  /** The next transactions fail with these, one for each, and what was asked for after them fails too. */
  readonly failures: Error[] = []
  #pool: SentTx[] = []
  /** Of the batcher's account, by L1 block number: how many of its transactions are in blocks up to there. */
  #counts: number[] = [0]
  readonly #sent: SentTx[] = []
  readonly #waiting = new Set<() => void>()
  #safeHeads: SafeHeadMark[] = []
  /** Where the node was before L1 was reorganized. */
  #before: SyncPoint | undefined
  #channels = 0

  constructor(options: DerivationWorldOptions = {}) {
    this.rollup = new DerivationWorld(options)
    this.batcherAddress = this.rollup.batcher.address
    this.#safeHeads.push({ l1Number: 0n, safeHead: this.rollup.safeHead })
  }

  /** What a batcher needs, as one process has it. */
  deps(given: { readonly gate?: Gate; readonly logger?: Logger } = {}): BatcherDeps {
    const { gate = openGate, logger = silentLogger } = given
    return {
      config: this.rollup.config,
      node: {
        syncStatus: async () => {
          await gate('syncStatus')
          return this.syncPoint
        },
        blockByNumber: async (number) => {
          await gate('blockByNumber')
          return (await this.rollup.sequencer.payloadByNumber(number))?.executionPayload
        },
      },
      l1: {
        transactionCount: async (_account, block) => {
          await gate('transactionCount')
          if (block === 'pending') return BigInt(this.#minedCount + this.#mineable.length)
          if (block === 'latest') return BigInt(this.#minedCount)
          const count = this.#counts[Number(block)]
          if (count !== undefined) return BigInt(count)
          throw new ChainError('temporary', 'L1_ERROR', `L1 has no block ${block}`)
        },
        blockHash: async (number) => {
          await gate('blockHash')
          return number > this.rollup.l1.head.number ? undefined : this.rollup.l1.at(number).hash
        },
        batcherOfSystemConfig: async () => this.batcherAddress,
      },
      transactions: this.#transactions(gate),
      compressor: {
        compress: async (data, { algorithm, level }) => {
          await gate('compress')
          return markCompression(algorithm, compress(algorithm, data, level))
        },
      },
      builders: [this.builder()],
      newChannelId: () => bytesToHex(bigIntToBytes(BigInt(++this.#channels), 16)),
      clock: this.clock,
      logger,
    }
  }

  /** The engine, as far as throttling goes. */
  builder(): BlockBuilder {
    return {
      name: 'engine',
      setMaxDataSize: async (limits) => {
        this.limits.push(limits)
        return 'set'
      },
    }
  }

  /** Where the node stands. It learns of a reorg of L1 when it derives. */
  get syncPoint(): SyncPoint {
    if (this.#before !== undefined) return this.#before
    const { l1, pipeline, safeHead, sequencerHead } = this.rollup
    return {
      headL1: l1.head,
      currentL1: pipeline.origin!,
      localSafeL2: safeHead,
      unsafeL2: sequencerHead,
    }
  }

  /** Transactions that wait for a block. */
  get pooled(): number {
    return this.#pool.length
  }

  /** The sequencer makes a block, `originLag` L1 blocks behind L1's newest unless that is older than the parent's. */
  async sequence(transactions: readonly Uint8Array[], originLag = 4n): Promise<void> {
    const { rollup } = this
    const { number } = rollup.sequencerHead.l1Origin
    const next =
      rollup.l1.head.number >= number + 1n + originLag ? rollup.l1.at(number + 1n) : undefined
    const mayAdopt =
      next !== undefined &&
      next.timestamp <= rollup.sequencerHead.timestamp + rollup.config.blockTime
    await rollup.sequence(transactions, mayAdopt ? next : rollup.sequencerHead.l1Origin)
  }

  /** L1's next block takes so many transactions of the pool. */
  mine(count = Number.POSITIVE_INFINITY): void {
    const taken = this.#mineable.slice(0, count)
    this.#pool = this.#pool.filter((tx) => !taken.includes(tx))
    const { number } = this.rollup.l1.mine({
      transactions: taken.map(({ raw }) => raw),
      blobs: taken.flatMap(({ blobs }) => blobs),
    })
    for (const tx of taken) tx.minedIn = number
    this.#counts.push(this.#minedCount + taken.length)
    this.#look()
  }

  /** Drops L1's newest blocks. What was in them goes back to the pool, or else the pool is lost too. */
  async rewindL1(depth: number, pool: 'kept' | 'lost'): Promise<void> {
    const { l1 } = this.rollup
    this.#before = this.syncPoint
    const height = l1.head.number - BigInt(depth)
    const dropped = this.#sent.filter(({ minedIn }) => minedIn !== undefined && minedIn > height)
    for (const tx of dropped) tx.minedIn = undefined
    l1.rewind(depth)
    this.#counts = this.#counts.slice(0, -depth)
    this.#pool = pool === 'kept' ? [...dropped, ...this.#pool] : []
    const mark = this.#safeHeads.findLast(({ l1Number }) => l1Number <= height)!
    this.#safeHeads = this.#safeHeads.filter(({ l1Number }) => l1Number <= height)
    await this.rollup.restart(mark)
  }

  /** The node reads L1 to its end. */
  async derive(): Promise<void> {
    await this.rollup.derive()
    const { l1, safeHead } = this.rollup
    this.#safeHeads.push({ l1Number: l1.head.number, safeHead })
    this.#before = undefined
  }

  /** What of the pool can be in the next block: all before it is in one. */
  get #mineable(): readonly SentTx[] {
    return this.#pool.filter(({ nonce }, index) => nonce === this.#minedCount + index)
  }

  get #minedCount(): number {
    return this.#counts.at(-1)!
  }

  #look(): void {
    for (const wake of [...this.#waiting]) wake()
  }

  #transactions(gate: Gate): TxManager {
    let next: number | undefined
    let pending = 0
    let [lastOrder, lostUpTo] = [0, 0]
    const confirmed: SentTx[] = []
    const world = this
    const resendLost = () => {
      const lost = confirmed.filter(({ nonce }) => nonce >= world.#minedCount)
      for (const tx of lost) world.#submit(tx)
      return lost
    }
    return {
      address: this.rollup.batcher.address,
      numConfirmations: 2,
      get pending() {
        return pending
      },
      async send(candidate: TxCandidate, signal?: AbortSignal): Promise<TxReceipt> {
        pending++
        const order = ++lastOrder
        try {
          await gate('send')
          if (order <= lostUpTo) throw new TxError('TX_ORDER_LOST', 'one before it failed')
          const failure = world.failures.shift()
          if (failure !== undefined) {
            lostUpTo = lastOrder
            throw failure
          }
          const lost = resendLost()
          next ??= Math.max(world.#minedCount, ...lost.map(({ nonce }) => nonce + 1))
          const tx = world.#sign(candidate, next++)
          await gate('publish')
          world.#submit(tx)
          // As the real one: what L1 has lost may be the gap that it waits for.
          const included = await world.#inclusion(tx, gate, signal, resendLost)
          confirmed.push(tx)
          return included
        } catch (error) {
          // As the real one: L1 is asked for the nonce again.
          if (pending === 1) next = undefined
          throw error
        } finally {
          pending--
        }
      },
      resendLost: async () => resendLost().length,
      async replacePooled(signal) {
        const elsewhere = { ...world.rollup.config, batchInboxAddress: world.batcherAddress }
        const idle = world.#pool.map(({ nonce }) => {
          const raw = world.rollup.batcher.calldata(elsewhere, new Uint8Array(), nonce)
          return { nonce, raw, blobs: [], minedIn: undefined }
        })
        world.#pool = idle
        await Promise.all(idle.map((tx) => world.#inclusion(tx, gate, signal)))
      },
      suggestFees: async () => this.fees,
      balance: async () => this.balance,
      blockNumber: async () => {
        await gate('blockNumber')
        return this.rollup.l1.head.number
      },
      close: async () => undefined,
    }
  }

  #sign({ data, blobs = [] }: TxCandidate, nonce: number): SentTx {
    const { config, batcher } = this.rollup
    const raw =
      blobs.length === 0
        ? batcher.calldata(config, data, nonce)
        : batcher.blobs(config, blobs.map(fakeBlobHash), data, nonce)
    const tx = { nonce, raw, blobs, minedIn: undefined }
    this.#sent.push(tx)
    return tx
  }

  /** A transaction takes the place of one with the same nonce. */
  #submit(tx: SentTx): void {
    if (tx.nonce < this.#minedCount) {
      throw new TxError('TX_NONCE_TOO_LOW', `nonce ${tx.nonce} is used`)
    }
    this.#pool = [...this.#pool.filter(({ nonce }) => nonce !== tx.nonce), tx].sort(
      (a, b) => a.nonce - b.nonce,
    )
  }

  /** @param onMissing - Called when a look at L1 does not find it in a block. */
  async #inclusion(
    tx: SentTx,
    gate: Gate,
    signal: AbortSignal | undefined,
    onMissing?: () => void,
  ): Promise<TxReceipt> {
    for (;;) {
      await gate('receipt')
      signal?.throwIfAborted()
      const { minedIn } = tx
      if (minedIn !== undefined && this.rollup.l1.head.number > minedIn) {
        return receipt(tx, this.rollup.l1.at(minedIn))
      }
      if (minedIn === undefined) {
        onMissing?.()
        if (!this.#pool.includes(tx)) this.#submit(tx)
      }
      await this.#nextBlock(signal)
    }
  }

  #nextBlock(signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const finish = (settle: () => void) => {
        this.#waiting.delete(wake)
        signal?.removeEventListener('abort', abort)
        settle()
      }
      const wake = () => finish(resolve)
      const abort = () => finish(() => reject(signal!.reason))
      this.#waiting.add(wake)
      signal?.addEventListener('abort', abort, { once: true })
    })
  }
}

function receipt(tx: SentTx, block: BlockId): TxReceipt {
  return {
    transactionHash: keccak256Hex(tx.raw),
    succeeded: true,
    blockHash: block.hash,
    blockNumber: block.number,
    gasUsed: 21_000n,
    effectiveGasPrice: 1n,
    blobGasUsed: 0n,
    blobGasPrice: 0n,
    logs: [],
  }
}
