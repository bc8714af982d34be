import { assertNever } from '../base/assertNever.ts'
import { ChainError, severityOf } from '../base/errors.ts'
import type { Hex } from '../base/hex.ts'
import type { RollupConfig } from '../chain/rollupConfig.ts'
import type { Clock } from '../runtime/clock.ts'
import type { Logger } from '../runtime/logger.ts'
import { Mailbox } from '../runtime/mailbox.ts'
import { TaskGroup } from '../runtime/taskGroup.ts'
import type { TxManager } from '../txmgr/interface.ts'
import { type TxOutcome, TxQueue } from '../txmgr/queue.ts'
import { TxError } from '../txmgr/txError.ts'
import { BatchEncoder, type CompressionJob, type EncoderOutcome } from './encoder/batchEncoder.ts'
import { toBatcherBlock } from './encoder/batcherBlock.ts'
import type { ChannelSettings, DataAvailability } from './encoder/channelSettings.ts'
import { encodeSubmission, type Submission } from './encoder/submission.ts'
import type { BlockRange, SyncPoint } from './encoder/syncPoint.ts'
import type { BatcherL1, BatcherNode, BlockBuilder, ChannelCompressor } from './interface.ts'
import { type BatcherOptions, channelSettings } from './options.ts'
import { OwnTransactions } from './ownTransactions.ts'
import { calldataGas, cheaperAvailability } from './prices.ts'
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
}

type Message = { readonly submission: Submission; readonly outcome: TxOutcome }

// How many blocks are asked for at one time, and after how many what there is is packed.
const blocksAtOnce = 10
const blocksPerRound = 100
const defaultLookBack = 128
// Of an earlier run, in the pool: after this they are reckoned lost.
const stuckPatienceMs = 60_000

/**
 * Posts the L2 chain from the safe head on: one loop that asks the node where it stands, loads blocks, packs them and
 * hands what is ready to the transaction manager.
 */
export class BatchDriver {
  readonly #options: BatcherOptions
  readonly #deps: BatchDriverDeps
  readonly #channels: Readonly<Record<DataAvailability, ChannelSettings>>
  readonly #encoder: BatchEncoder
  readonly #queue: TxQueue
  readonly #own: OwnTransactions
  readonly #tasks: TaskGroup
  readonly #feed: ThrottleFeed
  // Bounded by the transactions in flight.
  readonly #mailbox: Mailbox<Message>
  readonly #sending = new AbortController()
  /** What the node says of its safe head accounts for all that was sent. */
  #isSettled = false
  #unsettled = 0
  #nodeMustReach: bigint | undefined
  #nextPollMs = 0
  #mayPostFromMs = 0
  #heldFor: string | undefined
  #l1Head = 0n

