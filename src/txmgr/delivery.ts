import type { Address, Hash } from '../base/hex.ts'
import type { Clock } from '../runtime/clock.ts'
import type { Logger } from '../runtime/logger.ts'
import type { L1Head, L1TxBackend } from './backend.ts'
import type { TxReceipt } from './interface.ts'
import type { TxManagerOptions } from './options.ts'
import { adviceFor, classifyRefusal, type SendRefusal } from './sendRefusal.ts'
import { TxError } from './txError.ts'
import type { PreparedTx } from './txFactory.ts'
import { kindOf } from './txKind.ts'

export interface DeliveryDeps {
  /** Calls end in time. */
  readonly backend: L1TxBackend
  readonly signer: Address
  readonly clock: Clock
  readonly logger: Logger
  /** The bytes to publish; called for each attempt, as L1 may ask for another form of blobs meanwhile. */
  readonly networkForm: (tx: PreparedTx) => Promise<Uint8Array>
  /** The same transaction for a higher price; `undefined` when the limits or L1 do not allow one now. */
  readonly raise: (tx: PreparedTx, signal: AbortSignal) => Promise<PreparedTx | undefined>
  /** Whether no transaction of ours with a lower nonce is on its way. */
  readonly isFirst: () => boolean
  /** Called when L1 waits for another nonce before it, which nobody uses; fills the gap as far as it can. */
  readonly onGap: (nonce: bigint, signal: AbortSignal) => Promise<void>
  /** Called when a node has taken it for the first time. */
  readonly onPublished: () => void
  /** Called when it is first seen in a block. */
  readonly onMined: () => void
}

/** A pool's refusal because it holds transactions of the other kind that are not ours to wait for. */
export class PoolConflict extends TxError {
  constructor(tx: PreparedTx) {
    const kind = kindOf(tx.unsigned) === 'plain' ? 'with' : 'without'
    super(
      'TX_POOL_CONFLICT',
      `a stuck transaction ${kind} blobs keeps the pool from taking ours; it is being replaced`,
      {
        context: { nonce: tx.unsigned.nonce },
        metaMessages: ['Send again: the pool is free once the replacement is in a block.'],
      },
    )
  }
}

const nonceUsed = 'cannot get in: another one with its nonce is in a block'
const oneSender = ['Where somebody else sends with the same key, let only one of you do so.']

/**
 * Brings one signed transaction into a block and waits for its confirmations: publishes it, publishes it again, raises
 * its fees, and follows it through reorgs. All its forms have the same nonce, so only one of them can get in.
 */
export class Delivery {
  readonly #options: TxManagerOptions
  readonly #deps: DeliveryDeps
  #tx: PreparedTx
  /** Every form that a node may have, the newest last. */
  readonly #sent: Set<Hash>
  #isMined = false
  #isPublished = false
  #wantsRaise = false
  #raises = 0
  #nonceTooLowCount = 0
  #gapCount = 0
  #retries = 0
  #lastRefusal = 'L1 gave no answer'
  #publishAtMs = 0
  #raiseAtMs = 0
  #askAtMs = Number.POSITIVE_INFINITY
  #deadlineMs = 0

  /** @param sent - Forms of this very transaction that went out before. */
  constructor(
    options: TxManagerOptions,
    deps: DeliveryDeps,
    tx: PreparedTx,
    sent: ReadonlySet<Hash> = new Set(),
  ) {
    this.#options = options
    this.#deps = deps
    this.#tx = tx
    this.#sent = new Set(sent)
  }

  get nonce(): bigint {
    return this.#tx.unsigned.nonce
  }

  /** In its dearest form so far. */
  get tx(): PreparedTx {
    return this.#tx
  }

  /** How often its fees were raised. */
  get raises(): number {
    return this.#raises
  }

  /** Every form that a node may have. */
  get sent(): ReadonlySet<Hash> {
    return this.#sent
  }

