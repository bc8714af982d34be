import { assertNever } from '../base/assertNever.ts'
import { ChainError, severityOf } from '../base/errors.ts'
import type { Hash } from '../base/hex.ts'
import type { L1BlockRef, L2BlockRef } from '../chain/refs.ts'
import type { EngineController } from '../engine/controller.ts'
import type { CanonicalL1, Finalizer } from '../engine/finalizer.ts'
import type { L2Chain } from '../engine/interface.ts'
import type { SafeHeadDatabase, SafeHeadRecord } from '../engine/safeHeadDatabase.ts'
import type { DerivedBlock } from '../engine/tasks.ts'
import type { Clock } from '../runtime/clock.ts'
import type { Logger } from '../runtime/logger.ts'
import type { Derivation } from './derivation.ts'

export interface VerifierDeps {
  readonly engine: EngineController
  readonly derivation: Derivation
  readonly finalizer: Finalizer
  readonly l1: CanonicalL1
  readonly l2: Pick<L2Chain, 'blockRefByHash'>
  /** `undefined` when the node keeps no such records. */
  readonly safeHeads: SafeHeadDatabase | undefined
  readonly clock: Clock
  readonly logger: Logger
}

// Until an L1 block is asked for again that was announced but is not there yet.
const announcedPauseMs = 500

/**
 * Moves the safe and the finalized head by what L1 says.
 *
 * Its work comes in two kinds, so that neither L1 nor the disk ever holds up the sequencer: `derive` reads L1 and never
 * touches the heads, `act` tells the engine what came of it. It decides nothing by itself about time or faults: the
 * driver asks when it wants to do either, and answers what they throw.
 */
export class Verifier {
  /** Distance that derivation keeps from the L1 head, in blocks. */
  readonly #l1Confs: bigint
  readonly #deps: VerifierDeps
  #state: 'resetting' | 'rewinding' | 'deriving' = 'resetting'
  /** Changes with every reset: what was begun before it is not to be carried on. */
  #generation = 0
  #l1Head: L1BlockRef | undefined
  #origin: L1BlockRef | undefined
  /** All of L1 was read when this was its head. */
  #allReadAt: { readonly head: Hash | undefined } | undefined
  /** Waits for the engine. */
  #derived: DerivedBlock | undefined
  /** Waits for the end of the L1 block, and then for the disk. */
  #record: SafeHeadRecord | undefined
  #finalized: L2BlockRef | undefined
  /** An L1 block has been read to its end: a good moment to tell the engine. */
  #publishDue = false
  #deriveNotBeforeMs = 0
  #actNotBeforeMs = 0

  constructor(options: { readonly l1Confs: number }, deps: VerifierDeps) {
    this.#l1Confs = BigInt(options.l1Confs)
    this.#deps = deps
  }

  /** The L1 block that is being read; `undefined` until the first one. */
  get origin(): L1BlockRef | undefined {
    return this.#origin
  }

  /** All of L1 is read, and what came of it is with the engine. */
  get isIdle(): boolean {
    return this.#isReady && this.nextDeriveMs() === undefined && this.nextActionMs() === undefined
  }

  onL1Head(block: L1BlockRef): void {
    this.#l1Head = block
    this.#deps.derivation.setHorizon(block.number - this.#l1Confs)
  }

  onL1Finalized(block: L1BlockRef): void {
    this.#deps.finalizer.onL1Finalized(block)
  }

  /** The heads are about to be set anew: all that was derived is dropped. */
  beginReset(): void {
    this.#state = 'resetting'
    this.#generation++
    this.#allReadAt = undefined
    this.#derived = undefined
    this.#record = undefined
    this.#finalized = undefined
    this.#publishDue = false
    this.#deps.finalizer.reset()
  }

  /** The heads are set. */
  endReset(): void {
    this.#state = 'rewinding'
  }

  /** Does not derive for that long. */
  delayDerivation(durationMs: number): void {
    this.#deriveNotBeforeMs = this.#deps.clock.now() + durationMs
  }

  /** Does not bother the engine for that long. */
  delay(durationMs: number): void {
    this.#actNotBeforeMs = this.#deps.clock.now() + durationMs
  }

