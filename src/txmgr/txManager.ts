import { ChainError } from '../base/errors.ts'
import type { Hash } from '../base/hex.ts'
import { knownL1Chain } from '../chain/l1Chain.ts'
import { type Clock, sleep } from '../runtime/clock.ts'
import { withLinkedSignal } from '../runtime/linkedSignal.ts'
import type { Logger } from '../runtime/logger.ts'
import { orAbort } from '../runtime/orAbort.ts'
import { retry } from '../runtime/retry.ts'
import { SerialExecutor } from '../runtime/serial.ts'
import type { L1TxBackend } from './backend.ts'
import { Delivery, type DeliveryDeps, PoolConflict } from './delivery.ts'
import { type Flight, Flights } from './flights.ts'
import type {
  BlobProver,
  FeeSuggestion,
  Signer,
  TxCandidate,
  TxManager,
  TxManagerControl,
  TxManagerSettings,
  TxReceipt,
} from './interface.ts'
import { NonceFiller } from './nonceFiller.ts'
import type { TxObserver } from './observer.ts'
import { type TxManagerOptions, txManagerOptions } from './options.ts'
import { type ConfirmedDelivery, PastDeliveries } from './pastDeliveries.ts'
import type { BlobSidecars } from './sidecar.ts'
import { timedBackend } from './timedBackend.ts'
import { TxError } from './txError.ts'
import { type PreparedTx, TxFactory } from './txFactory.ts'
import { kindOf, otherKind } from './txKind.ts'

export interface TxManagerDeps {
  readonly backend: L1TxBackend
  readonly signer: Signer
  /** Called for each set of blobs; see `createKzgLoader`. */
  readonly loadProver: () => Promise<BlobProver>
  readonly clock: Clock
  readonly logger: Logger
  readonly observer?: TxObserver | undefined
}

/** Brings transactions of the signer's account to L1. */
export function createTxManager(
  options: TxManagerOptions,
  given: { readonly chainId: bigint },
  deps: TxManagerDeps,
): TxManager & TxManagerControl {
  return new NonceLine(options, given, deps)
}

// As op-service: how often, and how far apart, a transaction is tried to be made.
const preparation = { maxAttempts: 30, baseDelayMs: 2_000, maxDelayMs: 2_000 }
// Nothing random in the pauses: one transaction at a time is made, and meets no other.
const noJitter = () => 1

/** One call of `send`, from being asked for to its end. */
interface Send {
  /** Counts the calls. */
  readonly order: number
  readonly abort: AbortController
  /** It was confirmed before, and is sent again. */
  readonly isResend: boolean
}

/**
 * Gives nonces in the order of the calls, and keeps it: a transaction is published after the one before it, and what
 * was asked for after one that fails fails too.
 */
class NonceLine implements TxManager, TxManagerControl {
  /** Changed in place: all that reads it is to heed the change. */
  readonly #options: { -readonly [Name in keyof TxManagerOptions]: TxManagerOptions[Name] }
  readonly #deps: TxManagerDeps
  readonly #backend: L1TxBackend
  readonly #factory: TxFactory
  readonly #filler: NonceFiller
  /** Transactions are made one at a time: each nonce follows from the one before. */
  readonly #inTurn = new SerialExecutor()
  readonly #sends = new Map<Send, Promise<unknown>>()
  readonly #flights = new Flights()
  readonly #past: PastDeliveries
  #lastOrder = 0
  #isClosed = false

