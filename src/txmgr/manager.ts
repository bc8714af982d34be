import { equalBytes } from '../base/bytes.ts'
import { ChainError } from '../base/errors.ts'
import type { Hash } from '../base/hex.ts'
import { maxBigInt } from '../base/maxBigInt.ts'
import { knownL1Chain } from '../chain/l1Chain.ts'
import { type Clock, sleep } from '../runtime/clock.ts'
import { withLinkedSignal } from '../runtime/linkedSignal.ts'
import type { Logger } from '../runtime/logger.ts'
import { orAbort } from '../runtime/orAbort.ts'
import { SerialExecutor } from '../runtime/serial.ts'
import type { L1TxBackend } from './backend.ts'
import { Delivery, type DeliveryDeps, PoolConflict } from './delivery.ts'
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
import type { BlobSidecars } from './sidecar.ts'
import { timedBackend } from './timedBackend.ts'
import { TxError } from './txError.ts'
import { type PreparedTx, type TxDraft, TxFactory } from './txFactory.ts'

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
const preparationAttempts = 30
const preparationPauseMs = 2_000

// Of those given up on, or confirmed: more than batchers have on their way at one time.
const rememberedTransactions = 100
// L1 does not reorganize deeper; blobs are large to remember.
const rememberedBlocks = 64n

/** One call of `send`, from being asked for to its end. */
interface Send {
  /** Counts the calls. */
  readonly order: number
  readonly abort: AbortController
  /** It was confirmed before, and is sent again. */
  readonly isResend: boolean
}

/** One transaction with its nonce, on its way. */
interface Flight {
  readonly order: number
  readonly delivery: Delivery
  /** Resolves when a node has it. */
  readonly published: PromiseWithResolvers<void>
  /** Resolves when it has been in a block. */
  readonly mined: PromiseWithResolvers<void>
}

