import { assertNever } from '../base/assertNever.ts'
import { type ChainError, severityOf, TaktError } from '../base/errors.ts'
import type { Hash } from '../base/hex.ts'
import type { L1BlockRef, L2BlockRef } from '../chain/refs.ts'
import type { RollupConfig } from '../chain/rollupConfig.ts'
import type { L1Provider } from '../derive/providers.ts'
import type { EngineController } from '../engine/controller.ts'
import type { L2Chain } from '../engine/interface.ts'
import { readSealedBlock } from '../engine/sealedBlock.ts'
import type { SealedBlock } from '../engine/tasks.ts'
import type { PayloadEnvelope } from '../protocol/payload.ts'
import type { Clock } from '../runtime/clock.ts'
import type { Logger } from '../runtime/logger.ts'
import { Mailbox } from '../runtime/mailbox.ts'
import type { Random } from '../runtime/random.ts'
import type { TaskGroup } from '../runtime/taskGroup.ts'
import { withTimeout } from '../runtime/timeout.ts'
import type { L1OriginSelector } from '../sequencer/originSelector.ts'
import type { Sequencer } from '../sequencer/sequencer.ts'
import { Activity, type ActivityKind } from './activity.ts'
import type { DriverObserver } from './observer.ts'
import { Patience } from './patience.ts'
import { Standstill } from './standstill.ts'
import { findL2Heads } from './syncStart.ts'
import { createSyncStatus, type L1Heads, type SyncStatus } from './syncStatus.ts'
import { BlockRefused, UnsafeBlocks } from './unsafeBlocks.ts'
import type { Verifier } from './verifier.ts'

export interface DriverOptions {
  readonly config: RollupConfig
  /** This node may make blocks. */
  readonly canSequence: boolean
  readonly skipSyncStartCheck: boolean
}

export interface DriverDeps {
  readonly engine: EngineController
  readonly sequencer: Sequencer
  /** `undefined`: nothing is derived from L1. */
  readonly verifier: Verifier | undefined
  readonly origins: Pick<L1OriginSelector, 'onL1Head' | 'reset'>
  readonly l1: L1Provider
  readonly l2: L2Chain
  readonly clock: Clock
  readonly random: Random
  readonly tasks: TaskGroup
  readonly logger: Logger
  readonly observe?: DriverObserver | undefined
}

// Some dozens of look-ups in L1 and the engine.
const findHeadsTimeoutMs = 60_000
const mailboxCapacity = 256

/** How derivation fares. */
export interface DerivationProgress {
  /** All of L1 is read, and what came of it is with the engine. */
  readonly isIdle: boolean
  /** When it last read another L1 block, or came to another L2 block. */
  readonly sinceMs: number
}

interface Reply<T> {
  readonly resolve: (value: T) => void
  readonly reject: (reason: unknown) => void
}

type Message =
  | { readonly type: 'l1'; readonly label: keyof L1Heads; readonly block: L1BlockRef }
  | { readonly type: 'start'; readonly hash: Hash; readonly reply: Reply<void> }
  | { readonly type: 'stop'; readonly timeoutMs: number; readonly reply: Reply<Hash> }
  | { readonly type: 'reset'; readonly reply: Reply<void> }
  | { readonly type: 'insert'; readonly block: SealedBlock; readonly reply: Reply<void> }

/**
 * The one loop that decides what happens to the chain.
 *
 * Everyone else hands it messages. It lets one activity run at a time (a reset, a block that is handed in, a step of
 * the sequencer, what was derived), and derivation beside it, which touches no heads. It never waits for them without
 * reading messages, and is the only one that acts on the severity of errors.
 */
export class Driver {
  readonly #options: DriverOptions
  readonly #deps: DriverDeps
  readonly #mailbox: Mailbox<Message>
  #l1: L1Heads = { head: undefined, safe: undefined, finalized: undefined }
  #currentL1: L1BlockRef | undefined
  #activity: Activity | undefined
  #derivation: Activity | undefined
  /** A reset that must happen before anything else. */
  #reset: { readonly dueMs: number } | undefined
  #hasReset = false
  readonly #patience: Patience
  readonly #unsafe: UnsafeBlocks
  #inserts: Extract<Message, { type: 'insert' }>[] = []
  #stop: { readonly deadlineMs: number; readonly replies: Reply<Hash>[] } | undefined
  #ended = false
  /** Wait for rest. */
  #resting: PromiseWithResolvers<number> | undefined
  readonly #unsafeHead: Standstill
  readonly #l1Head: Standstill
  readonly #reading: Standstill

