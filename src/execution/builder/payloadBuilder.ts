import { LRUCache } from 'lru-cache'
import { DecodeError } from '../../base/errors.ts'
import type { Hash } from '../../base/hex.ts'
import type { PayloadId } from '../../engine/interface.ts'
import { EngineApiError, engineErrorCodes } from '../../protocol/engineApiError.ts'
import { extraDataForAttributes } from '../../protocol/extraData.ts'
import type { BlockHeader } from '../../protocol/header.ts'
import type { PayloadAttributes } from '../../protocol/payload.ts'
import { payloadId } from '../../protocol/payloadId.ts'
import type { Clock } from '../../runtime/clock.ts'
import type { Logger } from '../../runtime/logger.ts'
import { nextTurn } from '../../runtime/nextTurn.ts'
import { type BlockExecution, beginBlock, type ExecutionDeps } from '../block/blockExecution.ts'
import { BlockInvalidError } from '../block/blockInvalidError.ts'
import type { PooledTransaction } from '../pool/pooledTransaction.ts'
import type { TransactionPool } from '../pool/transactionPool.ts'
import type { WorldState } from '../state/worldState.ts'
import { decodeTransaction, type Transaction } from '../transaction/transaction.ts'
import { type DaLimits, PayloadJob } from './payloadJob.ts'
import { PayloadTransactionError } from './payloadTransactionError.ts'

export interface PayloadBuilderOptions {
  /** Jobs that can be asked for; the oldest is forgotten. */
  readonly maxJobs: number
  readonly deadlineMs: number
  readonly stepBudgetMs: number
}

export const defaultPayloadBuilderOptions: PayloadBuilderOptions = {
  maxJobs: 10,
  deadlineMs: 12_000,
  stepBudgetMs: 1,
}

// Building time that a transaction may cost without getting into a block. Then it is too much for this engine, and
// would only keep others out.
const maxVainMs = 1_000
// A block that is taken sooner, because the chain catches up, says nothing of the transaction.
const leastVainMs = 100

export interface PayloadBuilderDeps {
  readonly execution: ExecutionDeps
  readonly pool: TransactionPool
  readonly clock: Clock
  readonly logger: Logger
}

/** The block that a payload is built on. */
export interface PayloadParent {
  readonly hash: Hash
  readonly header: BlockHeader
  readonly state: WorldState
}

/** Builds blocks from payload attributes, one at a time. */
export class PayloadBuilder {
  readonly #options: PayloadBuilderOptions
  readonly #deps: PayloadBuilderDeps
  readonly #jobs: LRUCache<PayloadId, PayloadJob>
  /** Building time that transactions cost in vain. */
  readonly #vainMs = new LRUCache<Hash, number>({ max: 1024 })
  #newest: PayloadJob | undefined
  #daLimits: DaLimits = { maxTransactionBytes: undefined, maxBlockBytes: undefined }

  constructor(options: PayloadBuilderOptions, deps: PayloadBuilderDeps) {
    this.#options = options
    this.#deps = deps
    this.#jobs = new LRUCache({ max: options.maxJobs, dispose: (job) => job.stop() })
  }

  /** Bounds what the pool may add to blocks from the next transaction on. */
  setDaLimits(limits: DaLimits): void {
    this.#daLimits = limits
  }

  job(id: PayloadId): PayloadJob | undefined {
    return this.#jobs.get(id)
  }

  /**
   * Begins a block. Resolves once it holds what the attributes dictate, so that from then on it can
   * be sealed at any time; with the pool allowed it goes on growing until then.
   *
   * The same attributes on the same parent give the same id and no second job.
   *
   * @throws {EngineApiError} -38003 when the attributes break a rule of their fork, or a transaction
   * of theirs cannot be included. Differs from op-geth in that bytes which are no transaction are
   * reported so too: they stay wrong however often they are sent.
   */
  async begin(parent: PayloadParent, attributes: PayloadAttributes): Promise<PayloadId> {
    const id = payloadId(parent.hash, attributes)
    if (this.#jobs.has(id)) return id
    // An older block can still be sealed, but the time now belongs to this one.
    for (const job of this.#jobs.values()) job.stop()
    const job = await this.#open(id, parent, attributes).catch((error) => {
      throw asInvalidAttributes(error)
    })
    this.#jobs.set(id, job)
    this.#newest = job
    if (!attributes.noTxPool) job.fill()
    return id
  }

  /** Resolves when the newest block holds all that the pool has for it by then. */
  async filled(): Promise<void> {
    while (this.#newest?.isFilling) await nextTurn()
  }

  /** Ends all building. */
  close(): void {
    this.#jobs.clear()
  }

  async #open(
    id: PayloadId,
    parent: PayloadParent,
    attributes: PayloadAttributes,
  ): Promise<PayloadJob> {
    const forced = attributes.transactions.map(decodeForced)
    const { deadlineMs, stepBudgetMs } = this.#options
    const { timestamp } = attributes
    const job = new PayloadJob(
      { id, parentHash: parent.hash, timestamp, deadlineMs, stepBudgetMs },
      {
        execution: await this.#beginExecution(parent, attributes),
        pool: this.#deps.pool,
        clock: this.#deps.clock,
        daLimits: () => this.#daLimits,
        onUnfinished: (transaction, spentMs) => this.#noteUnfinished(transaction, spentMs),
      },
    )
    await job.force(forced)
    return job
  }

  #noteUnfinished({ hash, sender }: PooledTransaction, spentMs: number): void {
    const { pool, logger } = this.#deps
    if (spentMs < leastVainMs) return
    const vainMs = (this.#vainMs.get(hash) ?? 0) + spentMs
    this.#vainMs.set(hash, vainMs)
    if (vainMs < maxVainMs) return
    pool.remove(hash)
    logger.warn('Dropped a transaction that takes too long to execute', { hash, sender, vainMs })
  }

  #beginExecution(
    { state, header }: PayloadParent,
    attributes: PayloadAttributes,
  ): Promise<BlockExecution> {
    const { execution } = this.#deps
    if (attributes.withdrawals !== undefined && attributes.withdrawals.length > 0) {
      throw new DecodeError('PAYLOAD_WITHDRAWALS', 'an L2 block has no withdrawals of L1')
    }
    return beginBlock(execution, state, header, {
      timestamp: attributes.timestamp,
      gasLimit: attributes.gasLimit,
      prevRandao: attributes.prevRandao,
      feeRecipient: attributes.suggestedFeeRecipient,
      parentBeaconBlockRoot: attributes.parentBeaconBlockRoot,
      extraData: extraDataForAttributes(execution.chain, execution.chain.chainOpConfig, attributes),
    })
  }
}

function decodeForced(raw: Uint8Array, index: number): Transaction {
  try {
    return decodeTransaction(raw)
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error
    throw new PayloadTransactionError(index, error)
  }
}

/** What is wrong with the attributes, in the Engine API's terms; a fault of ours stays what it is. */
function asInvalidAttributes(error: unknown): unknown {
  const isTheirs =
    error instanceof DecodeError ||
    error instanceof BlockInvalidError ||
    error instanceof PayloadTransactionError
  if (!isTheirs) return error
  return new EngineApiError(
    engineErrorCodes.invalidPayloadAttributes,
    `Invalid payload attributes: ${error.shortMessage}`,
    error,
  )
}
