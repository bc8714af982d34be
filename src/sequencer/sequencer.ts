import { assertNever } from '../base/assertNever.ts'
import { TaktError } from '../base/errors.ts'
import { type Hash, zeroHash } from '../base/hex.ts'
import type { L2BlockRef } from '../chain/refs.ts'
import type { RollupConfig } from '../chain/rollupConfig.ts'
import type { EngineController } from '../engine/controller.ts'
import type { BuildJob, InvalidOutcome, SealedBlock } from '../engine/tasks.ts'
import type { Clock } from '../runtime/clock.ts'
import type { Logger } from '../runtime/logger.ts'
import type { TaskGroup } from '../runtime/taskGroup.ts'
import type { BlockPlan, BlockPlanner } from './blockPlanner.ts'
import { assertLeader, type Conductor, commitBlock } from './conductor.ts'
import type { Publisher } from './publisher.ts'
import { buildWindow } from './schedule.ts'
import { SealingMargin } from './sealingMargin.ts'
import { type BlockTimes, latenessMs, type SequencedBlock } from './sequencedBlock.ts'

export interface SequencerDeps {
  readonly engine: EngineController
  readonly planner: Pick<BlockPlanner, 'plan' | 'remember' | 'lookAhead'>
  readonly conductor: Conductor
  readonly publisher: Publisher
  readonly clock: Clock
  readonly tasks: TaskGroup
  readonly logger: Logger
  /** Told of every block once it is the head. Must return at once. */
  readonly onBlock: (block: SequencedBlock) => void
}

export interface SequencerOptions {
  readonly config: RollupConfig
  readonly minSealingMarginMs: number
  readonly maxSealingMarginMs: number
}

/** The one block that is under way. */
type Work = { readonly type: 'idle' } | BuildingWork | SealedWork

interface BuildingWork {
  readonly type: 'building'
  readonly job: BuildJob
  readonly times: Pick<BlockTimes, 'plannedMs' | 'startedMs'>
}

interface SealedWork {
  readonly type: 'sealed'
  readonly block: SealedBlock
  readonly times: Omit<BlockTimes, 'committedMs' | 'insertedMs'>
  /** The conductor may have the block: only this block may be tried at its height. */
  commitTried: boolean
  /** Has been carried on after a fault. */
  wasStuck: boolean
  committedMs: number | undefined
}

/** The block after one that is on its way into the engine. */
interface NextBlock {
  /** Once it is known what to build. */
  plan: BlockPlan | undefined
}

/**
 * Makes blocks, one at a time: start, wait, seal, commit, insert, publish.
 *
 * It decides nothing by itself about time or faults: the driver asks when it wants to act, lets it act with `act`,
 * and answers what `act` throws. The parent of a block always is the head that the engine controller holds at that
 * moment, so a head that moves makes work stale, never wrong.
 */
export class Sequencer {
  readonly #config: RollupConfig
  readonly #deps: SequencerDeps
  readonly #margin: SealingMargin
  #active = false
  #stopping = false
  /** Between the decision to reset and its end nothing is begun. */
  #resetting = true
  #work: Work = { type: 'idle' }
  #notBeforeMs = 0
  /** Parent of the last job that the engine lost: a second loss in a row is not a coincidence. */
  #lostJobOn: Hash | undefined