/** One transaction that has its confirmations. */
interface Landed {
  readonly order: number
  readonly delivery: Delivery
  readonly blockNumber: bigint
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
  readonly #departures = new SerialExecutor()
  readonly #sends = new Map<Send, Promise<unknown>>()
  /** By order. */
  #flights: readonly Flight[] = []
  /** What was given up on, and may be on L1 nevertheless. The newest last. */
  #abandoned: readonly Delivery[] = []
  /** What was confirmed lately, by order: a deep reorg may take it out of L1. */
  #landed: readonly Landed[] = []
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
    const cellProofTime = options.cellProofTime ?? knownL1Chain(chainId)?.osakaTime
    this.#factory = new TxFactory(
      this.#options,
      { chainId, cellProofTime },
      { ...deps, backend: this.#backend },
    )
    const fillerEvents = {
      isFirst: () => true,
      onGap: async () => undefined,
      onPublished() {},
      onMined() {},
    }
    this.#filler = new NonceFiller({
      address: this.address,
      backend: this.#backend,
      factory: this.#factory,
      newDelivery: (tx) =>
        this.#delivery({ ...this.#options, numConfirmations: 1 }, tx, undefined, fillerEvents),
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
    this.#landed = []
    this.#abandoned = []
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
    return this.#departures.run(async () => {
      if (this.#landed.length > 0) {
        this.#resendFrom(await this.#backend.nonce(this.address, 'latest', signal))
      }
      return [...this.#sends.keys()].filter(({ isResend }) => isResend).length
    })
  }

  replacePooled(signal: AbortSignal): Promise<void> {
    return this.#departures.run(() => this.#filler.replacePooled(undefined, signal))
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
        const departure = this.#departures.run(() =>
          this.#depart(send.order, candidate, sidecars, signal),
        )
        return await this.#fly(await orAbort(departure, signal), signal)
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
  async #depart(
    order: number,
    candidate: TxCandidate,
    sidecars: BlobSidecars | undefined,
    signal: AbortSignal,
  ): Promise<Flight> {
    const { draft, tx, sent } = await this.#persistently(async () => {
      const draft = await this.#factory.draft(candidate, sidecars, signal)
      const nonce = await this.#nextNonce(signal)
      const former = await this.#former(draft, nonce, signal)
      const tx = former?.tx ?? (await this.#factory.sign(draft, nonce, signal))
      return { draft, tx, sent: former?.sent }
    }, signal)
    this.#abandoned = this.#abandoned.filter((former) => !isMadeOf(former.tx, draft))
    return this.#takeOff(order, tx, sent)
  }

  #takeOff(order: number, tx: PreparedTx, sent: ReadonlySet<Hash> | undefined): Flight {
    const published = Promise.withResolvers<void>()
    const mined = Promise.withResolvers<void>()
    const delivery = this.#delivery(this.#options, tx, sent, {
      isFirst: () => this.#flights[0] === flight,
      onGap: (nonce, signal) => this.#fillGap(tx, nonce, signal),
      onPublished: () => published.resolve(),
      onMined: () => {
        published.resolve()
        mined.resolve()
      },
    })
    const flight: Flight = { order, delivery, published, mined }
    this.#flights = [...this.#flights, flight].toSorted((a, b) => a.order - b.order)
    return flight
  }

  /** @param nonce - Of the account, in L1's newest block: what was confirmed with it or a higher one is lost. */
  #resendFrom(nonce: bigint): void {
    const isLost = ({ delivery }: Landed) => delivery.tx.unsigned.nonce >= nonce
    const lost = this.#landed.filter(isLost)
    this.#landed = this.#landed.filter((landed) => !isLost(landed))
    for (const landed of lost) this.#resend(landed)
  }

  /** Brings one to L1 once more that was there. Whoever sent it knows it as confirmed, so only the log hears. */
  #resend({ order, delivery, blockNumber }: Landed): void {
    const { logger } = this.#deps
    const { hash, unsigned } = delivery.tx
    logger.warn('L1 reorganized beyond the confirmations: sending a transaction again', {
      tx: hash,
      nonce: unsigned.nonce,
      try: 'If this comes often, raise --num-confirmations.',
    })
    const send: Send = { order, abort: new AbortController(), isResend: true }
    const flight = this.#takeOff(order, delivery.tx, delivery.sent)
    const failed = (error: unknown) => {
      this.#drop(order)
      if (this.#isClosed) return
      logger.warn('A transaction that L1 lost cannot be brought back now', { tx: hash, error })
      this.#abandoned = this.#abandoned.filter((other) => other !== flight.delivery)
      const isReplaced = error instanceof TxError && error.code === 'TX_NONCE_TOO_LOW'
      if (!isReplaced) this.#land({ order, delivery: flight.delivery, blockNumber })
    }
    const run = this.#fly(flight, send.abort.signal)
      .catch(failed)
      .finally(() => this.#sends.delete(send))
    this.#sends.set(send, run)
  }

  async #nextNonce(signal: AbortSignal): Promise<bigint> {
    // A later one of those on their way may be in a block, and forgotten here, before an earlier one is.
    const mined = await this.#backend.nonce(this.address, 'latest', signal)
    // Its nonce would be taken from what is lost.
    this.#resendFrom(mined)
    const behindFlights = this.#flights.map(({ delivery }) => delivery.tx.unsigned.nonce + 1n)
    return behindFlights.reduce(maxBigInt, mined)
  }

  /**
   * The same transaction where it was given up on before, so that it does not get in twice: it is in a block after all,
   * or has just the nonce that is next.
   */
  async #former(draft: TxDraft, nonce: bigint, signal: AbortSignal): Promise<Delivery | undefined> {
    const former = this.#abandoned.find(({ tx }) => isMadeOf(tx, draft))
    if (former === undefined) return undefined
    const own = former.tx.unsigned.nonce
    if (own === nonce) return former
    if (own > nonce) return undefined
    const receipts = [...former.sent].map((hash) => this.#backend.receipt(hash, signal))
    return (await Promise.all(receipts)).some((found) => found !== undefined) ? former : undefined
  }

  /** Repeats what fails for reasons that pass. @throws the last error; the signal's reason when it aborts. */
  async #persistently<T>(task: () => Promise<T>, signal: AbortSignal): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      signal.throwIfAborted()
      try {
        const result = await task()
        signal.throwIfAborted()
        return result
      } catch (error) {
        signal.throwIfAborted()
        if (attempt === preparationAttempts || !mayPass(error)) throw error
        this.#deps.logger.warn('Transaction cannot be made yet', { attempt, error })
        await sleep(this.#deps.clock, preparationPauseMs, signal)
      }
    }
  }

  async #fly(flight: Flight, signal: AbortSignal): Promise<TxReceipt> {
    const { clock, observer } = this.#deps
    const { delivery } = flight
    const earlier = this.#flights.filter(({ order }) => order < flight.order)
    // No pool takes both kinds of one account at once.
    const free = earlier.map((other) =>
      hasBlobs(other.delivery.tx) === hasBlobs(delivery.tx) ? other.published : other.mined,
    )
    await orAbort(Promise.all(free.map(({ promise }) => promise)), signal)
    try {
      const startedMs = clock.now()
      const receipt = await delivery.run(signal)
      this.#flights = this.#flights.filter((other) => other !== flight)
      this.#land({ order: flight.order, delivery, blockNumber: receipt.blockNumber })
      const { tx, raises } = delivery
      const durationMs = clock.now() - startedMs
      observer?.onConfirmed({ receipt, hasBlobs: hasBlobs(tx), raises, durationMs })
      return receipt
    } catch (error) {
      if (error instanceof PoolConflict) {
        this.#drop(flight.order)
        await this.#departures.run(() => this.#clearPool(delivery.tx, signal))
      }
      throw error
    }
  }

  #land(landed: Landed): void {
    const all = [...this.#landed, landed].toSorted((a, b) => a.order - b.order)
    const newest = all.map(({ blockNumber }) => blockNumber).reduce(maxBigInt)
    this.#landed = all
      .filter(({ blockNumber }) => blockNumber + rememberedBlocks >= newest)
      .slice(-rememberedTransactions)
  }

  #delivery(
    options: TxManagerOptions,
    tx: PreparedTx,
    sent: ReadonlySet<Hash> | undefined,
    events: Pick<DeliveryDeps, 'isFirst' | 'onGap' | 'onPublished' | 'onMined'>,
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

  /** Takes a call that failed out of the line, with all that were asked for after it. */
  #drop(order: number): void {
    const dropped = this.#flights.filter((flight) => flight.order >= order)
    this.#abandoned = [...this.#abandoned, ...dropped.map(({ delivery }) => delivery)].slice(
      -rememberedTransactions,
    )
    this.#flights = this.#flights.filter((flight) => flight.order < order)
    for (const send of this.#sends.keys()) {
      if (send.order > order) send.abort.abort(orderLost())
    }
  }

  /** Frees the pool for a transaction of the other kind than what is stuck there. */
  async #clearPool(blocked: PreparedTx, signal: AbortSignal): Promise<void> {
    try {
      await this.#filler.replacePooled(hasBlobs(blocked) ? 'plain' : 'blobs', signal)
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
    const kind = unsigned.blobs === undefined ? 'plain' : 'blobs'
    try {
      await this.resendLost(signal)
      // What is sent again may be behind the gap too: only one that is in it closes it.
      const isClosing = ({ delivery }: Flight) => delivery.tx.unsigned.nonce < unsigned.nonce
      if (this.#flights.some(isClosing)) return
      await this.#departures.run(() => this.#filler.fill(from, unsigned.nonce, kind, signal))
    } catch (error) {
      signal.throwIfAborted()
      this.#deps.logger.warn('Lost nonces could not be filled', { error })
    }
  }
}

function hasBlobs({ unsigned }: PreparedTx): boolean {
  return unsigned.blobs !== undefined
}

/** Whether a transaction does what a draft would, whatever it offers for it. */
function isMadeOf({ unsigned }: PreparedTx, { candidate, versionedHashes = [] }: TxDraft): boolean {
  const { to, data, value = 0n } = candidate
  const hashes = unsigned.blobs?.versionedHashes ?? []
  return (
    unsigned.to === to &&
    unsigned.value === value &&
    equalBytes(unsigned.data, data) &&
    hashes.join() === versionedHashes.join()
  )
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
