import { ChainError } from '../base/errors.ts'
import type { L2BlockRef } from '../chain/refs.ts'
import type { PayloadAttributes } from '../protocol/payload.ts'
import type { EngineCalls } from './engineCalls.ts'
import { assertHeads, type EngineHeads, headsToForkchoice, sameForkchoice } from './heads.ts'
import type { ForkchoiceState, PayloadStatus } from './interface.ts'
import type { BuildJob, InvalidOutcome, StaleOutcome } from './tasks.ts'

/**
 * The L2 heads, and what the engine has confirmed of them.
 *
 * Belongs to the engine controller, within whose turns all of it is called.
 */
export class Forkchoice {
  readonly #calls: EngineCalls
  #heads: EngineHeads | undefined
  /** `undefined` when what the engine holds is not known for sure. */
  #told: ForkchoiceState | undefined

  constructor(deps: { readonly calls: EngineCalls }) {
    this.#calls = deps.calls
  }

  /** `undefined` before the first reset. */
  get heads(): EngineHeads | undefined {
    return this.#heads
  }

  /** @throws {ChainError} `reset` `HEADS_UNKNOWN` */
  knownHeads(): EngineHeads {
    if (this.#heads !== undefined) return this.#heads
    throw new ChainError('reset', 'HEADS_UNKNOWN', 'the heads of the engine are not known yet')
  }

  /** The engine has confirmed the heads as they are now. */
  get isTold(): boolean {
    const heads = this.#heads
    return heads !== undefined && this.#hasTold(headsToForkchoice(heads))
  }

  /** The engine has confirmed that block as its head. */
  isToldHead({ hash }: L2BlockRef): boolean {
    return this.#told?.headBlockHash === hash
  }

  staleUnlessHead(parentHash: string): StaleOutcome | undefined {
    const head = this.knownHeads().unsafe
    return head.hash === parentHash ? undefined : { type: 'stale', head }
  }

  /** Moves heads of which the engine is to learn later. */
  note(heads: EngineHeads): void {
    this.#heads = heads
  }

  /** Makes the engine follow; the heads stay as they are. @throws {ChainError} */
  async tell(heads: EngineHeads, signal: AbortSignal | undefined): Promise<void> {
    this.#told = undefined
    const state = headsToForkchoice(heads)
    await this.#calls.setForkchoice(state, signal)
    this.#told = state
  }

  /** Sets heads that are a step forward, once the engine follows. @throws {ChainError} */
  async adopt(heads: EngineHeads, signal: AbortSignal | undefined): Promise<void> {
    await this.tell(heads, signal)
    this.#advance(heads)
  }

  /** As {@link adopt}, if the engine calls the heads valid; anything else it may answer changes nothing. */
  async tryAdopt(
    heads: EngineHeads,
    signal: AbortSignal | undefined,
  ): Promise<PayloadStatus['status']> {
    this.#told = undefined
    const state = headsToForkchoice(heads)
    const { status } = await this.#calls.askForkchoice(state, signal)
    if (status === 'VALID') {
      this.#told = state
      this.#advance(heads)
    }
    return status
  }

  /** Begins a build on the head of `heads`, which the engine then holds; ours stay as they are. @throws {ChainError} */
  async startBuild(
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

  /** Sets heads that are a step forward, and that the engine holds since {@link startBuild}. */
  adoptBuiltOn(heads: EngineHeads): void {
    this.#advance(heads)
  }

  #advance(heads: EngineHeads): void {
    this.#heads = heads
    this.#calls.forgiveForkchoices()
  }

  #hasTold(state: ForkchoiceState): boolean {
    return this.#told !== undefined && sameForkchoice(this.#told, state)
  }
}
