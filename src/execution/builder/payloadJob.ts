import { TaktError } from '../../base/errors.ts'
import type { Hash } from '../../base/hex.ts'
import type { PayloadId } from '../../engine/interface.ts'
import { estimatedDataSize } from '../../protocol/estimatedDataSize.ts'
import type { Clock } from '../../runtime/clock.ts'
import { nextTurn } from '../../runtime/nextTurn.ts'
import { StepBudget } from '../../runtime/stepBudget.ts'
import type { BlockExecution, TransactionOutcome } from '../block/blockExecution.ts'
import type { PooledTransaction } from '../pool/pooledTransaction.ts'
import type { PoolSelection } from '../pool/selection.ts'
import type { TransactionPool } from '../pool/transactionPool.ts'
import type { Transaction } from '../transaction/transaction.ts'
import { BuiltBlock } from './builtBlock.ts'
import { PayloadTransactionError } from './payloadTransactionError.ts'

export interface PayloadJobOptions {
  readonly id: PayloadId
  readonly parentHash: Hash
  readonly timestamp: bigint
  /** How long the building goes on after it began; the block stays available. */
  readonly deadlineMs: number
  /** How long the building may keep the event loop to itself. */
  readonly stepBudgetMs: number
}

export interface PayloadJobDeps {
  readonly execution: BlockExecution
  readonly pool: TransactionPool
  readonly clock: Clock
  readonly daLimits: () => DaLimits
  /** A transaction was under way when the building ended, and is not in the block. */
  readonly onUnfinished: (transaction: PooledTransaction, spentMs: number) => void
}

/** Bounds that the batcher sets while it lags behind. Estimated compressed bytes; `undefined`: none. */
export interface DaLimits {
  readonly maxTransactionBytes: bigint | undefined
  readonly maxBlockBytes: bigint | undefined
}

// No transaction is cheaper.
const leastTransactionGas = 21_000n

/**
 * One block in the making. It can be sealed at any time: it is a valid block from the moment its
 * forced transactions are in, and only grows from there.
 */
export class PayloadJob {
  readonly id: PayloadId
  readonly parentHash: Hash
  readonly timestamp: bigint
  readonly #options: PayloadJobOptions
  readonly #deps: PayloadJobDeps
  #filling: Promise<void> | undefined
  #isStopped = false
  /** Has looked at all that the pool has for it. */
  #isContent = true
  #wake: () => void = () => {}
  // The block as it is now, made ahead of time when there was nothing else to do.
  #prepared: BuiltBlock | undefined
  #prepareAgainMs = 0
  #sealed: Promise<BuiltBlock> | undefined
  #daBytes = 0n

  constructor(options: PayloadJobOptions, deps: PayloadJobDeps) {
    this.id = options.id
    this.parentHash = options.parentHash
    this.timestamp = options.timestamp
    this.#options = options
    this.#deps = deps
  }

  /**
   * Puts in what the attributes dictate, in order.
   *
   * @throws {PayloadTransactionError} when one of them cannot be included.
   */
  async force(transactions: readonly Transaction[]): Promise<void> {
    const budget = new StepBudget(this.#options.stepBudgetMs, this.#deps.clock)
    for (const [index, transaction] of transactions.entries()) {
      const outcome = await this.#deps.execution.apply(transaction)
      if (outcome.type === 'invalid') throw new PayloadTransactionError(index, outcome.error)
      this.#daBytes += dataSizeOf(transaction)
      await budget.pauseWhenSpent()
    }
  }

  /** False while it holds all that the pool has for it. */
  get isFilling(): boolean {
    return !this.#isContent
  }

  /** Begins to take in transactions of the pool, also those that have yet to arrive. */
  fill(): void {
    this.#isContent = false
    this.#filling = this.#fill()
    // A fault shows to whoever seals; nobody may ever do so.
    this.#filling.catch(() => {})
  }

  /** Ends the building. What is in the block by now can still be sealed. */
  stop(): void {
    this.#isStopped = true
    this.#wake()
  }

  /** The block as it is now. From then on it is always the same one. */
  seal(): Promise<BuiltBlock> {
    this.#sealed ??= this.#seal()
    return this.#sealed
  }

  async #seal(): Promise<BuiltBlock> {
    this.stop()
    await this.#filling
    return this.#prepared ?? new BuiltBlock(this.#deps.execution.finish())
  }

