import { ChainError } from '../base/errors.ts'
import type { Address, Hash } from '../base/hex.ts'
import type { Clock } from '../runtime/clock.ts'
import { withExpiry } from '../runtime/expiry.ts'
import { withLinkedSignal } from '../runtime/linkedSignal.ts'
import type { Logger } from '../runtime/logger.ts'
import { orAbort } from '../runtime/orAbort.ts'
import { retry } from '../runtime/retry.ts'
import { SerialExecutor } from '../runtime/serial.ts'
import type { L1TxBackend } from './backend.ts'
import { Delivery, type DeliveryDeps, PoolConflict } from './delivery.ts'
import { type Flight, Flights } from './flights.ts'
import type { TxCandidate, TxReceipt } from './interface.ts'
import { NonceFiller } from './nonceFiller.ts'
import type { TxObserver } from './observer.ts'
import type { TxManagerOptions } from './options.ts'
import { type ConfirmedDelivery, PastDeliveries } from './pastDeliveries.ts'
import { TxError } from './txError.ts'
import type { PreparedTx, TxFactory } from './txFactory.ts'
import { kindOf, otherKind } from './txKind.ts'

export interface NonceLineDeps {
  readonly address: Address
  /** Calls end in time. */
  readonly backend: L1TxBackend
  readonly factory: TxFactory
  readonly clock: Clock
  readonly logger: Logger
  readonly observer?: TxObserver | undefined
}

// As op-service: how often, and how far apart, a transaction is tried to be made.
const preparation = { maxAttempts: 30, baseDelayMs: 2_000, maxDelayMs: 2_000 }
// Nothing random in the pauses: one transaction at a time is made, and meets no other.
const noJitter = () => 1

/** One transaction that is wanted on L1, from being asked for to its end. */
interface Send {
  /** Counts the calls; 0 for what was confirmed before and is sent again. */
  readonly order: number
  readonly abort: AbortController
  /** `undefined` before the transaction is made. */
  flight: Flight | undefined
}

/**
 * The transactions of one account, each with its nonce.
 *
 * Gives nonces in the order of the calls, and keeps it: a transaction is published after the one before it, and what
 * comes behind one that fails fails too.
 */
export class NonceLine {
  readonly #options: TxManagerOptions
  readonly #deps: NonceLineDeps
  readonly #filler: NonceFiller
  /** Transactions are made one at a time: each nonce follows from the one before. */
  readonly #inTurn = new SerialExecutor()
  readonly #sends = new Map<Send, Promise<unknown>>()
  readonly #flights = new Flights()
  readonly #past: PastDeliveries
  #lastOrder = 0
  #isClosed = false