  /** When to call `derive` next; `undefined` while there is nothing to do. */
  nextDeriveMs(): number | undefined {
    if (!this.#isReady || this.#derived !== undefined) return undefined
    const isDone = this.#state === 'deriving' && this.#isAllRead && !this.#isFinalityDue
    if (isDone) return undefined
    return this.#deriveNotBeforeMs
  }

  /** Reads L1 until there is something to tell. Runs beside everything else. */
  async derive(signal: AbortSignal): Promise<void> {
    const { pendingSafe } = this.#deps.engine.heads!
    try {
      if (this.#state === 'rewinding') await this.#rewind(signal)
      else if (this.#isFinalityDue) await this.#findFinalized(signal)
      else await this.#step(pendingSafe, signal)
    } catch (error) {
      throw await this.#explain(error, pendingSafe, signal)
    }
  }

  /** When to call `act` next; `undefined` while there is nothing to do. */
  nextActionMs(): number | undefined {
    if (!this.#isReady) return undefined
    return this.#derived !== undefined || this.#publishDue ? this.#actNotBeforeMs : undefined
  }

  /**
   * Gives the engine what was derived, or tells it of the heads.
   *
   * @returns true when the engine has taken a block.
   */
  async act(signal: AbortSignal): Promise<boolean> {
    if (this.#derived !== undefined) return this.#consolidate(this.#derived, signal)
    await this.#publish(signal)
    return false
  }

  get #isReady(): boolean {
    const { engine } = this.#deps
    return this.#state !== 'resetting' && engine.heads !== undefined && !engine.isSyncing
  }

  get #isAllRead(): boolean {
    return this.#allReadAt !== undefined && this.#allReadAt.head === this.#l1Head?.hash
  }

  get #isFinalityDue(): boolean {
    const { finalizer, engine } = this.#deps
    const finalized = this.#finalized ?? engine.heads?.finalized
    if (finalized === undefined || this.#origin === undefined) return false
    return finalizer.isDue(finalized, this.#origin, this.#isAllRead)
  }

  async #rewind(signal: AbortSignal): Promise<void> {
    const { derivation, safeHeads, engine, logger } = this.#deps
    const generation = this.#generation
    const { safe } = engine.heads!
    await safeHeads?.reset(safe, safe.l1Origin)
    await derivation.reset(safe, await this.#readBefore(safe, signal), signal)
    if (this.#generation !== generation) return
    this.#state = 'deriving'
    logger.info('Deriving from L1', { safe })
  }

  /** The L1 block before the one that made `safe` safe, if that is on record and still holds. */
  async #readBefore(safe: L2BlockRef, signal: AbortSignal): Promise<bigint | undefined> {
    const { safeHeads, l1 } = this.#deps
    const record = await safeHeads?.newest()
    if (record?.safeHead.hash !== safe.hash) return undefined
    const { hash, number } = record.l1
    const canonical = await l1.blockRefByNumber(number, signal)
    return canonical?.hash === hash ? number - 1n : undefined
  }

  async #findFinalized(signal: AbortSignal): Promise<void> {
    const { finalizer, engine } = this.#deps
    const generation = this.#generation
    const found = await finalizer.find(engine.heads!.finalized, this.#origin!, signal)
    if (this.#generation !== generation) return
    this.#finalized = found
    this.#publishDue = true
  }

  async #step(parent: L2BlockRef, signal: AbortSignal): Promise<void> {
    const { derivation, engine } = this.#deps
    const generation = this.#generation
    const head = this.#l1Head
    const outcome = await derivation.next(parent, signal)
    if (this.#generation !== generation) return
    this.#origin = outcome.origin
    switch (outcome.type) {
      case 'attributes':
        this.#derived = outcome.derived
        return
      case 'advanced':
      case 'idle':
        if (outcome.type === 'idle') this.#noteAllRead(outcome.origin, head)
        // What the engine knows to be safe must be on record before it can become final.
        await this.#save()
        this.#publishDue ||= engine.isBehind
        return
      default:
        assertNever(outcome)
    }
  }

  #noteAllRead(origin: L1BlockRef, head: L1BlockRef | undefined): void {
    // Who announces a block need not be who serves it.
    const isAnnounced = head !== undefined && head.number - this.#l1Confs > origin.number
    if (isAnnounced) this.delayDerivation(announcedPauseMs)
    else this.#allReadAt = { head: head?.hash }
  }

  /** Derivation reads the parent from the engine: one that has lost it will not find it again by waiting. */
  async #explain(error: unknown, parent: L2BlockRef, signal: AbortSignal): Promise<unknown> {
    if (signal.aborted || severityOf(error) !== 'temporary') return error
    const isThere = await this.#deps.l2.blockRefByHash(parent.hash, signal).then(
      (block) => block !== undefined,
      () => true,
    )
    if (isThere) return error
    return new ChainError(
      'reset',
      'PARENT_LOST',
      `the engine does not have L2 block ${parent.number} ${parent.hash} any more`,
      { cause: error },
    )
  }

  async #save(): Promise<void> {
    const record = this.#record
    if (record === undefined) return
    await this.#deps.safeHeads?.record(record)
    if (this.#record === record) this.#record = undefined
  }

  async #consolidate(derived: DerivedBlock, signal: AbortSignal): Promise<boolean> {
    const { engine, derivation } = this.#deps
    const generation = this.#generation
    const outcome = await engine.consolidate(derived, signal)
    if (this.#generation !== generation) return false
    switch (outcome.type) {
      case 'consolidated':
        this.#derived = undefined
        if (derived.isConcluding) this.#noteSafe(outcome.head, derived.derivedFrom)
        return true
      case 'stale':
        this.#derived = undefined
        return false
      case 'invalid': {
        if (outcome.remedy === 'nextBatch') {
          this.#derived = undefined
          this.#publishDue = true
          return false
        }
        const { parent, derivedFrom } = derived
        const replacement = await derivation.depositsOnly(parent, derivedFrom)
        if (this.#generation === generation) this.#derived = replacement
        return false
      }
      default:
        return assertNever(outcome)
    }
  }

  #noteSafe(head: L2BlockRef, derivedFrom: L1BlockRef): void {
    const { finalizer, logger } = this.#deps
    finalizer.onSafe(head, derivedFrom)
    const l1 = { hash: derivedFrom.hash, number: derivedFrom.number }
    this.#record = { l1, safeHead: { hash: head.hash, number: head.number } }
    logger.debug('Safe head moved', { head, derivedFrom: l1 })
  }

  async #publish(signal: AbortSignal): Promise<void> {
    const { engine, logger } = this.#deps
    const finalized = this.#finalized
    if (finalized !== undefined) await engine.finalize(finalized)
    await engine.synchronize(signal)
    logger.info('Told the engine what L1 says', { ...engine.heads, l1Block: this.#origin })
    if (this.#finalized === finalized) this.#finalized = undefined
    // A head that moved meanwhile comes with the next L1 block.
    this.#publishDue = false
  }
}
