import { assertNever } from '../base/assertNever.ts'
import { type ChainError, severityOf, TaktError } from '../base/errors.ts'
import type { Hash } from '../base/hex.ts'
import type { L1BlockRef } from '../chain/refs.ts'
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
import type { L1OriginSelector } from '../sequencer/originSelector.ts'
import type { Sequencer } from '../sequencer/sequencer.ts'
import { Activity, type Actor } from './activity.ts'
import { type Actors, createActors } from './actors.ts'
import { HeadReset } from './headReset.ts'
import type { DriverObserver } from './observer.ts'
import { Patience } from './patience.ts'
import { StatusTracker } from './statusTracker.ts'
import type { L1Heads } from './syncStatus.ts'
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

const mailboxCapacity = 256

interface Reply<T> {
  readonly resolve: (value: T) => void
  readonly reject: (reason: unknown) => void
}

type Message =
  | { readonly type: 'l1'; readonly label: keyof L1Heads; readonly block: L1BlockRef }
  | { readonly type: 'start'; readonly hash: Hash; readonly reply: Reply<void> }
  | { readonly type: 'stop'; readonly timeoutMs: number; readonly reply: Reply<Hash> }
  | { readonly type: 'reset'; readonly reply: Reply<void> }
  | InsertMessage

interface InsertMessage {
  readonly type: 'insert'
  readonly block: SealedBlock
  readonly reply: Reply<void>
}

/**
 * The one loop that decides what happens to the chain.
 *
 * Everyone else hands it messages. It lets one activity run at a time (a reset, a block that is handed in, a step of
 * the sequencer, what was derived), and derivation beside it, which touches no heads. It never waits for them without
 * reading messages, and is the only one that acts on the severity of errors.
 */
export class Driver {
  /** Where the node stands. */
  readonly status: StatusTracker
  readonly #options: DriverOptions
  readonly #deps: DriverDeps
  readonly #mailbox: Mailbox<Message>
  readonly #patience: Patience
  readonly #unsafe: UnsafeBlocks
  readonly #reset: HeadReset
  readonly #actors: Actors
  #activity: Activity | undefined
  #derivation: Activity | undefined
  readonly #inserts: InsertMessage[] = []
  #stop: { readonly deadlineMs: number; readonly replies: Reply<Hash>[] } | undefined
  #ended = false
  /** Wait for rest. */
  #resting: PromiseWithResolvers<number> | undefined

  constructor(options: DriverOptions, deps: DriverDeps) {
    this.#options = options
    this.#deps = deps
    this.#mailbox = new Mailbox({ capacity: mailboxCapacity }, deps)
    this.#patience = new Patience({ ...deps, onLost: () => this.#beginReset() })
    this.#unsafe = new UnsafeBlocks({}, deps)
    this.status = new StatusTracker(deps)
    this.#reset = new HeadReset(options, { ...deps, status: this.status })
    this.#actors = createActors({
      ...deps,
      reset: this.#reset,
      unsafe: this.#unsafe,
      patience: this.#patience,
      inserts: {
        nextActionMs: () => (this.#inserts.length > 0 ? this.#nowMs : undefined),
        act: (signal) => this.#insert(this.#inserts.shift()!, signal),
      },
    })
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
        this.#activity ??= this.#beginOf(this.#candidates, signal)
        this.#derivation ??= this.#beginOf(this.#actors.deriving, signal)
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
    const { sequencer, tasks, logger, observe } = this.#deps
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
        observe?.({ type: 'received', block: message.block.ref })
        return
      default:
        assertNever(message)
    }
  }

  #noteL1(label: keyof L1Heads, block: L1BlockRef): void {
    const { origins, verifier } = this.#deps
    if (label === 'head') {
      origins.onL1Head(block)
      verifier?.onL1Head(block)
    }
    if (label === 'finalized') verifier?.onL1Finalized(block)
    this.status.noteL1(label, block)
  }

  /** As long as the heads are in doubt, nobody acts on them but who finds them. */
  get #candidates(): readonly Actor[] {
    const { resetting, onChain } = this.#actors
    return this.#reset.isPending ? [resetting] : onChain
  }

  #beginOf(candidates: readonly Actor[], signal: AbortSignal): Activity | undefined {
    const actor = candidates.find((candidate) => this.#isDue(candidate.nextActionMs()))
    return actor && new Activity(actor, signal, () => this.#mailbox.wake())
  }

  #isDue(timeMs: number | undefined): boolean {
    return timeMs !== undefined && timeMs <= this.#nowMs
  }

  /** When there is something to do without a message. */
  #wakeAtMs(): number {
    const idle = [
      ...(this.#activity === undefined ? this.#candidates : []),
      ...(this.#derivation === undefined ? this.#actors.deriving : []),
    ]
    const times = [this.#stop?.deadlineMs, ...idle.map((actor) => actor.nextActionMs())]
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
    this.status.noteHeads()
    if (activity.result.type === 'done') return
    // Whether the engine carried out what was cut off is not known.
    if (activity.isAborted) this.#beginReset()
    else this.#answerFault(activity.actor, activity.result.error)
  }

  #settleDerivation(): void {
    const derivation = this.#derivation
    if (derivation?.result === undefined) return
    this.#derivation = undefined
    this.status.noteHeads()
    // It touches nothing but itself: what was cut off is begun anew after the reset that cut it off.
    if (derivation.result.type === 'done' || derivation.isAborted) return
    this.#answerFault(derivation.actor, derivation.result.error)
  }

  /** The only place that acts on severity. */
  #answerFault(actor: Actor, error: unknown): void {
    const { logger, observe } = this.#deps
    const during = actor.kind
    const severity = severityOf(error)
    observe?.({ type: 'fault', during, severity })
    switch (severity) {
      case 'temporary':
        logger.warn('Failed for now, trying again', { during, error })
        actor.tryLater(error)
        return
      case 'reset':
        logger.warn('Lost track of the chain, finding the heads anew', { during, error })
        if (during === 'derive' || during === 'verify') this.#holdDerivationBack()
        if (during === 'reset') this.#reset.retryLater()
        else this.#beginReset()
        return
      case 'critical':
        logger.error('Cannot go on', { during, error })
        throw error
      default:
        assertNever(severity)
    }
  }

  #beginReset(): void {
    this.#reset.begin()
    this.#derivation?.abort(new TaktError('RESETTING', 'the heads are set anew'))
  }

  #holdDerivationBack(): void {
    const delayMs = this.#patience.afterDerivationReset()
    if (delayMs > 0) this.#deps.verifier?.delayDerivation(delayMs)
  }

  async #insert(message: InsertMessage, signal: AbortSignal): Promise<void> {
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
    if (this.#activity?.actor.kind === 'step') {
      if (!isInTime) this.#activity.abort(new TaktError('STOPPING', 'the sequencer is stopping'))
      return
    }
    if (sequencer.hasCommitted && isInTime && !this.#reset.isPending) return
    this.#stop = undefined
    const head = sequencer.finishStop()
    for (const reply of stop.replies) reply.resolve(head)
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
