import { type ChainError, DecodeError } from '../base/errors.ts'
import type { L2BlockRef } from '../chain/refs.ts'
import type { RollupConfig } from '../chain/rollupConfig.ts'
import type { PayloadAttributes } from '../protocol/payload.ts'
import type { Clock } from '../runtime/clock.ts'
import type { Logger } from '../runtime/logger.ts'
import { SerialExecutor } from '../runtime/serial.ts'
import { Consolidation } from './consolidation.ts'
import { type ElSyncState, elSyncAfter, isElSyncing } from './elSync.ts'
import { EngineCalls, refusal } from './engineCalls.ts'
import { Forkchoice } from './forkchoice.ts'
import { assertHeads, type EngineHeads, headsToForkchoice } from './heads.ts'
import type { EngineApi, L2Chain } from './interface.ts'
import { assertBlockOfJob, readBuiltBlock, readSealedBlock } from './sealedBlock.ts'
import type {
  BuildJob,
  BuildOutcome,
  ConsolidateOutcome,
  DerivedBlock,
  InsertOutcome,
  OfferOutcome,
  SealedBlock,
  SealOutcome,
} from './tasks.ts'

export interface EngineControllerOptions {
  readonly config: RollupConfig
  /** Let the engine fetch the chain from its own peers first; see {@link ElSyncState}. */
  readonly elSync?: { readonly worksPastFinality: boolean } | undefined
  /** Blocks that the engine built are not hashed anew: it is part of this program. */
  readonly trustsEngine?: boolean
}

export interface EngineControllerDeps {
  readonly engine: EngineApi
  readonly l2: Pick<L2Chain, 'payloadByNumber'>
  readonly clock: Clock
  readonly logger: Logger
}

/**
 * The only owner of the L2 heads and the only caller of the Engine API.
 *
 * Tasks run one at a time in the order they were asked; each checks inside its turn that the chain is
 * still the one that it was asked for, so nothing that happened while it waited can make it apply to
 * another head. Between build and seal the engine is free for other tasks.
 *
 * Every task throws {@link ChainError}: `temporary` when it may work later (`ENGINE_SYNCING` while the
 * engine lacks blocks), `reset` when engine and node disagree, `critical` when a finalized block would go.
 *
 * @see https://specs.optimism.io/protocol/derivation.html#engine-queue
 */
export class EngineController {
  readonly #config: RollupConfig
  readonly #trustsEngine: boolean
  readonly #worksPastFinality: boolean
  readonly #calls: EngineCalls
  readonly #logger: Logger
  readonly #line = new SerialExecutor()
  readonly #forkchoice: Forkchoice
  readonly #consolidation: Consolidation
  #elSync: ElSyncState