  constructor(options: DriverOptions, deps: DriverDeps) {
    this.#options = options
    this.#deps = deps
    this.#patience = new Patience(deps)
    this.#unsafe = new UnsafeBlocks({}, deps)
    this.#mailbox = new Mailbox({ capacity: mailboxCapacity }, deps)
    this.#unsafeHead = new Standstill(this.#nowMs)
    this.#l1Head = new Standstill(this.#nowMs)
    this.#reading = new Standstill(this.#nowMs)
  }

  /** Where the node stands, as of now. */
  syncStatus(): SyncStatus {
    const reading = this.#deps.verifier?.origin ?? this.#currentL1
    return createSyncStatus(reading, this.#l1, this.#deps.engine.heads)
  }

  /** When the unsafe head last changed; before the first time, when the driver was made. */
  get unsafeSinceMs(): number {
    return this.#unsafeHead.sinceMs
  }

  /** When L1 last had another head; before the first time, when the driver was made. */
  get l1SinceMs(): number {
    return this.#l1Head.sinceMs
  }

  /** How derivation fares; `undefined` when nothing is derived. */
  get derivation(): DerivationProgress | undefined {
    const { verifier } = this.#deps
    return verifier && { isIdle: verifier.isIdle, sinceMs: this.#reading.sinceMs }
  }

  /** `undefined` until the heads are known. */
  get unsafeHead(): L2BlockRef | undefined {
    return this.#deps.engine.heads?.unsafe
  }

  /** Blocks of others that wait for those before them. */
  get waitingBlocks(): UnsafeBlocks['waiting'] {
    return this.#unsafe.waiting
  }

  get sequencerActive(): boolean {
    return this.#deps.sequencer.active
  }

  /** News from the L1 watcher. */
  onL1Block(label: keyof L1Heads, block: L1BlockRef): void {
    this.#mailbox.post({ type: 'l1', label, block }, label)
  }

  /** See {@link Sequencer.start}. */
  startSequencer(hash: Hash): Promise<void> {
    return this.#request((reply) => ({ type: 'start', hash, reply }))
  }

  /**
   * Stops making blocks: what the conductor has is inserted, as far as time allows, everything else is dropped.
   *
   * @returns the hash of the unsafe head.
   * @throws {TaktError} `SEQUENCER_NOT_RUNNING`
   */
  stopSequencer(timeoutMs = 4_000): Promise<Hash> {
    return this.#request((reply) => ({ type: 'stop', timeoutMs, reply }))
  }

  /** Finds the heads anew. Resolves when the reset is asked for, not when it is done. */
  requestReset(): Promise<void> {
    return this.#request((reply) => ({ type: 'reset', reply }))
  }

  /**
   * Makes a block from elsewhere the unsafe head, or keeps it until the blocks before it are there.
   *
   * @throws {DecodeError} when the payload is malformed; {@link BlockRefused} when it is not taken; {@link ChainError}
   * when the engine fails.
   */
  async insertUnsafePayload(envelope: PayloadEnvelope): Promise<void> {
    const block = readSealedBlock(this.#options.config, envelope)
    return this.#request((reply) => ({ type: 'insert', block, reply }))
  }

  /**
   * Resolves when there is nothing to do before the clock moves or there is news. For scripts that act in lockstep.
   *
   * @returns when there is, in milliseconds.
   */
  atRest(): Promise<number> {
    if (this.#ended) return Promise.resolve(Number.POSITIVE_INFINITY)
    this.#resting ??= Promise.withResolvers()
    this.#mailbox.wake()
    return this.#resting.promise
  }

  /**
   * Runs until `signal` aborts.
   *
   * @throws the first critical error.
   */
  async run(signal: AbortSignal): Promise<void> {
    this.#beginReset()
    try {
      for (;;) {
        this.#settleActivity()
        this.#settleDerivation()
        this.#advanceStop()
        this.#beginActivity(signal)
        this.#beginDerivation(signal)
        const wakeAtMs = this.#wakeAtMs()
        this.#noteRest(wakeAtMs)
        const message = await this.#mailbox.receive(wakeAtMs, signal)
        if (message !== undefined) this.#handle(message)
      }
    } catch (error) {
      if (!signal.aborted) throw error
    } finally {
      await this.#end()
    }
  }

  #handle(message: Message): void {
    const { sequencer, tasks, logger } = this.#deps
    switch (message.type) {
      case 'l1':
        this.#noteL1(message.label, message.block)
        return
      case 'start': {
        const { hash, reply } = message
        if (!this.#options.canSequence) {
          reply.reject(cannotSequence())
          return
        }
        tasks.spawn('start sequencer', async (signal) => {
          await sequencer.start(hash, signal).then(reply.resolve, reply.reject)
          this.#mailbox.wake()
        })
        return
      }
      case 'stop':
        if (!sequencer.active) {
          message.reply.reject(
            new TaktError('SEQUENCER_NOT_RUNNING', 'the sequencer is not running'),
          )
          return
        }
        sequencer.beginStop()
        this.#stop ??= { deadlineMs: this.#nowMs + message.timeoutMs, replies: [] }
        this.#stop.replies.push(message.reply)
        return
      case 'reset':
        logger.info('Reset was asked for')
        this.#beginReset()
        message.reply.resolve()
        return
      case 'insert':
        this.#inserts.push(message)
        this.#deps.observe?.({ type: 'received', block: message.block.ref })
        return
      default:
        assertNever(message)
    }
  }

  #noteL1(label: keyof L1Heads, block: L1BlockRef): void {
    const { origins, verifier } = this.#deps
    this.#l1 = { ...this.#l1, [label]: block }
    if (label === 'head') {
      this.#l1Head.note(block.hash, this.#nowMs)
      origins.onL1Head(block)
      verifier?.onL1Head(block)
    }
    if (label === 'finalized') verifier?.onL1Finalized(block)
    this.#noteHeads()
  }

  #beginActivity(signal: AbortSignal): void {
    if (this.#activity !== undefined) return
    const task = this.#nextTask()
    if (task === undefined) return
    this.#activity = new Activity(task.kind, task.run, signal, () => this.#mailbox.wake())
  }

  /** Derivation runs beside the activities: reading L1 takes as long as L1 takes. */
  #beginDerivation(signal: AbortSignal): void {
    const { verifier } = this.#deps
    if (verifier === undefined || this.#derivation !== undefined) return
    if (this.#reset !== undefined || !this.#isDue(verifier.nextDeriveMs())) return
    const derive = async (inner: AbortSignal) => {
      await verifier.derive(inner)
      this.#patience.noteDerived()
    }
    this.#derivation = new Activity('derive', derive, signal, () => this.#mailbox.wake())
  }

  #nextTask(): { kind: ActivityKind; run: (signal: AbortSignal) => Promise<void> } | undefined {
    const { sequencer, verifier } = this.#deps
    if (this.#reset !== undefined) {
      if (!this.#isDue(this.#reset.dueMs)) return undefined
      return { kind: 'reset', run: (signal) => this.#findHeads(signal) }
    }
    const insert = this.#inserts.shift()
    if (insert !== undefined) {
      return { kind: 'insert', run: (signal) => this.#insert(insert, signal) }
    }
    if (this.#isDue(this.#sequencerDueMs())) {
      return { kind: 'step', run: (signal) => sequencer.step(signal) }
    }
    if (verifier !== undefined && this.#isDue(verifier.nextActionMs())) {
      return { kind: 'verify', run: (signal) => this.#verify(verifier, signal) }
    }
    if (this.#isDue(this.#unsafe.nextActionMs())) {
      return { kind: 'queue', run: (signal) => this.#unsafe.act(signal) }
    }
    return undefined
  }

  /** An engine that fetches the chain by itself builds nothing. */
  #sequencerDueMs(): number | undefined {
    const { engine, sequencer } = this.#deps
    return engine.isSyncing ? undefined : sequencer.nextActionMs()
  }

  #isDue(timeMs: number | undefined): boolean {
    return timeMs !== undefined && timeMs <= this.#nowMs
  }

  /** When there is something to do without a message. */
  #wakeAtMs(): number {
    const { verifier } = this.#deps
    const times = [this.#stop?.deadlineMs]
    if (this.#activity === undefined) {
      if (this.#reset !== undefined) times.push(this.#reset.dueMs)
      else {
        times.push(this.#sequencerDueMs(), verifier?.nextActionMs(), this.#unsafe.nextActionMs())
      }
    }
    if (this.#derivation === undefined && this.#reset === undefined) {
      times.push(verifier?.nextDeriveMs())
    }
    return Math.min(...times.map((time) => time ?? Number.POSITIVE_INFINITY))
  }

  #noteRest(wakeAtMs: number): void {
    const isBusy = this.#activity !== undefined || this.#derivation !== undefined
    if (isBusy || this.#mailbox.length > 0 || this.#isDue(wakeAtMs)) return
    this.#resting?.resolve(wakeAtMs)
    this.#resting = undefined
  }

  #settleActivity(): void {
    const activity = this.#activity
    if (activity?.result === undefined) return
    this.#activity = undefined
    this.#noteHeads()
    const { result } = activity
    if (result.type === 'done') {
      if (activity.kind === 'step') this.#patience.noteEngineWorks()
    } else if (activity.isAborted) {
      // Whether the engine carried out what was cut off is not known.
      this.#beginReset()
    } else {
      this.#answerFault(activity.kind, result.error)
    }
  }

  #settleDerivation(): void {
    const { result, isAborted } = this.#derivation ?? { result: undefined, isAborted: false }
    if (result === undefined) return
    this.#derivation = undefined
    this.#noteHeads()
    // It touches nothing but itself: what was cut off is begun anew after the reset that cut it off.
    if (result.type === 'failed' && !isAborted) this.#answerFault('derive', result.error)
  }

  /** The only place that acts on severity. */
  #answerFault(during: ActivityKind, error: unknown): void {
    const { logger, observe } = this.#deps
    const severity = severityOf(error)
    observe?.({ type: 'fault', during, severity })
    switch (severity) {
      case 'temporary':
        logger.warn('Failed for now, trying again', { during, error })
        this.#tryAgainLater(during, error)
        return
      case 'reset':
        logger.warn('Lost track of the chain, finding the heads anew', { during, error })
        if (during === 'derive' || during === 'verify') this.#holdDerivationBack()
        if (during === 'reset') this.#retryReset()
        else this.#beginReset()
        return
      case 'critical':
        logger.error('Cannot go on', { during, error })
        throw error
      default:
        assertNever(severity)
    }
  }

  #tryAgainLater(during: ActivityKind, error: unknown): void {
    const { sequencer, verifier } = this.#deps
    switch (during) {
      case 'reset':
        this.#retryReset()
        break
      case 'step':
        sequencer.delay(this.#pauseMs(error))
        break
      case 'verify':
        verifier!.delay(this.#pauseMs(error))
        break
      case 'derive':
        verifier!.delayDerivation(this.#patience.afterFailedDerivation())
        break
      case 'queue':
        this.#unsafe.delay(this.#pauseMs(error))
        break
      case 'insert':
        // Whoever handed the block in has the error and may try again.
        break
      default:
        assertNever(during)
    }
  }

  #pauseMs(error: unknown): number {
    const { pauseMs, isLost } = this.#patience.afterFault(error)
    if (isLost) this.#beginReset()
    return pauseMs
  }

  #beginReset(): void {
    this.#deps.sequencer.beginReset()
    this.#deps.verifier?.beginReset()
    this.#derivation?.abort(new TaktError('RESETTING', 'the heads are set anew'))
    this.#reset ??= { dueMs: this.#nowMs }
  }

  #holdDerivationBack(): void {
    const delayMs = this.#patience.afterDerivationReset()
    if (delayMs > 0) this.#deps.verifier?.delayDerivation(delayMs)
  }

  #retryReset(): void {
    this.#reset = { dueMs: this.#nowMs + this.#patience.afterFailedReset() }
  }

  async #findHeads(signal: AbortSignal): Promise<void> {
    const { engine, sequencer, verifier, origins, l1, clock } = this.#deps
    const { config, skipSyncStartCheck } = this.#options
    const heads = await withTimeout(
      clock,
      findHeadsTimeoutMs,
      'finding the heads to go on from',
      (inner) => findL2Heads({ config, skipCheck: skipSyncStartCheck }, this.#deps, inner),
      signal,
    )
    const currentL1 = await l1.blockRefByHash(heads.safe.l1Origin.hash, signal)
    await engine.reset(heads, signal)
    this.#currentL1 = currentL1
    origins.reset()
    this.#reset = undefined
    this.#patience.noteReset()
    // The engine may have churned through work, and a loop of resets must not run hot.
    sequencer.endReset(this.#hasReset ? Number(config.blockTime) * 1000 : 0)
    verifier?.endReset()
    this.#hasReset = true
    this.#deps.observe?.({ type: 'reset' })
  }

  async #verify(verifier: Verifier, signal: AbortSignal): Promise<void> {
    if (await verifier.act(signal)) this.#patience.noteEngineWorks()
  }

  async #insert(message: Extract<Message, { type: 'insert' }>, signal: AbortSignal): Promise<void> {
    const { block, reply } = message
    try {
      if ((await this.#unsafe.take(block, signal)) === 'synced') this.#beginReset()
      reply.resolve()
    } catch (error) {
      reply.reject(error)
      if (!(error instanceof BlockRefused)) throw error
    }
  }

  /** Ends a stop as soon as nothing is left to wait for, or its time is up. */
  #advanceStop(): void {
    const stop = this.#stop
    if (stop === undefined) return
    const { sequencer } = this.#deps
    const isInTime = this.#nowMs < stop.deadlineMs
    if (this.#activity?.kind === 'step') {
      if (!isInTime) this.#activity.abort(new TaktError('STOPPING', 'the sequencer is stopping'))
      return
    }
    if (sequencer.hasCommitted && isInTime && this.#reset === undefined) return
    this.#stop = undefined
    const head = sequencer.finishStop()
    for (const reply of stop.replies) reply.resolve(head)
  }

  #noteHeads(): void {
    const { engine, verifier, observe } = this.#deps
    this.#unsafeHead.note(engine.heads?.unsafe.hash, this.#nowMs)
    this.#reading.note(`${verifier?.origin?.hash} ${engine.heads?.pendingSafe.hash}`, this.#nowMs)
    observe?.({ type: 'moved', status: this.syncStatus() })
  }

  #request<T>(message: (reply: Reply<T>) => Message): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>()
    if (this.#ended) reject(ended())
    else if (!this.#mailbox.post(message({ resolve, reject }))) {
      reject(new TaktError('DRIVER_BUSY', `more than ${mailboxCapacity} requests are waiting`))
    }
    return promise
  }

  async #end(): Promise<void> {
    this.#ended = true
    this.#resting?.resolve(Number.POSITIVE_INFINITY)
    await Promise.all([this.#activity?.end(ended()), this.#derivation?.end(ended())])
    const unread = this.#mailbox.drain()
    for (const message of [...this.#inserts, ...unread]) {
      if (message.type !== 'l1') message.reply.reject(ended())
    }
    for (const reply of this.#stop?.replies ?? []) reply.reject(ended())
  }

  get #nowMs(): number {
    return this.#deps.clock.now()
  }
}

function cannotSequence(): TaktError {
  return new TaktError('SEQUENCER_NOT_ENABLED', 'this node is a validator: it makes no blocks', {
    metaMessages: ['Start it with --mode=sequencer.'],
  })
}

function ended(): TaktError {
  return new TaktError('DRIVER_ENDED', 'the node is shutting down')
}
