import type { Worker } from 'node:worker_threads'
import { assertNever } from '../../base/assertNever.ts'
import { ChainError, TaktError } from '../../base/errors.ts'
import type { DerivedAttributes } from '../../derive/derivedAttributes.ts'
import type { SafeChainProvider } from '../../derive/providers.ts'
import type { Derivation, DerivationOutcome } from '../../driver/derivation.ts'
import { errorFromWire, errorToWire } from '../../execution/worker/wireError.ts'
import { endThread } from '../../runtime/endThread.ts'
import type { Logger } from '../../runtime/logger.ts'
import { PendingCalls } from '../../runtime/pendingCalls.ts'
import { startThread } from '../../runtime/startThread.ts'
import { importKzgLibrary } from '../../sources/kzg.ts'
import type { NodeObserver } from '../observer.ts'
import {
  type DerivationCall,
  type DerivationThreadOptions,
  type FromDerivation,
  type PackedAttributes,
  type PackedOutcome,
  settleCall,
  type ToDerivation,
  unpackAttributes,
} from './messages.ts'

/** Derivation in a thread of its own, which also talks to L1: the thread of the node keeps time. */
export interface DerivationThread extends Derivation {
  /** Ends the thread unprepared, as a fault would. For trying out what a node does then. */
  crash(): Promise<void>
  /** Ends the thread. Calls in flight are rejected. */
  close(): Promise<void>
}

type DerivationOptions = Omit<DerivationThreadOptions, 'isObserved'>

export interface DerivationThreadDeps {
  /** Read for the thread: the engine is not its own. */
  readonly l2: SafeChainProvider
  readonly logger: Logger
  readonly observer?: Pick<NodeObserver, 'onDerivationEvent' | 'onRequest'> | undefined
}

/**
 * Starts the thread. When it dies, calls are rejected with a `reset` error, and the next `reset` starts another one.
 *
 * @throws {ConfigError} when the options cannot be used.
 */
export async function startDerivationThread(
  options: DerivationOptions,
  deps: DerivationThreadDeps,
): Promise<DerivationThread> {
  // Threads come and go, and the library wants to be loaded first by who stays. Without it, blobs alone are missed.
  await importKzgLibrary().catch(() => undefined)
  const thread = new Thread(options, deps)
  await thread.start()
  return thread
}

class Thread implements DerivationThread {
  readonly #options: DerivationOptions
  readonly #deps: DerivationThreadDeps
  readonly #pending = new PendingCalls()
  #worker: Worker | undefined
  #horizon: bigint | undefined
  #isClosing = false

  constructor(options: DerivationOptions, deps: DerivationThreadDeps) {
    this.#options = options
    this.#deps = deps
  }

  async start(): Promise<void> {
    const worker = startThread('./entry', import.meta.url, {
      workerData: { ...this.#options, isObserved: this.#deps.observer !== undefined },
      name: 'takt-derivation',
    })
    const ready = Promise.withResolvers<void>()
    let isReady = false
    let cause: unknown
    worker.on('message', (message: FromDerivation) => {
      if (message.type === 'failed') cause = errorFromWire(message.error)
      else if (message.type === 'ready') ready.resolve()
      else this.#receive(worker, message)
    })
    worker.on('error', (error) => {
      cause = error
    })
    worker.on('exit', () => {
      const gone = threadGone(cause)
      ready.reject(cause instanceof TaktError ? cause : gone)
      if (this.#worker !== worker) return
      this.#worker = undefined
      this.#pending.rejectAll(gone)
      if (isReady) this.#deps.logger.error('Derivation thread ended unexpectedly', { error: gone })
    })
    this.#worker = worker
    await ready.promise
    isReady = true
    if (this.#horizon !== undefined) this.setHorizon(this.#horizon)
  }

  async reset(...[safeHead, readUpTo, signal]: Parameters<Derivation['reset']>): Promise<void> {
    if (this.#worker === undefined && !this.#isClosing) await this.start()
    await this.#call({ method: 'reset', safeHead, readUpTo }, signal)
  }

  async next(...[safeHead, signal]: Parameters<Derivation['next']>): Promise<DerivationOutcome> {
    const outcome = (await this.#call({ method: 'next', safeHead }, signal)) as PackedOutcome
    if (outcome.type !== 'attributes') return outcome
    return { ...outcome, derived: unpackAttributes(outcome.derived) }
  }

  async depositsOnly(
    ...[parent, derivedFrom]: Parameters<Derivation['depositsOnly']>
  ): Promise<DerivedAttributes> {
    const packed = await this.#call({ method: 'depositsOnly', parent, derivedFrom }, undefined)
    return unpackAttributes(packed as PackedAttributes)
  }

  setHorizon(number: bigint): void {
    this.#horizon = number
    this.#worker?.postMessage({ type: 'horizon', number } satisfies ToDerivation)
  }

  async crash(): Promise<void> {
    if (this.#worker !== undefined)
      await endThread(this.#worker, { type: 'crash' } satisfies ToDerivation)
  }

  async close(): Promise<void> {
    this.#isClosing = true
    const worker = this.#worker
    if (worker === undefined) return
    // No longer ours: its exit is expected.
    this.#worker = undefined
    this.#pending.rejectAll(threadGone(undefined))
    await endThread(worker, { type: 'close' } satisfies ToDerivation)
  }

  #call(call: DerivationCall, signal: AbortSignal | undefined): Promise<unknown> {
    const worker = this.#worker
    if (worker === undefined) return Promise.reject(threadGone(undefined))
    const post = (message: ToDerivation) => worker.postMessage(message)
    return this.#pending.begin(
      (id) => post({ type: 'call', id, call }),
      signal,
      (id) => post({ type: 'abort', id }),
    )
  }

  #receive(
    worker: Worker,
    message: Exclude<FromDerivation, { type: 'ready' } | { type: 'failed' }>,
  ): void {
    switch (message.type) {
      case 'result':
        settleCall(this.#pending, message)
        break
      case 'l2':
        void this.#answer(worker, message)
        break
      case 'log':
        this.#deps.logger[message.level](message.message, message.fields)
        break
      case 'event':
        this.#deps.observer?.onDerivationEvent(message.event)
        break
      case 'request':
        this.#deps.observer?.onRequest('l1', message.request)
        break
      default:
        assertNever(message)
    }
  }

  /** Reads L2 for the thread. */
  async #answer(
    worker: Worker,
    { id, method, args }: Extract<FromDerivation, { type: 'l2' }>,
  ): Promise<void> {
    const post = (message: ToDerivation) => worker.postMessage(message)
    try {
      const read = this.#deps.l2[method] as (...args: unknown[]) => Promise<unknown>
      post({ type: 'answer', id, value: await read.call(this.#deps.l2, ...args) })
    } catch (error) {
      post({ type: 'answer', id, error: errorToWire(error) })
    }
  }
}

function threadGone(cause: unknown): ChainError {
  return new ChainError('reset', 'DERIVATION_GONE', 'the derivation thread does not run', { cause })
}