  constructor(options: BatcherOptions, deps: BatchDriverDeps) {
    this.#options = options
    this.#deps = deps
    this.#channels = {
      calldata: channelSettings(options, 'calldata'),
      blobs: channelSettings(options, 'blobs'),
    }
    this.#encoder = new BatchEncoder(
      {
        config: deps.config,
        channels: this.#channels,
        availability: options.dataAvailabilityType === 'calldata' ? 'calldata' : 'blobs',
        maxChannelDuration: BigInt(options.maxChannelDuration),
        subSafetyMargin: BigInt(options.subSafetyMargin),
      },
      deps,
    )
    this.#queue = new TxQueue({ maxPending: options.maxPendingTx }, deps)
    this.#own = new OwnTransactions(
      {
        account: deps.transactions.address,
        depth: BigInt(options.checkRecentTxsDepth || defaultLookBack),
        patienceMs: stuckPatienceMs,
      },
      deps,
    )
    this.#tasks = new TaskGroup(deps)
    this.#feed = new ThrottleFeed({ ...deps, tasks: this.#tasks })
    this.#mailbox = new Mailbox({ capacity: Number.POSITIVE_INFINITY }, deps)
  }

  /** Bytes that L1 has yet to take in: what throttling goes by. */
  get backlogBytes(): number {
    return this.#encoder.unsafeDataBytes
  }

  /** Posts what there is, however little. */
  flush(): void {
    this.#encoder.flush()
    this.poll()
  }

  /** Looks at the node at once: there is something new. */
  poll(): void {
    this.#nextPollMs = 0
    this.#mailbox.wake()
  }

  /**
   * Works until `signal` aborts, then gives what is in flight `drainMs()` to settle. What does not may get into L1 all
   * the same; the next start waits for it.
   *
   * @throws what it cannot go on from.
   */
  async run(signal: AbortSignal, drainMs: () => number): Promise<void> {
    try {
      while (!signal.aborted) await this.#turn(signal)
    } catch (error) {
      if (!signal.aborted) throw error
    } finally {
      await this.#drain(drainMs())
      await this.#tasks.close()
    }
  }

  async #turn(signal: AbortSignal): Promise<void> {
    const { clock } = this.#deps
    if (clock.now() >= this.#nextPollMs) {
      this.#nextPollMs = clock.now() + this.#options.pollIntervalMs
      await this.#attempt('look at the rollup node', () => this.#look(signal), signal)
    }
    await this.#attempt('post batches', () => this.#work({ expectsBlocks: false }, signal), signal)
    const message = await this.#mailbox.receive(this.#nextPollMs, signal)
    if (message !== undefined) this.#settle(message)
  }

  /** What fails for now is tried again with the next poll. */
  async #attempt(what: string, task: () => Promise<void>, signal: AbortSignal): Promise<void> {
    try {
      await task()
    } catch (error) {
      signal.throwIfAborted()
      const mayPass = severityOf(error) !== 'critical' || error instanceof TxError
      if (!mayPass) throw error
      this.#deps.logger.warn(`Cannot ${what} now`, { error })
    }
  }

  async #look(signal: AbortSignal): Promise<void> {
    const { node, transactions } = this.#deps
    const point = await node.syncStatus(signal)
    this.#l1Head = await transactions.blockNumber(signal)
    this.#encoder.registerL1Head(this.#l1Head)
    if (!(await this.#isNodeSettled(point, signal))) return
    const outcome = this.#encoder.sync(point)
    switch (outcome.type) {
      case 'wait':
        this.#deps.logger.warn('Rollup node is not ready', { reason: outcome.reason })
        break
      case 'startedOver':
        this.#startOver(outcome.reason)
        break
      case 'inSync':
        if (outcome.load !== undefined) await this.#load(outcome.load, point, signal)
        break
      default:
        assertNever(outcome)
    }
    this.#throttle()
  }

  /** Whether the safe head can be built upon: nothing of ours is on its way to it. */
  async #isNodeSettled(point: SyncPoint, signal: AbortSignal): Promise<boolean> {
    if (this.#isSettled) return true
    const reason = await this.#unsettledBecause(point, signal)
    if (reason !== undefined) {
      this.#deps.logger.info('Waiting before posting from the safe head', { reason })
      return false
    }
    this.#isSettled = true
    this.#deps.logger.info('Posting from the safe head', { safe: point.localSafeL2 })
    return true
  }

  async #unsettledBecause(point: SyncPoint, signal: AbortSignal): Promise<string | undefined> {
    if (this.#unsettled > 0) return 'transactions of ours are in flight'
    this.#nodeMustReach ??= this.#options.waitNodeSync ? this.#l1Head : 0n
    if (point.currentL1.number < this.#nodeMustReach)
      return 'the rollup node has not read all of L1'
    const standing = await this.#own.standing(point, this.#l1Head, signal)
    return standing.type === 'waiting' ? standing.reason : undefined
  }

  async #load(range: BlockRange, point: SyncPoint, signal: AbortSignal): Promise<void> {
    const { config, logger } = this.#deps
    for (let from = range.from; from <= range.to; from += BigInt(blocksAtOnce)) {
      for (const block of await this.#fetch(from, range.to, signal)) {
        if (this.#encoder.addBlock(toBatcherBlock(config, block))) continue
        this.#encoder.reset(point.localSafeL2.l1Origin.number)
        this.#startOver('the L2 chain was reorganized')
        return
      }
      if ((from - range.from) % BigInt(blocksPerRound) !== 0n) continue
      this.#throttle()
      await this.#work({ expectsBlocks: from + BigInt(blocksAtOnce) <= range.to }, signal)
    }
    logger.debug('Loaded L2 blocks', { ...range })
  }

  /** The next blocks of a range, in order. */
  async #fetch(from: bigint, to: bigint, signal: AbortSignal) {
    const { node } = this.#deps
    const count = Math.min(blocksAtOnce, Number(to - from) + 1)
    const numbers = Array.from({ length: count }, (_, index) => from + BigInt(index))
    return await Promise.all(
      numbers.map(async (number) => {
        const block = await node.blockByNumber(number, signal)
        if (block !== undefined) return block
        throw new ChainError(
          'temporary',
          'L2_BLOCK_MISSING',
          `the L2 engine has no block ${number}`,
        )
      }),
    )
  }

  #startOver(reason: string): void {
    this.#isSettled = false
    this.#deps.logger.warn('Starting over from the safe head', { reason })
  }

  /**
   * Packs and posts as much as can be.
   *
   * @param options.expectsBlocks - More of them follow at once.
   */
  async #work(options: { readonly expectsBlocks: boolean }, signal: AbortSignal): Promise<void> {
    for (;;) {
      signal.throwIfAborted()
      const mayCloseEarly = !options.expectsBlocks && this.#mayPost
      const outcome = this.#encoder.step({ mayCloseEarly })
      if (outcome.type === 'compress') await this.#compress(outcome.job)
      if (outcome.type !== 'idle') this.#report(outcome)
      else if (!(await this.#post(signal))) return this.#reportHold(outcome.reason)
    }
  }

  get #mayPost(): boolean {
    return this.#queue.room > 0 && this.#deps.clock.now() >= this.#mayPostFromMs
  }

  async #compress({ id, data, compression }: CompressionJob): Promise<void> {
    this.#encoder.compressed(id, await this.#deps.compressor.compress(data, compression))
  }

  /** Hands one submission to the transaction manager, or finds the way that it should take. False: there is none. */
  async #post(signal: AbortSignal): Promise<boolean> {
    if (!this.#mayPost) return false
    if (this.#encoder.isAboutToSubmit && (await this.#choseAnotherWay(signal))) return true
    const submission = this.#encoder.nextSubmission()
    if (submission === undefined) return false
    this.#send(submission)
    return true
  }

  async #choseAnotherWay(signal: AbortSignal): Promise<boolean> {
    if (this.#options.dataAvailabilityType !== 'auto') return false
    // While L1 cannot take as much as L2 makes, room counts for more than price.
    const isThrottling = this.#deps.throttle().state.intensity > 0
    const chosen = isThrottling
      ? 'blobs'
      : cheaperAvailability(this.#channels, await this.#deps.transactions.suggestFees(signal))
    return this.#encoder.prefer(chosen)
  }

  #send(submission: Submission): void {
    const { config, logger } = this.#deps
    const { channelId, availability, frames } = submission
    const { data, blobs } = encodeSubmission(submission)
    this.#unsettled++
    logger.info('Posting batches', {
      channelId,
      availability,
      frames: frames.map(({ number }) => number),
      bytes: frames.reduce((sum, frame) => sum + frame.data.length, 0),
    })
    void this.#queue
      .send(
        { to: config.batchInboxAddress, data, blobs, gasLimit: calldataGas(data) },
        this.#sending.signal,
      )
      .then((outcome) => this.#mailbox.post({ submission, outcome }))
  }

  #settle({ submission, outcome }: Message): void {
    const { logger, clock } = this.#deps
    const { id, channelId } = submission
    this.#unsettled--
    if (outcome.type === 'confirmed') {
      const { transactionHash, blockNumber } = outcome.receipt
      logger.info('Batches are on L1', { channelId, transactionHash, l1Block: blockNumber })
      this.#encoder.confirm(id, blockNumber)
      return
    }
    const { error } = outcome
    const isFollower = error instanceof TxError && error.code === 'TX_ORDER_LOST'
    if (!isFollower && !this.#sending.signal.aborted) {
      const needsPerson = error instanceof TxError && error.code === 'TX_UNDERFUNDED'
      logger[needsPerson ? 'error' : 'warn']('Batches were not posted', { channelId, error })
      this.#mayPostFromMs = clock.now() + this.#options.pollIntervalMs
    }
    this.#encoder.requeue(id)
  }

  #report(outcome: Exclude<EncoderOutcome, { type: 'idle' }>): void {
    const { logger } = this.#deps
    switch (outcome.type) {
      case 'closed': {
        const { id, blocks, rawBytes, frameBytes, frameCount } = outcome.channel
        logger.info('Closed a channel', {
          channelId: id,
          reason: outcome.reason,
          blocks: [blocks[0]!.ref.number, blocks.at(-1)!.ref.number],
          rawBytes,
          frameBytes,
          frames: frameCount,
        })
        break
      }
      case 'dropped':
        logger.warn('Packing blocks of a channel anew', {
          channelId: outcome.channelId,
          reason: outcome.reason,
        })
        break
      case 'compress':
      case 'progressed':
        break
      default:
        assertNever(outcome)
    }
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

  async #drain(drainMs: number): Promise<void> {
    const { clock } = this.#deps
    const patience = new AbortController()
    const waited = clock.sleepUntil(clock.now() + drainMs, patience.signal).catch(() => undefined)
    await Promise.race([this.#queue.drained(), waited])
    patience.abort()
    this.#sending.abort(new Error('the batcher stops'))
    await this.#queue.drained()
  }
}
