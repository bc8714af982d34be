import { assertNever } from '../base/assertNever.ts'
import { severityOf } from '../base/errors.ts'
import type { Hex } from '../base/hex.ts'
import type { RollupConfig } from '../chain/rollupConfig.ts'
import type { Clock } from '../runtime/clock.ts'
import type { Logger } from '../runtime/logger.ts'
import { TaskGroup } from '../runtime/taskGroup.ts'
import type { TxManager } from '../txmgr/interface.ts'
import { TxError } from '../txmgr/txError.ts'
import { BatcherHealth } from './batcherHealth.ts'
import {
  BatchEncoder,
  type BatchEncoderOptions,
  type CompressionJob,
  type EncoderOutcome,
} from './encoder/batchEncoder.ts'
import type { BlockRange, SyncPoint } from './encoder/syncPoint.ts'
import { encoderOptions } from './encoderOptions.ts'
import type { BatcherL1, BatcherNode, BlockBuilder, ChannelCompressor } from './interface.ts'
import { loadBlocks } from './loadBlocks.ts'
import { logPacking } from './logPacking.ts'
import type { BatcherOptions } from './options.ts'
import { PostingPause } from './postingPause.ts'
import { warnOfLongChannels } from './preflight.ts'
import { cheaperAvailability } from './prices.ts'
import { StartGate } from './startGate.ts'
import { type SettledSubmission, Submissions } from './submissions.ts'
import type { ThrottleController } from './throttle/throttleController.ts'
import { ThrottleFeed } from './throttle/throttleFeed.ts'

export interface BatchDriverDeps {
  readonly config: RollupConfig
  readonly node: BatcherNode
  readonly l1: BatcherL1
  readonly transactions: TxManager
  readonly compressor: ChannelCompressor
  /** Told how large blocks may be. */
  readonly builders: readonly BlockBuilder[]
  readonly throttle: () => ThrottleController
  /** Ids of 16 bytes that nobody uses again. */
  readonly newChannelId: () => Hex
  readonly clock: Clock
  readonly logger: Logger
  /** Told of every channel that is closed or dropped. Must return at once. */
  readonly onPacked?: ((outcome: EncoderOutcome) => void) | undefined
}

/**
 * Posts the L2 chain from the safe head on: one loop that asks the node where it stands, loads blocks, packs them and
 * hands what is ready to the transaction manager.
 */
export class BatchDriver {
  readonly #options: BatcherOptions
  readonly #deps: BatchDriverDeps
  readonly #packing: BatchEncoderOptions
  readonly #encoder: BatchEncoder
  readonly #submissions: Submissions
  readonly #gate: StartGate
  readonly #pause: PostingPause
  readonly #health: BatcherHealth
  readonly #tasks: TaskGroup
  readonly #feed: ThrottleFeed
  /** More blocks are there to be loaded, and follow at once. */
  #isLoading = false
  #nextPollMs = 0
  #hasLooked = false
  #heldFor: string | undefined
  #l1Head = 0n