  constructor(options: SequencerOptions, deps: SequencerDeps) {
    this.#config = options.config
    this.#deps = deps
    this.#margin = new SealingMargin({
      minMs: options.minSealingMarginMs,
      maxMs: options.maxSealingMarginMs,
    })
  }

  get active(): boolean {
    return this.#active
  }

  /** A block is with the conductor but not yet in the engine. */
  get hasCommitted(): boolean {
    return this.#work.type === 'sealed' && this.#work.committedMs !== undefined
  }

  /** When to call `act` next; `undefined` while there is nothing to do. */
  nextActionMs(): number | undefined {
    const { engine } = this.#deps
    const head = engine.heads?.unsafe
    // An engine that fetches the chain by itself builds nothing.
    if (!this.#active || head === undefined || engine.isSyncing) return undefined
    return Math.max(this.#notBeforeMs, this.#dueMs(head))
  }

  /**
   * Does what is due: starts a block, or seals it and carries it through, or goes on with one that got stuck.
   *
   * @throws {ChainError} what went wrong. The state is such that a later `act` goes on from there.
   */
  async act(signal: AbortSignal): Promise<void> {
    const work = this.#work
    switch (work.type) {
      case 'idle':
        return this.#start(signal)
      case 'building':
        return this.#seal(work, signal)
      case 'sealed':
        work.wasStuck = true
        return this.#carryThrough(work, signal)
      default:
        assertNever(work)
    }
  }

  /** Does nothing for that long. */
  delay(durationMs: number): void {
    this.#notBeforeMs = this.#deps.clock.now() + durationMs
  }

  /** The heads are about to be set anew. What is under way is dropped, unless the conductor may have it. */
  beginReset(): void {
    this.#resetting = true
    const work = this.#work
    const mustKeep = work.type === 'sealed' && work.commitTried && this.#deps.conductor.enabled
    if (!mustKeep) this.#drop()
  }

  /** The heads are set. @param pauseMs - Before the first block, to give the engine breath. */
  endReset(pauseMs: number): void {
    this.#resetting = false
    this.#lostJobOn = undefined
    this.delay(pauseMs)
  }

  /** Begins to make blocks without asking anyone; for the start of the node. */
  activate(): void {
    this.#active = true
    this.#notBeforeMs = 0
    this.#deps.logger.info('Sequencer started', { head: this.#deps.engine.heads?.unsafe })
  }

  /**
   * Begins to make blocks on top of `hash`.
   *
   * @throws {TaktError} `SEQUENCER_NOT_LEADER`, `SEQUENCER_ALREADY_STARTED`, `SEQUENCER_NO_HEAD`,
   * `SEQUENCER_HEAD_MISMATCH` when `hash` is not the unsafe head.
   */
  async start(hash: Hash, signal: AbortSignal): Promise<void> {
    await assertLeader(this.#deps, signal)
    if (this.#active) {
      throw new TaktError('SEQUENCER_ALREADY_STARTED', 'the sequencer is already running')
    }
    const head = this.#deps.engine.heads?.unsafe
    if (head === undefined) {
      throw new TaktError(
        'SEQUENCER_NO_HEAD',
        `the head of the engine is not known yet, cannot tell whether starting at ${hash} is safe`,
      )
    }
    if (head.hash !== hash) {
      throw new TaktError(
        'SEQUENCER_HEAD_MISMATCH',
        `block hash does not match: the unsafe head is ${head.hash} (${head.number}), asked to start at ${hash}`,
        { context: { head } },
      )
    }
    this.activate()
  }

  /** From now on no block is begun; one that is committed may still be inserted by `act`. */
  beginStop(): void {
    this.#stopping = true
  }

  /** Ends at once. @returns the hash of the unsafe head. */
  finishStop(): Hash {
    this.#drop()
    this.#active = false
    this.#stopping = false
    const head = this.#deps.engine.heads?.unsafe
    this.#deps.logger.info('Sequencer stopped', { head })
    return head?.hash ?? zeroHash
  }

  #dueMs(head: L2BlockRef): number {
    const work = this.#work
    const { blockTime } = this.#config
    switch (work.type) {
      case 'idle':
        return buildWindow(head.timestamp, blockTime, this.#margin.marginMs).startMs
      case 'building':
        // On another head it is of no use: it is dropped at once.
        return work.job.parent.hash === head.hash ? this.#sealDueMs(work) : 0
      case 'sealed':
        return 0
      default:
        return assertNever(work)
    }
  }

  #sealDueMs(work: BuildingWork): number {
    const { parent } = work.job
    const { marginMs } = this.#margin
    return buildWindow(parent.timestamp, this.#config.blockTime, marginMs, work.times.startedMs)
      .sealMs
  }

  async #start(signal: AbortSignal): Promise<void> {
    const { engine, planner, logger } = this.#deps
    const parent = engine.heads?.unsafe
    if (parent === undefined) return
    const plan = await planner.plan(parent, signal)
    if (!this.#mayBegin) return
    const outcome = await engine.build(parent, plan.attributes, signal)
    switch (outcome.type) {
      case 'started':
        return this.#noteStarted(outcome.job, plan)
      case 'stale':
        logger.debug('Head moved before building began', { parent, head: outcome.head })
        return
      case 'invalid':
        return this.#pauseAfterInvalid(outcome, parent)
      default:
        assertNever(outcome)
    }
  }

  async #seal(work: BuildingWork, signal: AbortSignal): Promise<void> {
    const { engine, planner, clock, logger } = this.#deps
    const { job } = work
    const sealMs = clock.now()
    const outcome = await engine.seal(job, signal)
    // A reset or a stop may have come in between.
    if (this.#work !== work) return
    switch (outcome.type) {
      case 'sealed': {
        if (this.#stopping) return this.#drop()
        const sealed: SealedWork = {
          type: 'sealed',
          block: outcome.block,
          times: {
            ...work.times,
            sealDueMs: Math.min(this.#sealDueMs(work), sealMs),
            sealMs,
            sealedMs: clock.now(),
          },
          commitTried: false,
          wasStuck: false,
          committedMs: undefined,
        }
        this.#work = sealed
        planner.remember(outcome.block)
        return this.#carryThrough(sealed, signal)
      }
      case 'stale':
        logger.info('Dropped a block that was being built: the head moved', {
          parent: job.parent,
          head: outcome.head,
        })
        return this.#drop()
      case 'expired':
        this.#work = { type: 'idle' }
        logger.warn('Engine lost the block that it was building', {
          parent: job.parent,
          reason: outcome.reason,
        })
        if (this.#lostJobOn === job.parent.hash) this.delay(this.#blockTimeMs)
        this.#lostJobOn = job.parent.hash
        return
      case 'invalid':
        return this.#pauseAfterInvalid(outcome, job.parent)
      default:
        assertNever(outcome)
    }
  }

  async #carryThrough(work: SealedWork, signal: AbortSignal): Promise<void> {
    const { engine, clock, logger } = this.#deps
    const { block } = work
    const next = this.#planNext(block.ref, signal)
    work.committedMs ??= await this.#commit(work, signal)
    const outcome = await engine.insert(block, signal, () =>
      this.#mayBegin ? next.plan?.attributes : undefined,
    )
    if (this.#work === work) this.#work = { type: 'idle' }
    switch (outcome.type) {
      case 'inserted': {
        this.#lostJobOn = undefined
        const insertedMs = clock.now()
        if (outcome.job !== undefined) this.#noteStarted(outcome.job, next.plan!)
        const times = { ...work.times, committedMs: work.committedMs, insertedMs }
        this.#announce(work, { ...block, times })
        return
      }
      case 'stale':
        logger.warn('Dropped a sealed block: the head moved', {
          block: block.ref,
          head: outcome.head,
        })
        return
      case 'invalid':
        return this.#pauseAfterInvalid(outcome, block.ref)
      default:
        assertNever(outcome)
    }
  }

  /**
   * Plans the block on top of one that is about to become the head, for the engine to begin it in the same call.
   *
   * With L1 looked at ahead of time that takes no longer than the engine needs to check the block. When it does, or
   * goes wrong, the block is begun by a call of its own.
   */
  #planNext(parent: L2BlockRef, signal: AbortSignal): NextBlock {
    const { clock, planner, logger } = this.#deps
    const next: NextBlock = { plan: undefined }
    const { startMs } = buildWindow(parent.timestamp, this.#config.blockTime, this.#margin.marginMs)
    if (!this.#mayBegin || startMs > clock.now()) return next
    const note = (plan: BlockPlan) => {
      // What L1 forces into a block takes time to execute, and the one before must not wait for that.
      if (plan.attributes.transactions.length === 1) next.plan = plan
    }
    planner
      .plan(parent, signal)
      .then(note)
      .catch((error) => logger.debug('Could not plan the next block ahead', { error }))
    return next
  }

  /** By now it may not be wanted: then whoever stops, or finds the head moved, lets go of it. */
  #noteStarted(job: BuildJob, plan: BlockPlan): void {
    const { clock, logger, planner } = this.#deps
    const { plannedMs, origin } = plan
    this.#work = { type: 'building', job, times: { plannedMs, startedMs: clock.now() } }
    logger.debug('Started building', { parent: job.parent, origin, job: job.id })
    planner.lookAhead(plan)
  }

  get #mayBegin(): boolean {
    return this.#active && !this.#stopping && !this.#resetting
  }

  /** @returns when the conductor had the block. */
  async #commit(work: SealedWork, signal: AbortSignal): Promise<number> {
    work.commitTried = true
    await commitBlock(this.#deps, work.block, signal)
    return this.#deps.clock.now()
  }

  #announce(work: SealedWork, block: SequencedBlock): void {
    const { publisher, logger, onBlock } = this.#deps
    const { ref, envelope, times } = block
    publisher.publish(envelope)
    // A fault or the rush of catching up says nothing of how long sealing takes in time.
    const wasInTime = times.sealDueMs < Number(ref.timestamp) * 1000 && !work.wasStuck
    if (wasInTime) this.#margin.record(times.insertedMs - times.sealDueMs)
    logger.info('Sequenced block', {
      number: ref.number,
      hash: ref.hash,
      origin: ref.l1Origin.number,
      txCount: envelope.executionPayload.transactions.length,
      gasUsed: envelope.executionPayload.gasUsed,
      lateMs: Math.round(latenessMs(block) * 10) / 10,
    })
    onBlock(block)
  }

  #pauseAfterInvalid(outcome: InvalidOutcome, block: L2BlockRef): void {
    this.#work = { type: 'idle' }
    this.#deps.logger.error('Engine calls our block invalid', { block, reason: outcome.reason })
    this.delay(this.#blockTimeMs)
  }

  #drop(): void {
    const work = this.#work
    this.#work = { type: 'idle' }
    if (work.type === 'building') this.#cancel(work.job)
  }

  #cancel(job: BuildJob): void {
    const { engine, tasks } = this.#deps
    tasks.spawn('cancel build job', (signal) => engine.cancel(job, signal))
  }

  get #blockTimeMs(): number {
    return Number(this.#config.blockTime) * 1000
  }
}
