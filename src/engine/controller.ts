import { ChainError, DecodeError } from '../base/errors.ts'
import { isForkActive } from '../chain/forks.ts'
import type { L2BlockRef } from '../chain/refs.ts'
import type { RollupConfig } from '../chain/rollupConfig.ts'
import { attributesMismatches } from '../protocol/attributesMatch.ts'
import { l2BlockRefFromPayload } from '../protocol/l2BlockRef.ts'
import type { PayloadAttributes } from '../protocol/payload.ts'
import { isDepositTransaction } from '../protocol/transaction.ts'
import type { Clock } from '../runtime/clock.ts'
import type { Logger } from '../runtime/logger.ts'
import { SerialExecutor } from '../runtime/serial.ts'
import {
  type BackupUnsafe,
  backupAfterBlock,
  backupAfterInvalidSpan,
  noBackup,
} from './backupUnsafe.ts'
import { checkDerivedBlock } from './derivedBlock.ts'
import { type ElSyncState, elSyncAfter, isElSyncing } from './elSync.ts'
import { EngineCalls, refusal } from './engineCalls.ts'
import { assertHeads, type EngineHeads, headsToForkchoice, sameForkchoice } from './heads.ts'
import type { EngineApi, ForkchoiceState, L2Chain } from './interface.ts'
import { assertBlockOfJob, readBuiltBlock, readSealedBlock } from './sealedBlock.ts'
import type {
  BuildJob,
  BuildOutcome,
  ConsolidateOutcome,
  DerivedBlock,
  InsertOutcome,
  InvalidOutcome,
  OfferOutcome,
  SealedBlock,
  SealOutcome,
  StaleOutcome,
} from './tasks.ts'
import { unbuildable } from './unbuildable.ts'

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
  readonly #l2: EngineControllerDeps['l2']
  readonly #logger: Logger
  readonly #line = new SerialExecutor()
  #heads: EngineHeads | undefined
  /** What the engine has confirmed; `undefined` when that is not known for sure. */
  #told: ForkchoiceState | undefined
  #backup: BackupUnsafe = noBackup
  #elSync: ElSyncState

  constructor(options: EngineControllerOptions, deps: EngineControllerDeps) {
    this.#config = options.config
    this.#trustsEngine = options.trustsEngine ?? false
    this.#worksPastFinality = options.elSync?.worksPastFinality ?? false
    this.#elSync = options.elSync === undefined ? 'off' : 'pending'
    this.#calls = new EngineCalls(deps)
    this.#l2 = deps.l2
    this.#logger = deps.logger
  }

  /** `undefined` before the first reset. The engine may learn of a new safe or finalized head a little later. */
  get heads(): EngineHeads | undefined {
    return this.#heads
  }

  /** Tasks that wait or run. */
  get depth(): number {
    return this.#line.depth
  }

  /** The engine fetches the chain by itself: blocks can only be offered to it. */
  get isSyncing(): boolean {
    return isElSyncing(this.#elSync)
  }

  /** The engine is yet to be told of heads. */
  get isBehind(): boolean {
    if (this.#heads === undefined) return false
    return this.#backup.type === 'due' || !this.#hasTold(this.#heads)
  }

  /** Sets all heads, forward or backward, and makes the engine follow. */
  reset(heads: EngineHeads, signal?: AbortSignal): Promise<void> {
    return this.#line.run(async () => {
      assertHeads(heads)
      this.#backup = noBackup
      await this.#tell(heads, signal)
      this.#heads = heads
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
      const stale = this.#staleUnlessHead(parent.hash)
      if (stale !== undefined) return stale
      return this.#startBuild(this.#knownHeads(), attributes, signal)
    })
  }

  /** Ends the build job and takes its block, if its parent still is the unsafe head. Does not insert it. */
  seal(job: BuildJob, signal?: AbortSignal): Promise<SealOutcome> {
    return this.#line.run(async () => {
      const stale = this.#staleUnlessHead(job.parent.hash)
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
      const heads = this.#knownHeads()
      if (heads.unsafe.hash === block.ref.hash) return { type: 'inserted' }
      const stale = this.#staleUnlessHead(block.ref.parentHash)
      if (stale !== undefined) return stale
      const invalid = await this.#calls.newPayload(block.envelope, signal)
      if (invalid !== undefined) return invalid
      const adopted = { ...heads, unsafe: block.ref }
      const attributes = next?.()
      if (attributes !== undefined) {
        const started = await this.#startBuild(adopted, attributes, signal)
        if (started.type === 'started') {
          this.#heads = adopted
          this.#calls.forgiveForkchoices()
          return { type: 'inserted', job: started.job }
        }
        // That says nothing against the block. Whoever made the attributes learns of it by another build.
      }
      await this.#adopt(adopted, signal)
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
   * Building and sealing are one task here: unlike a block of the sequencer, it must not go stale because the unsafe
   * head is another one than its parent.
   *
   * @throws {ChainError} also `critical` `DEPOSITS_INVALID`; `reset` `UNSAFE_BLOCK_MISSING`
   * @see https://specs.optimism.io/protocol/derivation.html#l1-consolidation-payload-attributes-matching
   * @see https://specs.optimism.io/protocol/holocene/derivation.html#engine-queue
   */
  consolidate(derived: DerivedBlock, signal?: AbortSignal): Promise<ConsolidateOutcome> {
    return this.#line.run(async () => {
      await this.#restoreBackup(signal)
      const heads = this.#knownHeads()
      if (heads.pendingSafe.hash !== derived.parent.hash) {
        return { type: 'stale', head: heads.pendingSafe }
      }
      if (heads.unsafe.number > heads.pendingSafe.number) {
        const existing = await this.#matchingBlock(heads, derived, signal)
        if (existing !== undefined) {
          this.#heads = withDerived(heads, existing, derived)
          this.#backup = backupAfterBlock(this.#backup, heads, this.#heads)
          return { type: 'consolidated', head: existing, isNew: false }
        }
      }
      return this.#force(heads, derived, signal)
    })
  }

  /** Makes a safe block the finalized head; ignored when it is not safe, or not newer. */
  finalize(block: L2BlockRef): Promise<void> {
    return this.#line.run(async () => {
      const heads = this.#knownHeads()
      if (block.number <= heads.finalized.number || block.number > heads.safe.number) return
      this.#heads = { ...heads, finalized: block }
      this.#logger.info('Finalized', { block })
    })
  }

  /** Tells the engine of heads that it does not know yet. Does nothing when it knows them all. */
  synchronize(signal?: AbortSignal): Promise<void> {
    return this.#line.run(async () => {
      await this.#restoreBackup(signal)
      const heads = this.#knownHeads()
      if (!this.#hasTold(heads)) await this.#adopt(heads, signal)
    })
  }

  /** Hands a block, with whatever gap before it, to an engine that fetches the chain by itself. */
  offer(block: SealedBlock, signal?: AbortSignal): Promise<OfferOutcome> {
    return this.#line.run(async () => {
      const heads = this.#knownHeads()
      if (!this.isSyncing) return { type: 'notSyncing' }
      const executed = await this.#calls.askPayload(block.envelope, signal)
      if (executed.status === 'INVALID' || executed.status === 'INVALID_BLOCK_HASH') {
        return { type: 'invalid', reason: refusal('newPayload', executed) }
      }
      this.#elSync = elSyncAfter(this.#elSync, { type: 'answered', status: executed.status })
      const next = this.#elSync === 'landed' ? headsAtTip(heads, block.ref) : heads
      const state = { ...headsToForkchoice(next), headBlockHash: block.ref.hash }
      const { status } = await this.#calls.askForkchoice(state, signal)
      if (next === heads || status !== 'VALID') return { type: 'syncing' }
      this.#elSync = elSyncAfter(this.#elSync, { type: 'headsSet' })
      this.#heads = next
      this.#told = state
      this.#logger.info('Execution-layer sync is done', { head: block.ref })
      return { type: 'synced' }
    })
  }

  #knownHeads(): EngineHeads {
    if (this.#heads !== undefined) return this.#heads
    throw new ChainError('reset', 'HEADS_UNKNOWN', 'the heads of the engine are not known yet')
  }

  #staleUnlessHead(parentHash: string): StaleOutcome | undefined {
    const head = this.#knownHeads().unsafe
    return head.hash === parentHash ? undefined : { type: 'stale', head }
  }

  #hasTold(heads: EngineHeads): boolean {
    return this.#told !== undefined && sameForkchoice(this.#told, headsToForkchoice(heads))
  }

  async #tell(heads: EngineHeads, signal: AbortSignal | undefined): Promise<void> {
    this.#told = undefined
    const state = headsToForkchoice(heads)
    await this.#calls.setForkchoice(state, signal)
    this.#told = state
  }

  /** Sets heads that are a step forward, once the engine follows. */
  async #adopt(heads: EngineHeads, signal: AbortSignal | undefined): Promise<void> {
    await this.#tell(heads, signal)
    this.#heads = heads
    this.#calls.forgiveForkchoices()
  }

  async #startBuild(
    heads: EngineHeads,
    attributes: PayloadAttributes,
    signal: AbortSignal | undefined,
  ): Promise<{ readonly type: 'started'; readonly job: BuildJob } | InvalidOutcome> {
    assertHeads(heads)
    const state = headsToForkchoice(heads)
    // Attributes that are refused do not undo the fork choice that they came with.
    this.#told = undefined
    const outcome = await this.#calls.startBuild(state, attributes, signal)
    if (outcome.type === 'invalid') return outcome
    this.#told = state
    return { type: 'started', job: { id: outcome.id, parent: heads.unsafe, attributes } }
  }

  /** @throws {DecodeError} when the block is malformed, or not the one that was asked for. */
  async #takeBlock(job: BuildJob, signal: AbortSignal | undefined): Promise<SealedBlock> {
    const envelope = await this.#calls.getPayload(job.id, job.attributes.timestamp, signal)
    const read = this.#trustsEngine ? readBuiltBlock : readSealedBlock
    const block = read(this.#config, envelope)
    assertBlockOfJob(block, job)
    return block
  }

  /** The block on top of the pending-safe head, if it is what was derived. */
  async #matchingBlock(
    heads: EngineHeads,
    { parent, attributes }: DerivedBlock,
    signal: AbortSignal | undefined,
  ): Promise<L2BlockRef | undefined> {
    // By number the engine knows the blocks below its own head, which must be ours.
    if (this.#told?.headBlockHash !== heads.unsafe.hash) await this.#tell(heads, signal)
    const number = parent.number + 1n
    const existing = await this.#l2.payloadByNumber(number, signal)
    if (existing === undefined) {
      throw new ChainError(
        'reset',
        'UNSAFE_BLOCK_MISSING',
        `the engine does not have L2 block ${number}, below its head ${heads.unsafe.number}`,
      )
    }
    const fields = attributesMismatches(this.#config, attributes, parent.hash, existing)
    const ref = l2BlockRefFromPayload(this.#config, existing.executionPayload)
    if (fields.length === 0) return ref
    this.#logger.warn('L1 says otherwise than an unsafe block: replacing it', {
      block: ref,
      unsafe: heads.unsafe,
      fields,
    })
    return undefined
  }

  /** Builds the derived block on the pending-safe head, whatever was there before. */
  async #force(
    heads: EngineHeads,
    derived: DerivedBlock,
    signal: AbortSignal | undefined,
  ): Promise<ConsolidateOutcome> {
    const started = await this.#startBuild(
      { ...heads, unsafe: heads.pendingSafe },
      derived.attributes,
      signal,
    )
    if (started.type === 'invalid') return this.#reject(heads, derived, started)
    const taken = await this.#takeDerivedBlock(started.job, signal)
    if (taken.type === 'invalid') return this.#reject(heads, derived, taken)
    const { block } = taken
    const invalid =
      checkDerivedBlock(this.#config, derived, block) ??
      (await this.#calls.newPayload(block.envelope, signal))
    if (invalid !== undefined) return this.#reject(heads, derived, invalid)
    const next = { ...withDerived(heads, block.ref, derived), unsafe: block.ref }
    await this.#adopt(next, signal)
    this.#backup = backupAfterBlock(this.#backup, heads, next)
    return { type: 'consolidated', head: block.ref, isNew: true }
  }

  async #takeDerivedBlock(
    job: BuildJob,
    signal: AbortSignal | undefined,
  ): Promise<{ readonly type: 'taken'; readonly block: SealedBlock } | InvalidOutcome> {
    try {
      return { type: 'taken', block: await this.#takeBlock(job, signal) }
    } catch (cause) {
      signal?.throwIfAborted()
      const reason = unbuildable(job.attributes, cause)
      if (reason !== undefined) return { type: 'invalid', reason }
      throw new ChainError(
        'temporary',
        'DERIVED_BLOCK_LOST',
        `the engine did not hand out the block that it built of L1 data on ${job.parent.number}`,
        { cause, context: { job: job.id } },
      )
    }
  }

  #reject(
    heads: EngineHeads,
    { attributes, derivedFrom, parent }: DerivedBlock,
    { reason }: InvalidOutcome,
  ): ConsolidateOutcome {
    const number = parent.number + 1n
    if (attributes.transactions.every(isDepositTransaction)) {
      throw new ChainError(
        'critical',
        'DEPOSITS_INVALID',
        `the engine calls L2 block ${number} invalid although it holds deposits alone: ${reason.shortMessage}`,
        {
          cause: reason,
          context: { parent, derivedFrom },
          metaMessages: [
            'Engine and node do not follow the same rules: check their versions.',
            'Check also that the genesis of the engine has the fork times of the rollup config.',
          ],
        },
      )
    }
    this.#logger.warn('Engine calls a derived block invalid', { number, derivedFrom, reason })
    if (isForkActive(this.#config, 'holocene', derivedFrom.timestamp)) {
      return { type: 'invalid', reason, remedy: 'depositsOnly' }
    }
    this.#heads = { ...heads, pendingSafe: heads.safe }
    this.#backup = backupAfterInvalidSpan(this.#backup)
    return { type: 'invalid', reason, remedy: 'nextBatch' }
  }

  /** One attempt to return to the unsafe head that an invalid span pushed aside; more only if there is no answer. */
  async #restoreBackup(signal: AbortSignal | undefined): Promise<void> {
    const backup = this.#backup
    if (backup.type !== 'due') return
    const next = { ...this.#knownHeads(), unsafe: backup.head }
    const state = headsToForkchoice(next)
    this.#told = undefined
    try {
      const { status } = await this.#calls.askForkchoice(state, signal)
      this.#backup = noBackup
      if (status !== 'VALID') {
        return this.#logger.warn('Could not restore the unsafe head', { ...backup, status })
      }
    } catch (error) {
      if (error instanceof ChainError && error.severity === 'reset') this.#backup = noBackup
      throw error
    }
    this.#told = state
    this.#heads = next
    this.#calls.forgiveForkchoices()
    this.#logger.info('Restored the unsafe head', { head: backup.head })
  }
}

/** The heads with the block that was derived, the unsafe head left alone. */
function withDerived(
  heads: EngineHeads,
  block: L2BlockRef,
  { isConcluding }: DerivedBlock,
): EngineHeads {
  return { ...heads, pendingSafe: block, safe: isConcluding ? block : heads.safe }
}

/** All heads at a block that the engine has fetched by itself; what was safe or final before stays so. */
function headsAtTip(heads: EngineHeads, tip: L2BlockRef): EngineHeads {
  const atLeast = (head: L2BlockRef) => (head.number > tip.number ? head : tip)
  const safe = atLeast(heads.safe)
  return { unsafe: tip, pendingSafe: safe, safe, finalized: atLeast(heads.finalized) }
}