  async #fill(): Promise<void> {
    const { execution, pool, clock } = this.#deps
    const { stepBudgetMs, deadlineMs } = this.#options
    const deadline = clock.now() + deadlineMs
    const selection = pool.select(execution.baseFee)
    const endOffers = pool.onPending((transaction) => {
      selection.offer(transaction)
      this.#isContent = false
      this.#wake()
    })
    try {
      // Whoever asked for the block gets the answer first.
      await nextTurn()
      const budget = new StepBudget(stepBudgetMs, clock)
      while (!this.#isStopped && clock.now() < deadline) {
        if (execution.gasLeft < leastTransactionGas) break
        const candidate = selection.next()
        if (candidate === undefined) await this.#waitForArrival()
        else await this.#consider(candidate, selection)
        await budget.pauseWhenSpent()
      }
    } finally {
      endOffers()
      this.#isContent = true
    }
  }

  async #consider(candidate: PooledTransaction, selection: PoolSelection): Promise<void> {
    const { execution, pool } = this.#deps
    const { transaction, sender } = candidate
    if (transaction.gasLimit > execution.gasLeft || !this.#fitsDaLimits(transaction)) {
      return selection.skipSender(candidate)
    }
    const outcome = await this.#apply(candidate)
    if (outcome === undefined) return
    if (outcome.type === 'applied') {
      this.#prepared = undefined
      this.#daBytes += dataSizeOf(transaction)
      return selection.include(candidate)
    }
    selection.skipSender(candidate)
    if (accountRules.has(outcome.error.rule)) pool.recheck(sender)
  }

  /** `undefined` when the building ended first. */
  async #apply(candidate: PooledTransaction): Promise<TransactionOutcome | undefined> {
    const { execution, clock, onUnfinished } = this.#deps
    const startMs = clock.now()
    const budget = new StepBudget(this.#options.stepBudgetMs, clock)
    const pause = () => {
      if (this.#isStopped) throw new TaktError('BUILDING_ENDED', 'the block is taken without it')
      return budget.pauseWhenSpent()
    }
    try {
      return await execution.apply(candidate.transaction, pause)
    } catch (error) {
      if (!(error instanceof TaktError && error.code === 'BUILDING_ENDED')) throw error
      onUnfinished(candidate, clock.now() - startMs)
      return undefined
    }
  }

  async #waitForArrival(): Promise<void> {
    const arrival = new Promise<void>((resolve) => {
      this.#wake = resolve
    })
    this.#prepare()
    this.#isContent = true
    if (!this.#isStopped) await arrival
  }

  /** Uses the quiet to make the block ready, so that sealing it costs nothing. */
  #prepare(): void {
    const { execution, clock } = this.#deps
    const startMs = clock.now()
    if (this.#prepared !== undefined || startMs < this.#prepareAgainMs) return
    this.#prepared = new BuiltBlock(execution.finish())
    this.#prepared.encoded()
    // Transactions that trickle in must not have most of the time spent on blocks nobody asks for.
    const endMs = clock.now()
    this.#prepareAgainMs = endMs + 4 * (endMs - startMs)
  }

  #fitsDaLimits(transaction: Transaction): boolean {
    const { maxTransactionBytes, maxBlockBytes } = this.#deps.daLimits()
    if (maxTransactionBytes === undefined && maxBlockBytes === undefined) return true
    const size = dataSizeOf(transaction)
    if (maxTransactionBytes !== undefined && size > maxTransactionBytes) return false
    return maxBlockBytes === undefined || this.#daBytes + size <= maxBlockBytes
  }
}

/** Rules whose breach says that the pool's view of the sender is old. */
const accountRules: ReadonlySet<string> = new Set([
  'nonceTooLow',
  'nonceTooHigh',
  'insufficientFunds',
  'senderHasCode',
])

/** Deposits are not posted to L1 and take no room there. */
function dataSizeOf(transaction: Transaction): bigint {
  return transaction.type === 0x7e ? 0n : estimatedDataSize(transaction.raw)
}