  constructor(
    options: TxManagerOptions,
    { chainId }: { readonly chainId: bigint },
    deps: TxManagerDeps,
  ) {
    this.#options = { ...options }
    this.#deps = deps
    this.#backend = timedBackend(deps.backend, options.networkTimeoutMs, deps)
    this.#past = new PastDeliveries({ backend: this.#backend })
    const cellProofTime = options.cellProofTime ?? knownL1Chain(chainId)?.osakaTime
    this.#factory = new TxFactory(
      this.#options,
      { chainId, cellProofTime },
      { ...deps, backend: this.#backend },
    )
    this.#filler = new NonceFiller({
      address: this.address,
      backend: this.#backend,
      factory: this.#factory,
      newDelivery: (tx) =>
        this.#delivery({ ...this.#options, numConfirmations: 1 }, tx, undefined, aloneEvents),
      logger: deps.logger,
    })
  }

  get address() {
    return this.#deps.signer.address
  }

  get pending(): number {
    return this.#sends.size
  }

  get settings(): TxManagerSettings {
    return this.#options
  }

  change(settings: Partial<TxManagerSettings>): void {
    Object.assign(this.#options, txManagerOptions({ ...this.#options, ...settings }))
    this.#deps.logger.info('Changed how transactions are sent', { ...settings })
  }

  forget(): void {
    this.#past.forgetAll()
  }

  suggestFees(signal?: AbortSignal): Promise<FeeSuggestion> {
    return this.#factory.suggestFees(signal)
  }

  balance(signal?: AbortSignal): Promise<bigint> {
    return this.#backend.balance(this.address, signal)
  }

  async blockNumber(signal?: AbortSignal): Promise<bigint> {
    return (await this.#backend.head(signal)).number
  }

  async send(candidate: TxCandidate, signal?: AbortSignal): Promise<TxReceipt> {
    signal?.throwIfAborted()
    if (this.#isClosed) throw closed()
    const { observer } = this.#deps
    observer?.onSend(candidate)
    const send: Send = {
      order: ++this.#lastOrder,
      abort: new AbortController(),
      isResend: false,
    }
    const run = this.#run(send, candidate, signal)
    this.#sends.set(send, run)
    try {
      return await run
    } catch (error) {
      observer?.onFailed(error)
      throw error
    } finally {
      this.#sends.delete(send)
    }
  }

  resendLost(signal?: AbortSignal): Promise<number> {
    // One at a time, and not while a nonce is being given.
    return this.#inTurn.run(async () => {
      if (this.#past.hasConfirmed) {
        this.#resendFrom(await this.#backend.nonce(this.address, 'latest', signal))
      }
      return [...this.#sends.keys()].filter(({ isResend }) => isResend).length
    })
  }

  replacePooled(signal: AbortSignal): Promise<void> {
    return this.#inTurn.run(() => this.#filler.replacePooled(undefined, signal))
  }

  async close(): Promise<void> {
    this.#isClosed = true
    for (const { abort } of this.#sends.keys()) abort.abort(closed())
    await Promise.allSettled(this.#sends.values())
  }

  async #run(
    send: Send,
    candidate: TxCandidate,
    signal: AbortSignal | undefined,
  ): Promise<TxReceipt> {
    const timer = this.#startTimer(send)
    try {
      return await withLinkedSignal([signal, send.abort.signal], async (signal) => {
        const sidecars = this.#factory.sidecars(candidate.blobs)
        const prepared = this.#inTurn.run(() =>
          this.#prepare(send.order, candidate, sidecars, signal),
        )
        return await this.#deliver(await orAbort(prepared, signal), signal)
      })
    } catch (error) {
      this.#drop(send.order)
      throw error
    } finally {
      timer.abort()
    }
  }

  #startTimer(send: Send): AbortController {
    const timer = new AbortController()
    const { sendTimeoutMs } = this.#options
    if (sendTimeoutMs === 0) return timer
    const expire = () => {
      const message = `the transaction was not confirmed within ${sendTimeoutMs} ms`
      send.abort.abort(new TxError('TX_TIMEOUT', message))
    }
    sleep(this.#deps.clock, sendTimeoutMs, timer.signal).then(expire, () => undefined)
    return timer
  }

  /** Makes the transaction and gives it its nonce. */
  async #prepare(
    order: number,
    candidate: TxCandidate,
    sidecars: BlobSidecars | undefined,
    signal: AbortSignal,
  ): Promise<Flight> {
    const { clock, logger } = this.#deps
    const attempt = async () => {
      const draft = await this.#factory.draft(candidate, sidecars, signal)
      const nonce = await this.#nextNonce(signal)
      const former = await this.#past.find(draft, nonce, signal)
      const tx = former?.tx ?? (await this.#factory.sign(draft, nonce, signal))
      return { draft, tx, sent: former?.sent }
    }
    const isRetryable = (error: unknown) => {
      if (!mayPass(error)) return false
      logger.warn('Transaction cannot be made yet', { error })
      return true
    }
    const timing = { clock, random: noJitter }
    const { draft, tx, sent } = await retry(attempt, isRetryable, preparation, timing, signal)
    signal.throwIfAborted()
    this.#past.forgetMadeOf(draft)
    return this.#putInFlight(order, tx, sent)
  }

  async #nextNonce(signal: AbortSignal): Promise<bigint> {
    // A later one of those on their way may be in a block, and forgotten here, before an earlier one is.
    const mined = await this.#backend.nonce(this.address, 'latest', signal)
    // Its nonce would be taken from what is lost.
    this.#resendFrom(mined)
    return this.#flights.nextNonce(mined)
  }

  #putInFlight(order: number, tx: PreparedTx, sent: ReadonlySet<Hash> | undefined): Flight {
    const published = Promise.withResolvers<void>()
    const mined = Promise.withResolvers<void>()
    const delivery = this.#delivery(this.#options, tx, sent, {
      isFirst: () => this.#flights.isFirst(flight),
      onGap: (nonce, signal) => this.#fillGap(tx, nonce, signal),
      onPublished: () => published.resolve(),
      onMined: () => {
        published.resolve()
        mined.resolve()
      },
    })
    const flight: Flight = { order, delivery, published, mined }
    this.#flights.add(flight)
    return flight
  }

  async #deliver(flight: Flight, signal: AbortSignal): Promise<TxReceipt> {
    const { clock, observer } = this.#deps
    const { order, delivery } = flight
    await this.#flights.turnOf(flight, signal)
    try {
      const startedMs = clock.now()
      const receipt = await delivery.run(signal)
      this.#flights.remove(flight)
      this.#past.confirm({ order, delivery, blockNumber: receipt.blockNumber })
      const { tx, raises } = delivery
      const hasBlobs = kindOf(tx.unsigned) === 'blobs'
      observer?.onConfirmed({ receipt, hasBlobs, raises, durationMs: clock.now() - startedMs })
      return receipt
    } catch (error) {
      if (error instanceof PoolConflict) {
        this.#drop(order)
        await this.#inTurn.run(() => this.#clearPool(delivery.tx, signal))
      }
      throw error
    }
  }

  /** Takes a call that failed out of the line, with all that were asked for after it. */
  #drop(order: number): void {
    this.#past.giveUp(this.#flights.takeFrom(order).map(({ delivery }) => delivery))
    for (const send of this.#sends.keys()) {
      if (send.order > order) send.abort.abort(orderLost())
    }
  }

  /** @param nonce - Of the account, in L1's newest block: what was confirmed with it or a higher one is lost. */
  #resendFrom(nonce: bigint): void {
    // Whoever asked for the nonce may have waited for it beyond the end.
    if (this.#isClosed) throw closed()
    for (const lost of this.#past.takeLost(nonce)) this.#resend(lost)
  }

  /** Brings one to L1 once more that was there. Whoever sent it knows it as confirmed, so only the log hears. */
  #resend({ order, delivery }: ConfirmedDelivery): void {
    const { logger } = this.#deps
    const { hash, unsigned } = delivery.tx
    logger.warn('L1 reorganized beyond the confirmations: sending a transaction again', {
      tx: hash,
      nonce: unsigned.nonce,
      try: 'If this comes often, raise --num-confirmations.',
    })
    const send: Send = { order, abort: new AbortController(), isResend: true }
    const flight = this.#putInFlight(order, delivery.tx, delivery.sent)
    const failed = (error: unknown) => {
      this.#drop(order)
      if (this.#isClosed) return
      logger.warn('A transaction that L1 lost cannot be brought back now', { tx: hash, error })
      const isReplaced = error instanceof TxError && error.code === 'TX_NONCE_TOO_LOW'
      if (isReplaced) this.#past.forget(flight.delivery)
      else this.#past.confirm({ order, delivery: flight.delivery, blockNumber: undefined })
    }
    const run = this.#deliver(flight, send.abort.signal)
      .catch(failed)
      .finally(() => this.#sends.delete(send))
    this.#sends.set(send, run)
  }

  /** Frees the pool for a transaction of the other kind than what is stuck there. */
  async #clearPool({ unsigned }: PreparedTx, signal: AbortSignal): Promise<void> {
    try {
      await this.#filler.replacePooled(otherKind(kindOf(unsigned)), signal)
    } catch (error) {
      signal.throwIfAborted()
      this.#deps.logger.warn('Stuck transactions could not be replaced', { error })
    }
  }

  /**
   * Lets a transaction get in that waits for lost ones before it: sends them again, or where they are not known, ones
   * that do nothing.
   *
   * @param from - The nonce that L1 waits for.
   */
  async #fillGap({ unsigned }: PreparedTx, from: bigint, signal: AbortSignal): Promise<void> {
    const { nonce } = unsigned
    try {
      await this.resendLost(signal)
      // What is sent again may be behind the gap too: only one that is in it closes it.
      if (this.#flights.hasBelow(nonce)) return
      await this.#inTurn.run(() => this.#filler.fill(from, nonce, kindOf(unsigned), signal))
    } catch (error) {
      signal.throwIfAborted()
      this.#deps.logger.warn('Lost nonces could not be filled', { error })
    }
  }

  #delivery(
    options: TxManagerOptions,
    tx: PreparedTx,
    sent: ReadonlySet<Hash> | undefined,
    events: DeliveryEvents,
  ): Delivery {
    const { clock, logger } = this.#deps
    const factory = this.#factory
    return new Delivery(
      options,
      {
        backend: this.#backend,
        signer: this.address,
        clock,
        logger,
        networkForm: (tx) => factory.networkForm(tx),
        raise: (tx, signal) => factory.raise(tx, signal),
        ...events,
      },
      tx,
      sent,
    )
  }
}

type DeliveryEvents = Pick<DeliveryDeps, 'isFirst' | 'onGap' | 'onPublished' | 'onMined'>

/** Of a delivery that waits for no other, and no other for it. */
const aloneEvents: DeliveryEvents = {
  isFirst: () => true,
  onGap: async () => undefined,
  onPublished() {},
  onMined() {},
}

function mayPass(error: unknown): boolean {
  if (error instanceof ChainError) return error.severity === 'temporary'
  return error instanceof TxError && ['TX_FEE_TOO_HIGH', 'TX_SIGNER'].includes(error.code)
}

function orderLost(): TxError {
  return new TxError('TX_ORDER_LOST', 'a transaction that was to be before this one failed', {
    metaMessages: ['Send both again, in their order.'],
  })
}

function closed(): TxError {
  return new TxError('TX_CLOSED', 'the transaction manager is closed')
}