  constructor(options: BatcherOptions, deps: BatchDriverDeps) {
    this.#options = options
    this.#deps = deps
    this.#packing = encoderOptions(options, deps)
    this.#encoder = new BatchEncoder(this.#packing, deps)
    this.#submissions = new Submissions(
      { batchInboxAddress: deps.config.batchInboxAddress, maxPendingTx: options.maxPendingTx },
      deps,
    )
    this.#pause = new PostingPause(options, deps)
    this.#health = new BatcherHealth(options, {
      ...deps,
      numConfirmations: deps.transactions.numConfirmations,
    })
    this.#gate = new StartGate(options, deps)
    this.#tasks = new TaskGroup(deps)
    this.#feed = new ThrottleFeed({ ...deps, tasks: this.#tasks })
  }

  /** Bytes that L1 has yet to take in: what throttling goes by. */
  get backlogBytes(): number {
    return this.#encoder.unsafeDataBytes
  }

  /** Blocks that are loaded and in no channel. */
  get pendingBlocks(): number {
    return this.#encoder.pendingBlocks
  }

  /** Why it does not do its work; empty when it does. */
  get problems(): readonly string[] {
    return this.#health.problems
  }

  /** Posts what there is, however little. */
  flush(): void {
    this.#encoder.flush()
    this.#nextPollMs = 0
    this.#submissions.wake()
  }

  /**
   * Works until `stop` aborts, then posts what it has loaded and waits until that is on L1, but no longer than until
   * `end` aborts. What is not there by then may get there all the same; the next start waits for it.
   *
   * @throws what it cannot go on from.
   */
  async run(stop: AbortSignal, end: AbortSignal): Promise<void> {
    warnOfLongChannels(this.#packing, this.#deps)
    try {
      await untilAborted(stop, this.#goOn(stop))
      await untilAborted(end, this.#drain(end))
    } finally {
      await this.#submissions.close()
      await this.#tasks.close()
    }
  }

  async #goOn(signal: AbortSignal): Promise<void> {
    for (;;) await this.#turn(signal)
  }

  async #turn(signal: AbortSignal): Promise<void> {
    const { clock } = this.#deps
    if (clock.now() >= this.#nextPollMs) {
      this.#nextPollMs = clock.now() + this.#options.pollIntervalMs
      this.#hasLooked = await this.#attempt(
        'look at the rollup node',
        () => this.#look(signal),
        signal,
      )
    }
    const hasWorked = await this.#attempt('post batches', () => this.#work(signal), signal)
    if (this.#hasLooked && hasWorked) this.#health.noteTurn()
    const settled = await this.#submissions.nextSettled(this.#nextPollMs, signal)
    if (settled !== undefined) this.#settle(settled)
  }

  /** What fails for now is tried again with the next poll. @returns whether it succeeded. */
  async #attempt(what: string, task: () => Promise<void>, signal: AbortSignal): Promise<boolean> {
    try {
      await task()
      return true
    } catch (error) {
      signal.throwIfAborted()
      const mayPass = severityOf(error) !== 'critical' || error instanceof TxError
      if (!mayPass) throw error
      this.#health.noteFailure(error)
      this.#deps.logger.warn(`Cannot ${what} now`, { error })
      return false
    }
  }

  async #look(signal: AbortSignal): Promise<void> {
    const { node, transactions } = this.#deps
    this.#isLoading = false
    const point = await node.syncStatus(signal)
    this.#l1Head = await transactions.blockNumber(signal)
    this.#encoder.registerL1Head(this.#l1Head)
    this.#health.notePosition(point, this.#l1Head)
    const { pending } = this.#submissions
    if (!(await this.#gate.isOpen(point, this.#l1Head, pending, signal))) return
    const outcome = this.#encoder.sync(point)
    switch (outcome.type) {
      case 'wait':
        this.#deps.logger.warn('Rollup node is not ready', { reason: outcome.reason })
        break
      case 'startedOver':
        this.#startOver(outcome.reason, point)
        break
      case 'inSync':
        if (outcome.load !== undefined) await this.#load(outcome.load, point, signal)
        break
      default:
        assertNever(outcome)
    }
    this.#throttle()
  }

  /** Loads the first blocks of a range; the others follow with the next looks, at once as long as there is room. */
  async #load(range: BlockRange, point: SyncPoint, signal: AbortSignal): Promise<void> {
    const outcome = await loadBlocks(range, this.#encoder, this.#deps, signal)
    if (outcome === 'reorganized') {
      this.#encoder.reset(point.localSafeL2.l1Origin.number)
      this.#startOver('the L2 chain was reorganized', point)
    } else if (outcome === 'some') {
      this.#isLoading = true
      this.#nextPollMs = 0
    }
  }

  #startOver(reason: string, { localSafeL2: safe }: SyncPoint): void {
    this.#health.noteStartedOver()
    const postedInVain = this.#pause.afterStartingOver(safe.hash)
    this.#gate.close()
    this.#deps.logger.warn('Starting over from the safe head', { reason, safe, postedInVain })
  }

  /** Packs and posts as much as can be. */
  async #work(signal: AbortSignal): Promise<void> {
    for (;;) {
      signal.throwIfAborted()
      const outcome = this.#encoder.step({ mayCloseEarly: !this.#isLoading && this.#mayPost })
      if (outcome.type === 'compress') await this.#compress(outcome.job)
      if (outcome.type !== 'idle') this.#report(outcome)
      else if (!(await this.#post(signal))) return this.#reportHold(outcome.reason)
    }
  }

  get #mayPost(): boolean {
    return this.#submissions.hasRoom && this.#pause.isOver
  }

  async #compress({ id, data, compression }: CompressionJob): Promise<void> {
    this.#encoder.compressed(id, await this.#deps.compressor.compress(data, compression))
  }

  /** Hands one submission to the transaction manager, or finds the way that it should take. False: there is none. */
  async #post(signal: AbortSignal): Promise<boolean> {
    if (!this.#mayPost) return false
    if (this.#encoder.isAboutToSubmit && (await this.#choseAnotherWay(signal))) return true
    // Nothing may overtake a transaction that has failed by now.
    for (const settled of this.#submissions.takeSettled()) this.#settle(settled)
    if (!this.#mayPost) return false
    const submission = this.#encoder.nextSubmission()
    if (submission === undefined) return false
    this.#submissions.send(submission)
    this.#pause.notePosted()
    this.#health.notePosted()
    return true
  }

  async #choseAnotherWay(signal: AbortSignal): Promise<boolean> {
    if (this.#options.dataAvailabilityType !== 'auto') return false
    // While L1 cannot take as much as L2 makes, room counts for more than price.
    const isThrottling = this.#deps.throttle().state.intensity > 0
    const chosen = isThrottling
      ? 'blobs'
      : cheaperAvailability(
          this.#packing.channels,
          await this.#deps.transactions.suggestFees(signal),
        )
    return this.#encoder.prefer(chosen)
  }

  #settle({ submission, outcome }: SettledSubmission): void {
    const { logger } = this.#deps
    this.#health.noteSettled(outcome, this.#submissions.pending)
    const { id, channelId } = submission
    if (outcome.type === 'confirmed') {
      const { transactionHash, blockNumber } = outcome.receipt
      logger.info('Batches are on L1', { channelId, transactionHash, l1Block: blockNumber })
      this.#encoder.confirm(id, blockNumber)
      return
    }
    const { error } = outcome
    const isFollower = error instanceof TxError && error.code === 'TX_ORDER_LOST'
    if (!isFollower) {
      const needsPerson = error instanceof TxError && error.code === 'TX_UNDERFUNDED'
      logger[needsPerson ? 'error' : 'warn']('Batches were not posted', { channelId, error })
      this.#pause.afterFailure()
    }
    this.#encoder.requeue(id)
  }

  #report(outcome: Exclude<EncoderOutcome, { type: 'idle' }>): void {
    this.#deps.onPacked?.(outcome)
    logPacking(outcome, this.#deps.logger)
  }

  #reportHold(reason: string | undefined): void {
    if (reason !== undefined && reason !== this.#heldFor) {
      this.#deps.logger.warn('Posting nothing until the chain has changed', { reason })
    }
    this.#heldFor = reason
  }

  #throttle(): void {
    if (this.#options.throttle.lowerThreshold === 0) return
    const { throttle, clock, logger } = this.#deps
    const state = throttle().update(this.backlogBytes, clock.now())
    if (state.intensity > 0) {
      logger.warn('Blocks are held small: L1 has not taken in what was made', {
        backlogBytes: this.backlogBytes,
        ...state,
      })
    }
    this.#feed.tell({ maxTxBytes: state.maxTxBytes, maxBlockBytes: state.maxBlockBytes })
  }

  /** Closes what is open, posts it, and waits until all is on L1. Loads nothing more. */
  async #drain(end: AbortSignal): Promise<void> {
    end.throwIfAborted()
    const { clock, logger } = this.#deps
    logger.info('Posting what is left; to end at once instead loses nothing', {
      blocks: this.#encoder.pendingBlocks,
      inFlight: this.#submissions.pending,
    })
    this.#isLoading = false
    this.#encoder.flush()
    for (;;) {
      const hasWorked = await this.#attempt('post batches', () => this.#work(end), end)
      if (hasWorked && this.#submissions.pending === 0 && this.#mayPost) return
      const nextTryMs = clock.now() + this.#options.pollIntervalMs
      const settled = await this.#submissions.nextSettled(nextTryMs, end)
      if (settled !== undefined) this.#settle(settled)
    }
  }
}

/** Waits for a task that ends, at the latest, when the signal aborts. */
async function untilAborted(signal: AbortSignal, task: Promise<void>): Promise<void> {
  try {
    await task
  } catch (error) {
    if (!signal.aborted) throw error
  }
}