  /**
   * @throws {TxError} `TX_NONCE_TOO_LOW`, `TX_NOT_IN_MEMPOOL`, `TX_REJECTED`, `TX_UNDERFUNDED`, `TX_POOL_CONFLICT`
   * @throws the signal's reason when it aborts.
   */
  async run(signal: AbortSignal): Promise<TxReceipt> {
    const { clock } = this.#deps
    const startMs = clock.now()
    this.#publishAtMs = startMs
    this.#raiseAtMs = startMs + this.#options.resubmissionTimeoutMs
    this.#deadlineMs = startMs + this.#options.notInMempoolTimeoutMs
    for (;;) {
      signal.throwIfAborted()
      if (clock.now() >= this.#askAtMs) {
        const receipt = await this.#confirmed(signal)
        if (receipt !== undefined) return receipt
      }
      if (!this.#isMined) {
        this.#assertInTime()
        const isDue = clock.now() >= Math.min(this.#publishAtMs, this.#raiseAtMs)
        if (isDue) await this.#publish(signal)
      }
      await clock.sleepUntil(this.#nextStepMs(), signal)
    }
  }

  #nextStepMs(): number {
    if (this.#isMined) return this.#askAtMs
    const deadlineMs = this.#isPublished ? Number.POSITIVE_INFINITY : this.#deadlineMs
    return Math.min(this.#askAtMs, this.#publishAtMs, this.#raiseAtMs, deadlineMs)
  }

  /** Publishes the transaction, dearer each time that it is found too cheap, until a node takes it or it must wait. */
  async #publish(signal: AbortSignal): Promise<void> {
    const { clock, logger } = this.#deps
    if (clock.now() >= this.#raiseAtMs) {
      this.#wantsRaise = true
      this.#raiseAtMs = clock.now() + this.#options.resubmissionTimeoutMs
    }
    for (;;) {
      const isRaised = await this.#raise(signal)
      const refusal = await this.#send(signal)
      if (refusal === undefined) return
      const canBeRaised = isRaised || !this.#wantsRaise
      if (refusal.kind !== 'underpriced' || !canBeRaised) return this.#refused(refusal)
      logger.debug('Transaction is underpriced', { tx: this.#tx.hash, reason: refusal.message })
      this.#wantsRaise = true
    }
  }

  /** False when no raise was wanted, or none could be had: then the old form is sent again, lest it be forgotten. */
  async #raise(signal: AbortSignal): Promise<boolean> {
    if (!this.#wantsRaise) return false
    const raised = await this.#deps.raise(this.#tx, signal)
    if (raised === undefined) return false
    this.#tx = raised
    this.#raises++
    this.#wantsRaise = false
    return true
  }

  /** Hands the transaction to L1 once. `undefined` when it has it, or gave no answer. */
  async #send(signal: AbortSignal): Promise<Refused | undefined> {
    const { backend, clock, logger, networkForm, onPublished } = this.#deps
    const { rebroadcastIntervalMs, retryIntervalMs, receiptQueryIntervalMs } = this.#options
    const raw = await networkForm(this.#tx)
    let message: string | undefined
    try {
      message = (await backend.sendRawTransaction(raw, signal))?.message
    } catch (error) {
      signal.throwIfAborted()
      // It may have arrived all the same.
      this.#sent.add(this.#tx.hash)
      logger.warn('L1 did not answer when a transaction was published', {
        ...this.#fields(),
        error,
      })
      this.#publishAtMs = clock.now() + retryIntervalMs
      this.#askAtMs = Math.min(this.#askAtMs, clock.now() + receiptQueryIntervalMs)
      return undefined
    }
    if (message !== undefined) {
      const kind = classifyRefusal(message, this.#options.alreadyPublishedCustomErrs)
      if (kind !== 'known') return { kind, message }
    }
    logger[this.#sent.has(this.#tx.hash) ? 'debug' : 'info'](
      'Published transaction',
      this.#fields(),
    )
    this.#sent.add(this.#tx.hash)
    this.#isPublished = true
    this.#retries = 0
    this.#publishAtMs =
      rebroadcastIntervalMs > 0 ? clock.now() + rebroadcastIntervalMs : Number.POSITIVE_INFINITY
    this.#askAtMs = Math.min(this.#askAtMs, clock.now() + receiptQueryIntervalMs)
    onPublished()
    return undefined
  }

  /** Decides how to go on after a refusal. @throws {TxError} when there is no way. */
  #refused({ kind, message }: Refused): void {
    const { clock, logger, signer, isFirst } = this.#deps
    const { rebroadcastIntervalMs, retryIntervalMs, receiptQueryIntervalMs, maxRetries } =
      this.#options
    const now = clock.now()
    logger.debug('L1 refused a transaction', { ...this.#fields(), reason: message })
    this.#lastRefusal = message
    this.#publishAtMs = now + (this.#isPublished ? rebroadcastIntervalMs : 0) + retryIntervalMs
    switch (kind) {
      case 'nonceTooLow':
        if (this.#sent.size === 0) throw this.#failure('TX_NONCE_TOO_LOW', nonceUsed, oneSender)
        // Most often it is ours that is in a block.
        this.#nonceTooLowCount++
        this.#askAtMs = now
        return
      case 'reserved':
        if (isFirst()) throw new PoolConflict(this.#tx)
        return
      case 'nonceTooHigh':
      case 'full':
      case 'underpriced':
        if (!this.#isPublished)
          logger.warn('No pool takes the transaction yet', { ...this.#fields(), reason: message })
        // No pool takes blobs behind a gap, which shows only where somebody asks.
        if (kind === 'nonceTooHigh')
          this.#askAtMs = Math.min(this.#askAtMs, now + receiptQueryIntervalMs)
        return
      case 'underfunded': {
        const advice = [`Send ETH on L1 to ${signer}.`]
        if (!this.#isPublished) {
          throw this.#failure('TX_UNDERFUNDED', `cannot pay: ${message}`, advice)
        }
        logger.error('The account cannot pay for a transaction that waits', {
          ...this.#fields(),
          reason: message,
          try: advice,
        })
        return
      }
      default:
        // What a node has taken once may well be on its way, whatever it says of the copy.
        if (this.#isPublished) return
        logger.warn('L1 refuses a transaction', { ...this.#fields(), reason: message })
        if (++this.#retries > maxRetries) {
          const what = `was refused ${this.#retries} times: ${message}`
          throw this.#failure('TX_REJECTED', what, [adviceFor(message)])
        }
    }
  }

  /** @throws {TxError} `TX_NOT_IN_MEMPOOL` */
  #assertInTime(): void {
    if (this.#isPublished || this.#deps.clock.now() < this.#deadlineMs) return
    const { notInMempoolTimeoutMs } = this.#options
    const what = `was taken by no node in ${notInMempoolTimeoutMs} ms: ${this.#lastRefusal}`
    throw this.#failure('TX_NOT_IN_MEMPOOL', what)
  }

  /** The receipt once it has its confirmations. @throws {TxError} `TX_NONCE_TOO_LOW` */
  async #confirmed(signal: AbortSignal): Promise<TxReceipt | undefined> {
    const { backend, clock, logger, signer } = this.#deps
    this.#askAtMs = clock.now() + this.#options.receiptQueryIntervalMs
    let receipt: TxReceipt | undefined
    let head: L1Head
    let nonce: bigint
    try {
      const hashes = [...this.#sent].reverse()
      // The nonce first: a transaction that gets into a block meanwhile has its receipt then.
      nonce = await backend.nonce(signer, 'latest', signal)
      const receipts = await Promise.all(hashes.map((hash) => backend.receipt(hash, signal)))
      receipt = receipts.find((found) => found !== undefined)
      head = await backend.head(signal)
    } catch (error) {
      signal.throwIfAborted()
      logger.warn('L1 did not say whether a transaction is in a block', {
        ...this.#fields(),
        error,
      })
      return undefined
    }
    if (receipt === undefined) {
      this.#notMined()
      await this.#checkGap(nonce, signal)
      return undefined
    }
    if (!this.#isMined) this.#deps.onMined()
    this.#isMined = true
    const confirmations = Number(head.number - receipt.blockNumber) + 1
    if (confirmations < this.#options.numConfirmations) return undefined
    logger.info('Transaction confirmed', {
      tx: receipt.transactionHash,
      nonce: this.nonce,
      block: { hash: receipt.blockHash, number: receipt.blockNumber },
      raises: this.#raises,
    })
    return receipt
  }

  /** @throws {TxError} `TX_NONCE_TOO_LOW` */
  #notMined(): void {
    const { clock, logger } = this.#deps
    if (this.#isMined) {
      logger.warn('Transaction is no longer in a block: L1 reorganized', this.#fields())
      this.#isMined = false
      // Reports from before the reorg say nothing now.
      this.#nonceTooLowCount = 0
      this.#publishAtMs = clock.now()
    }
    if (this.#nonceTooLowCount >= this.#options.safeAbortNonceTooLowCount) {
      throw this.#failure('TX_NONCE_TOO_LOW', nonceUsed, oneSender)
    }
  }

  /** @param nonce - Of the account, in L1's newest block. */
  async #checkGap(nonce: bigint, signal: AbortSignal): Promise<void> {
    const { clock, isFirst, onGap } = this.#deps
    this.#gapCount = nonce < this.nonce && isFirst() ? this.#gapCount + 1 : 0
    // A node may lag behind the others: one report is none.
    if (this.#gapCount < this.#options.safeAbortNonceTooLowCount) return
    this.#gapCount = 0
    await onGap(nonce, signal)
    // A pool that has lost those before it may have lost this one too.
    this.#publishAtMs = clock.now()
  }

  #fields() {
    const { hash, fees } = this.#tx
    return { tx: hash, nonce: this.nonce, ...fees }
  }

  #failure(code: TxError['code'], what: string, metaMessages: readonly string[] = []): TxError {
    const { nonce } = this
    const { hash } = this.#tx
    return new TxError(code, `transaction ${hash} with nonce ${nonce} ${what}`, {
      context: { tx: hash, nonce },
      metaMessages,
    })
  }
}

interface Refused {
  readonly kind: SendRefusal
  readonly message: string
}
