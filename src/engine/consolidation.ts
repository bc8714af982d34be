import { ChainError } from '../base/errors.ts'
import { isForkActive } from '../chain/forks.ts'
import type { L2BlockRef } from '../chain/refs.ts'
import type { RollupConfig } from '../chain/rollupConfig.ts'
import { attributesMismatches } from '../protocol/attributesMatch.ts'
import { l2BlockRefFromPayload } from '../protocol/l2BlockRef.ts'
import { isDepositTransaction } from '../protocol/transaction.ts'
import type { Logger } from '../runtime/logger.ts'
import {
  type BackupUnsafe,
  backupAfterBlock,
  backupAfterInvalidSpan,
  noBackup,
} from './backupUnsafe.ts'
import { checkDerivedBlock } from './derivedBlock.ts'
import type { EngineCalls } from './engineCalls.ts'
import type { Forkchoice } from './forkchoice.ts'
import type { EngineHeads } from './heads.ts'
import type { L2Chain } from './interface.ts'
import type {
  BuildJob,
  ConsolidateOutcome,
  DerivedBlock,
  InvalidOutcome,
  SealedBlock,
} from './tasks.ts'
import { unbuildable } from './unbuildable.ts'

export interface ConsolidationDeps {
  readonly forkchoice: Forkchoice
  readonly calls: EngineCalls
  readonly l2: Pick<L2Chain, 'payloadByNumber'>
  /** Ends a build job and reads its block. */
  readonly takeBlock: (job: BuildJob, signal: AbortSignal | undefined) => Promise<SealedBlock>
  readonly logger: Logger
}

/**
 * Brings the heads to what was derived from L1.
 *
 * Belongs to the engine controller, within whose turns all of it is called. Building and sealing are one task here:
 * unlike a block of the sequencer, a derived one must not go stale because the unsafe head is another one than its
 * parent.
 *
 * @see https://specs.optimism.io/protocol/derivation.html#l1-consolidation-payload-attributes-matching
 * @see https://specs.optimism.io/protocol/holocene/derivation.html#engine-queue
 */
export class Consolidation {
  readonly #config: RollupConfig
  readonly #deps: ConsolidationDeps
  #backup: BackupUnsafe = noBackup

  constructor(options: { readonly config: RollupConfig }, deps: ConsolidationDeps) {
    this.#config = options.config
    this.#deps = deps
  }

  /** The engine is to return to an unsafe head that an invalid span pushed aside. */
  get isBackupDue(): boolean {
    return this.#backup.type === 'due'
  }

  /** The heads were found anew: there is nothing to return to. */
  forgetBackup(): void {
    this.#backup = noBackup
  }

  /** See `EngineController.consolidate`. */
  async consolidate(
    derived: DerivedBlock,
    signal: AbortSignal | undefined,
  ): Promise<ConsolidateOutcome> {
    await this.restoreBackup(signal)
    const { forkchoice } = this.#deps
    const heads = forkchoice.knownHeads()
    if (heads.pendingSafe.hash !== derived.parent.hash) {
      return { type: 'stale', head: heads.pendingSafe }
    }
    if (heads.unsafe.number > heads.pendingSafe.number) {
      const existing = await this.#matchingBlock(heads, derived, signal)
      if (existing !== undefined) {
        const next = withDerived(heads, existing, derived)
        forkchoice.note(next)
        this.#backup = backupAfterBlock(this.#backup, heads, next)
        return { type: 'consolidated', head: existing, isNew: false }
      }
    }
    return this.#force(heads, derived, signal)
  }

  /** One attempt to return to the unsafe head that an invalid span pushed aside; more only if there is no answer. */
  async restoreBackup(signal: AbortSignal | undefined): Promise<void> {
    const { forkchoice, logger } = this.#deps
    const backup = this.#backup
    if (backup.type !== 'due') return
    try {
      const status = await forkchoice.tryAdopt(
        { ...forkchoice.knownHeads(), unsafe: backup.head },
        signal,
      )
      this.#backup = noBackup
      if (status === 'VALID') logger.info('Restored the unsafe head', { head: backup.head })
      else logger.warn('Could not restore the unsafe head', { ...backup, status })
    } catch (error) {
      if (error instanceof ChainError && error.severity === 'reset') this.#backup = noBackup
      throw error
    }
  }

  /** The block on top of the pending-safe head, if it is what was derived. */
  async #matchingBlock(
    heads: EngineHeads,
    { parent, attributes }: DerivedBlock,
    signal: AbortSignal | undefined,
  ): Promise<L2BlockRef | undefined> {
    const { forkchoice, l2 } = this.#deps
    // By number the engine knows the blocks below its own head, which must be ours.
    if (!forkchoice.isToldHead(heads.unsafe)) await forkchoice.tell(heads, signal)
    const number = parent.number + 1n
    const existing = await l2.payloadByNumber(number, signal)
    if (existing === undefined) {
      throw new ChainError(
        'reset',
        'UNSAFE_BLOCK_MISSING',
        `the engine does not have L2 block ${number}, below its head ${heads.unsafe.number}`,
      )
    }
    const fields = attributesMismatches(this.#config, attributes, parent.hash, existing)
    // Only what was derived is known to be readable: the engine may have fetched anything from its peers.
    if (fields.length === 0) return l2BlockRefFromPayload(this.#config, existing.executionPayload)
    const { blockHash: hash } = existing.executionPayload
    this.#deps.logger.warn('L1 says otherwise than an unsafe block: replacing it', {
      block: { hash, number },
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
    const { forkchoice, calls } = this.#deps
    const onPendingSafe = { ...heads, unsafe: heads.pendingSafe }
    const started = await forkchoice.startBuild(onPendingSafe, derived.attributes, signal)
    if (started.type === 'invalid') return this.#reject(heads, derived, started)
    const taken = await this.#takeDerivedBlock(started.job, signal)
    if (taken.type === 'invalid') return this.#reject(heads, derived, taken)
    const { block } = taken
    const invalid =
      checkDerivedBlock(this.#config, derived, block) ??
      (await calls.newPayload(block.envelope, signal))
    if (invalid !== undefined) return this.#reject(heads, derived, invalid)
    const next = { ...withDerived(heads, block.ref, derived), unsafe: block.ref }
    await forkchoice.adopt(next, signal)
    this.#backup = backupAfterBlock(this.#backup, heads, next)
    return { type: 'consolidated', head: block.ref, isNew: true }
  }

  async #takeDerivedBlock(
    job: BuildJob,
    signal: AbortSignal | undefined,
  ): Promise<{ readonly type: 'taken'; readonly block: SealedBlock } | InvalidOutcome> {
    try {
      return { type: 'taken', block: await this.#deps.takeBlock(job, signal) }
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
    this.#deps.logger.warn('Engine calls a derived block invalid', { number, derivedFrom, reason })
    if (isForkActive(this.#config, 'holocene', derivedFrom.timestamp)) {
      return { type: 'invalid', reason, remedy: 'depositsOnly' }
    }
    this.#deps.forkchoice.note({ ...heads, pendingSafe: heads.safe })
    this.#backup = backupAfterInvalidSpan(this.#backup)
    return { type: 'invalid', reason, remedy: 'nextBatch' }
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