  /** @param options - May change while it works. */
  constructor(options: TxManagerOptions, deps: NonceLineDeps) {
    this.#options = options
    this.#deps = deps
    this.#past = new PastDeliveries(deps)
    this.#filler = new NonceFiller({
      ...deps,
      newDelivery: (tx) =>
        this.#delivery({ ...options, numConfirmations: 1 }, tx, undefined, aloneEvents),
    })
  }

  /** How many are asked for and not settled. */
  get length(): number {
    return this.#sends.size
  }

  /** @throws {TxError} `TX_CLOSED` */
  assertOpen(): void {
    if (this.#isClosed) throw closed()
  }

  /** As `TxManager.send`. */
  send(candidate: TxCandidate, signal: AbortSignal | undefined): Promise<TxReceipt> {
    const send = { order: ++this.#lastOrder, abort: new AbortController(), flight: undefined }
    return this.#keep(send, this.#run(send, candidate, signal))
  }

  /** As `TxManager.resendLost`. */
  resendLost(signal: AbortSignal | undefined): Promise<number> {
    // One at a time, and not while a nonce is being given.
    return this.#inTurn.run(async () => {
      if (this.#past.hasConfirmed) await this.#minedNonce(signal)
      return [...this.#sends.keys()].filter(({ order }) => order === 0).length
    })
  }

  /** As `TxManager.replacePooled`. */
  replacePooled(signal: AbortSignal): Promise<void> {
    return this.#inTurn.run(() => this.#filler.replacePooled(undefined, signal))
  }

  /** As `TxManagerControl.forget`. */
  forget(): void {
    this.#past.forgetAll()
  }

  /** As `TxManager.close`. */
  async close(): Promise<void> {
    this.#isClosed = true
    for (const { abort } of this.#sends.keys()) abort.abort(closed())
    await Promise.allSettled(this.#sends.values())
  }

  /** Holds one in the line until it is settled. */
  #keep<T>(send: Send, run: Promise<T>): Promise<T> {
    const kept = run.finally(() => this.#sends.delete(send))
    this.#sends.set(send, kept)
    return kept
  }

  async #run(
    send: Send,
    candidate: TxCandidate,
    signal: AbortSignal | undefined,
  ): Promise<TxReceipt> {
    const bringToL1 = async (signal: AbortSignal) => {
      const prepared = this.#prepare(send, candidate, signal)
      return await this.#deliver(send, await orAbort(prepared, signal), signal)
    }
    try {
      return await withLinkedSignal([signal, send.abort.signal], (signal) =>
        this.#inTime(bringToL1, signal),
      )
    } catch (error) {
      this.#drop(send)
      throw error
    }
  }

  #inTime<T>(task: (signal: AbortSignal) => Promise<T>, signal: AbortSignal): Promise<T> {
    const { sendTimeoutMs } = this.#options
    if (sendTimeoutMs === 0) return task(signal)
    const message = `the transaction was not confirmed within ${sendTimeoutMs} ms`
    const reason = () => new TxError('TX_TIMEOUT', message)
    return withExpiry(this.#deps.clock, sendTimeoutMs, reason, task, signal)
  }

  /** Makes the transaction, in its turn, and gives it its nonce. */
  #prepare(send: Send, candidate: TxCandidate, signal: AbortSignal): Promise<Flight> {
    const { clock, factory, logger } = this.#deps
    // Blobs are proven while others have their turn.
    const sidecars = factory.sidecars(candidate.blobs)
    const attempt = async () => {
      const draft = await factory.draft(candidate, sidecars, signal)
      const mined = await this.#minedNonce(signal)
      const isFree = (nonce: bigint) => nonce >= mined && !this.#flights.has(nonce)
      const former = await this.#past.find(draft, isFree, signal)
      if (former !== undefined) return { tx: former.tx, former }
      return { tx: await factory.sign(draft, this.#flights.nextNonce(mined), signal) }
    }
    const isRetryable = (error: unknown) => {
      if (!mayPass(error)) return false
      logger.warn('Transaction cannot be made yet', { error })
      return true
    }
    return this.#inTurn.run(async () => {
      const timing = { clock, random: noJitter }
      const { tx, former } = await retry(attempt, isRetryable, preparation, timing, signal)
      signal.throwIfAborted()
      if (former !== undefined) this.#past.forget(former)
      return this.#putInFlight(send, tx, former?.sent)
    })
  }

  /** How many nonces are used up in blocks. What was confirmed with later ones is on its way again. */
  async #minedNonce(signal: AbortSignal | undefined): Promise<bigint> {
    const { address, backend } = this.#deps
    const mined = await backend.nonce(address, 'latest', signal)
    // Whoever asked for the nonce may have waited for it beyond the end.
    this.assertOpen()
    for (const lost of this.#past.takeLost(mined)) this.#resend(lost)
    return mined
  }

  #putInFlight(send: Send, tx: PreparedTx, sent: ReadonlySet<Hash> | undefined): Flight {
    const published = Promise.withResolvers<void>()
    const mined = Promise.withResolvers<void>()
    const delivery = this.#delivery(this.#options, tx, sent, {
      isFirst: () => !this.#flights.hasBelow(delivery.nonce),
      onGap: (nonce, signal) => this.#fillGap(flight, nonce, signal),
      onPublished: () => published.resolve(),
      onMined: () => {
        published.resolve()
        mined.resolve()
      },
    })
    const flight: Flight = { delivery, published, mined }
    send.flight = flight
    this.#flights.add(flight)
    return flight
  }

  async #deliver(send: Send, flight: Flight, signal: AbortSignal): Promise<TxReceipt> {
    const { clock, observer } = this.#deps
    const { delivery } = flight
    await this.#flights.turnOf(flight, signal)
    try {
      const startedMs = clock.now()
      const receipt = await delivery.run(signal)
      this.#flights.remove(flight)
      this.#past.confirm({ delivery, blockNumber: receipt.blockNumber })
      const { tx, raises } = delivery
      const hasBlobs = kindOf(tx.unsigned) === 'blobs'
      observer?.onConfirmed({ receipt, hasBlobs, raises, durationMs: clock.now() - startedMs })
      return receipt
    } catch (error) {
      if (error instanceof PoolConflict) {
        this.#drop(send)
        await this.#inTurn.run(() => this.#clearPool(delivery.tx, signal))
      }
      throw error
    }
  }

  /** Takes one that failed out of the line, with all that come behind it. */
  #drop(failed: Send): void {
    const behind = [...this.#sends.keys()].filter((send) => isBehind(send, failed))
    for (const { flight } of [failed, ...behind]) {
      if (flight !== undefined && this.#flights.remove(flight)) this.#past.giveUp(flight.delivery)
    }
    for (const { abort } of behind) abort.abort(orderLost())
  }

  /** Brings one to L1 once more that was there. Whoever sent it knows it as confirmed, so only the log hears. */
  #resend({ delivery }: ConfirmedDelivery): void {
    const { logger } = this.#deps
    const { hash } = delivery.tx
    logger.warn('L1 reorganized beyond the confirmations: sending a transaction again', {
      tx: hash,
      nonce: delivery.nonce,
      try: 'If this comes often, raise --num-confirmations.',
    })
    const send: Send = { order: 0, abort: new AbortController(), flight: undefined }
    const flight = this.#putInFlight(send, delivery.tx, delivery.sent)
    const failed = (error: unknown) => {
      this.#drop(send)
      if (this.#isClosed) return
      logger.warn('A transaction that L1 lost cannot be brought back now', { tx: hash, error })
      const isReplaced = error instanceof TxError && error.code === 'TX_NONCE_TOO_LOW'
      if (isReplaced) this.#past.forget(flight.delivery)
      else this.#past.confirm({ delivery: flight.delivery, blockNumber: undefined })
    }
    void this.#keep(send, this.#deliver(send, flight, send.abort.signal).catch(failed))
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
  async #fillGap({ delivery }: Flight, from: bigint, signal: AbortSignal): Promise<void> {
    const { nonce, tx } = delivery
    try {
      await this.resendLost(signal)
      // What is sent again may be behind the gap too: only one that is in it closes it.
      if (this.#flights.hasBelow(nonce)) return
      await this.#inTurn.run(() => this.#filler.fill(from, nonce, kindOf(tx.unsigned), signal))
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
    const { address, factory } = this.#deps
    const networkForm = (tx: PreparedTx) => factory.networkForm(tx)
    const raise = (tx: PreparedTx, signal: AbortSignal) => factory.raise(tx, signal)
    const deps = { ...this.#deps, signer: address, networkForm, raise, ...events }
    return new Delivery(options, deps, tx, sent)
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

/** Whether one comes behind another: by their nonces, or while one has none, by when they were asked for. */
function isBehind(one: Send, other: Send): boolean {
  return one.flight === undefined || other.flight === undefined
    ? one.order > other.order
    : one.flight.delivery.nonce > other.flight.delivery.nonce
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