  constructor(options: EngineControllerOptions, deps: EngineControllerDeps) {
    this.#config = options.config
    this.#trustsEngine = options.trustsEngine ?? false
    this.#worksPastFinality = options.elSync?.worksPastFinality ?? false
    this.#elSync = options.elSync === undefined ? 'off' : 'pending'
    this.#calls = new EngineCalls(deps)
    this.#logger = deps.logger
    this.#forkchoice = new Forkchoice({ calls: this.#calls })
    this.#consolidation = new Consolidation(options, {
      ...deps,
      calls: this.#calls,
      forkchoice: this.#forkchoice,
      takeBlock: (job, signal) => this.#takeBlock(job, signal),
    })
  }

  /** `undefined` before the first reset. The engine may learn of a new safe or finalized head a little later. */
  get heads(): EngineHeads | undefined {
    return this.#forkchoice.heads
  }

  /** The engine fetches the chain by itself: blocks can only be offered to it. */
  get isSyncing(): boolean {
    return isElSyncing(this.#elSync)
  }

  /** The engine is yet to be told of heads. */
  get isBehind(): boolean {
    if (this.heads === undefined) return false
    return this.#consolidation.isBackupDue || !this.#forkchoice.isTold
  }

  /** Sets all heads, forward or backward, and makes the engine follow. */
  reset(heads: EngineHeads, signal?: AbortSignal): Promise<void> {
    return this.#line.run(async () => {
      assertHeads(heads)
      this.#consolidation.forgetBackup()
      await this.#forkchoice.tell(heads, signal)
      this.#forkchoice.note(heads)
      this.#elSync = elSyncAfter(this.#elSync, {
        type: 'headsFound',
        finalized: heads.finalized,
        genesis: this.#config.genesis.l2,
        worksPastFinality: this.#worksPastFinality,
      })
      this.#logger.info('Reset heads', { ...heads, elSync: this.#elSync })
    })
  }

  /** Starts building on `parent`, if that still is the unsafe head. */
  build(
    parent: L2BlockRef,
    attributes: PayloadAttributes,
    signal?: AbortSignal,
  ): Promise<BuildOutcome> {
    return this.#line.run(async () => {
      const stale = this.#forkchoice.staleUnlessHead(parent.hash)
      if (stale !== undefined) return stale
      return this.#forkchoice.startBuild(this.#forkchoice.knownHeads(), attributes, signal)
    })
  }

  /** Ends the build job and takes its block, if its parent still is the unsafe head. Does not insert it. */
  seal(job: BuildJob, signal?: AbortSignal): Promise<SealOutcome> {
    return this.#line.run(async () => {
      const stale = this.#forkchoice.staleUnlessHead(job.parent.hash)
      if (stale !== undefined) return stale
      try {
        return { type: 'sealed', block: await this.#takeBlock(job, signal) }
      } catch (error) {
        signal?.throwIfAborted()
        if (error instanceof DecodeError) return { type: 'invalid', reason: error }
        return { type: 'expired', reason: error }
      }
    })
  }

  /**
   * Makes a block the unsafe head, if its parent is.
   *
   * @param next - Asked once the engine has called the block valid. Attributes of the block on top of it, where they
   * are ready by then, go with the fork choice; the outcome has a job when the engine took them.
   */
  insert(
    block: SealedBlock,
    signal?: AbortSignal,
    next?: () => PayloadAttributes | undefined,
  ): Promise<InsertOutcome> {
    return this.#line.run(async () => {
      const heads = this.#forkchoice.knownHeads()
      if (heads.unsafe.hash === block.ref.hash) return { type: 'inserted' }
      const stale = this.#forkchoice.staleUnlessHead(block.ref.parentHash)
      if (stale !== undefined) return stale
      const invalid = await this.#calls.newPayload(block.envelope, signal)
      if (invalid !== undefined) return invalid
      const adopted = { ...heads, unsafe: block.ref }
      const attributes = next?.()
      if (attributes !== undefined) {
        const started = await this.#forkchoice.startBuild(adopted, attributes, signal)
        if (started.type === 'started') {
          this.#forkchoice.adoptBuiltOn(adopted)
          return { type: 'inserted', job: started.job }
        }
        // That says nothing against the block. Whoever made the attributes learns of it by another build.
      }
      await this.#forkchoice.adopt(adopted, signal)
      return { type: 'inserted' }
    })
  }

  /** Makes the engine drop a build job. The Engine API cannot cancel, so its block is taken and thrown away. */
  cancel(job: BuildJob, signal?: AbortSignal): Promise<void> {
    return this.#line.run(async () => {
      try {
        await this.#calls.getPayload(job.id, job.attributes.timestamp, signal)
      } catch (error) {
        // Gone already, or it will be when its deadline passes.
        this.#logger.debug('Build job could not be cancelled', { job: job.id, error })
      }
    })
  }

  /**
   * Makes what was derived from L1 the pending-safe head, and the safe head when it concludes its span: the unsafe
   * block at that height if it is just that one, else a block that is built now and pushes it aside.
   *
   * @throws {ChainError} also `critical` `DEPOSITS_INVALID`; `reset` `UNSAFE_BLOCK_MISSING`
   */
  consolidate(derived: DerivedBlock, signal?: AbortSignal): Promise<ConsolidateOutcome> {
    return this.#line.run(() => this.#consolidation.consolidate(derived, signal))
  }

  /** Makes a safe block the finalized head; ignored when it is not safe, or not newer. */
  finalize(block: L2BlockRef): Promise<void> {
    return this.#line.run(async () => {
      const heads = this.#forkchoice.knownHeads()
      if (block.number <= heads.finalized.number || block.number > heads.safe.number) return
      this.#forkchoice.note({ ...heads, finalized: block })
      this.#logger.info('Finalized', { block })
    })
  }

  /** Tells the engine of heads that it does not know yet. Does nothing when it knows them all. */
  synchronize(signal?: AbortSignal): Promise<void> {
    return this.#line.run(async () => {
      await this.#consolidation.restoreBackup(signal)
      const heads = this.#forkchoice.knownHeads()
      if (!this.#forkchoice.isTold) await this.#forkchoice.adopt(heads, signal)
    })
  }

  /** Hands a block, with whatever gap before it, to an engine that fetches the chain by itself. */
  offer(block: SealedBlock, signal?: AbortSignal): Promise<OfferOutcome> {
    return this.#line.run(async () => {
      const heads = this.#forkchoice.knownHeads()
      if (!this.isSyncing) return { type: 'notSyncing' }
      const executed = await this.#calls.askPayload(block.envelope, signal)
      if (executed.status === 'INVALID' || executed.status === 'INVALID_BLOCK_HASH') {
        return { type: 'invalid', reason: refusal('newPayload', executed) }
      }
      this.#elSync = elSyncAfter(this.#elSync, { type: 'answered', status: executed.status })
      if (this.#elSync !== 'landed') {
        const state = { ...headsToForkchoice(heads), headBlockHash: block.ref.hash }
        await this.#calls.askForkchoice(state, signal)
        return { type: 'syncing' }
      }
      const status = await this.#forkchoice.tryAdopt(headsAtTip(heads, block.ref), signal)
      if (status !== 'VALID') return { type: 'syncing' }
      this.#elSync = elSyncAfter(this.#elSync, { type: 'headsSet' })
      this.#logger.info('Execution-layer sync is done', { head: block.ref })
      return { type: 'synced' }
    })
  }

  /** @throws {DecodeError} when the block is malformed, or not the one that was asked for. */
  async #takeBlock(job: BuildJob, signal: AbortSignal | undefined): Promise<SealedBlock> {
    const envelope = await this.#calls.getPayload(job.id, job.attributes.timestamp, signal)
    const read = this.#trustsEngine ? readBuiltBlock : readSealedBlock
    const block = read(this.#config, envelope)
    assertBlockOfJob(block, job)
    return block
  }
}

/** All heads at a block that the engine has fetched by itself; what was safe or final before stays so. */
function headsAtTip(heads: EngineHeads, tip: L2BlockRef): EngineHeads {
  const atLeast = (head: L2BlockRef) => (head.number > tip.number ? head : tip)
  const safe = atLeast(heads.safe)
  return { unsafe: tip, pendingSafe: safe, safe, finalized: atLeast(heads.finalized) }
}
