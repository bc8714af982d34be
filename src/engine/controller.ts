import { assertNever } from '../base/assertNever.ts'
import { ChainError, DecodeError, TaktError } from '../base/errors.ts'
import type { L2BlockRef } from '../chain/refs.ts'
import type { RollupConfig } from '../chain/rollupConfig.ts'
import type { PayloadAttributes } from '../protocol/payload.ts'
import type { Clock } from '../runtime/clock.ts'
import type { Logger } from '../runtime/logger.ts'
import { RateLimit } from '../runtime/rateLimit.ts'
import { SerialExecutor } from '../runtime/serial.ts'
import { withTimeout } from '../runtime/timeout.ts'
import { classifyError, classifyStatus, type EngineCall, type EngineVerdict } from './classify.ts'
import { assertHeads, type EngineHeads, headsToForkchoice } from './heads.ts'
import type { EngineApi, ForkchoiceUpdated, PayloadStatus } from './interface.ts'
import { assertBlockOfJob, readSealedBlock } from './sealedBlock.ts'
import type {
  BuildJob,
  BuildOutcome,
  InsertOutcome,
  InvalidOutcome,
  SealedBlock,
  SealOutcome,
  StaleOutcome,
} from './tasks.ts'

// A call that takes longer is given up; the engine may still carry it out.
const callTimeoutMs = 10_000

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
  readonly #engine: EngineApi
  readonly #clock: Clock
  readonly #logger: Logger
  readonly #line = new SerialExecutor()
  readonly #forkchoiceRate: RateLimit
  #heads: EngineHeads | undefined

  constructor(
    options: { readonly config: RollupConfig },
    deps: { readonly engine: EngineApi; readonly clock: Clock; readonly logger: Logger },
  ) {
    this.#config = options.config
    this.#engine = deps.engine
    this.#clock = deps.clock
    this.#logger = deps.logger
    this.#forkchoiceRate = new RateLimit({ count: 10, periodMs: 1000 }, { clock: deps.clock })
  }

  /** The heads that the engine last agreed to; `undefined` before the first reset. */
  get heads(): EngineHeads | undefined {
    return this.#heads
  }

  /** Tasks that wait or run. */
  get depth(): number {
    return this.#line.depth
  }

  /** Sets all heads, forward or backward, and makes the engine follow. */
  reset(heads: EngineHeads, signal?: AbortSignal): Promise<void> {
    return this.#line.run(async () => {
      assertHeads(heads)
      await this.#updateForkchoice(heads, signal)
      this.#heads = heads
      this.#logger.info('Reset heads', { ...heads })
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
      const heads = this.#knownHeads()
      assertHeads(heads)
      const answer = await this.#forkchoiceUpdated('startBuild', heads, attributes, signal)
      if (answer.type === 'invalid') return answer
      const id = answer.updated.payloadId
      if (id === undefined) {
        throw new ChainError('temporary', 'ENGINE_NO_PAYLOAD_ID', 'the engine began no build job')
      }
      return { type: 'started', job: { id, parent, attributes } }
    })
  }

  /** Ends the build job and takes its block, if its parent still is the unsafe head. Does not insert it. */
  seal(job: BuildJob, signal?: AbortSignal): Promise<SealOutcome> {
    return this.#line.run(async () => {
      const stale = this.#staleUnlessHead(job.parent.hash)
      if (stale !== undefined) return stale
      let block: SealedBlock
      try {
        const envelope = await this.#call(
          'getPayload',
          (callSignal) => this.#engine.getPayload(job.id, job.attributes.timestamp, callSignal),
          signal,
        )
        block = readSealedBlock(this.#config, envelope)
        assertBlockOfJob(block, job)
      } catch (error) {
        signal?.throwIfAborted()
        if (error instanceof DecodeError) return { type: 'invalid', reason: error }
        return { type: 'expired', reason: error }
      }
      return { type: 'sealed', block }
    })
  }

  /** Makes a block the unsafe head, if its parent is. */
  insert(block: SealedBlock, signal?: AbortSignal): Promise<InsertOutcome> {
    return this.#line.run(async () => {
      const heads = this.#knownHeads()
      if (heads.unsafe.hash === block.ref.hash) return { type: 'inserted' }
      const stale = this.#staleUnlessHead(block.ref.parentHash)
      if (stale !== undefined) return stale
      const invalid = await this.#newPayload(block, signal)
      if (invalid !== undefined) return invalid
      const next = { ...heads, unsafe: block.ref }
      await this.#updateForkchoice(next, signal)
      this.#heads = next
      this.#forkchoiceRate.forgive()
      return { type: 'inserted' }
    })
  }

  /** Makes the engine drop a build job. The Engine API cannot cancel, so its block is taken and thrown away. */
  cancel(job: BuildJob, signal?: AbortSignal): Promise<void> {
    return this.#line.run(async () => {
      try {
        await this.#call(
          'getPayload',
          (callSignal) => this.#engine.getPayload(job.id, job.attributes.timestamp, callSignal),
          signal,
        )
      } catch (error) {
        // Gone already, or it will be when its deadline passes.
        this.#logger.debug('Build job could not be cancelled', { job: job.id, error })
      }
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

  async #newPayload(
    block: SealedBlock,
    signal: AbortSignal | undefined,
  ): Promise<InvalidOutcome | undefined> {
    let status: PayloadStatus
    try {
      status = await this.#call(
        'newPayload',
        (callSignal) => this.#engine.newPayload(block.envelope, callSignal),
        signal,
      )
    } catch (error) {
      signal?.throwIfAborted()
      throw toChainError('newPayload', classifyError('newPayload', error), error)
    }
    const verdict = classifyStatus('newPayload', status.status)
    if (verdict === 'ok') return undefined
    const reason = refusal('newPayload', status)
    if (verdict === 'invalid') return { type: 'invalid', reason }
    throw toChainError('newPayload', verdict, reason)
  }

  async #updateForkchoice(heads: EngineHeads, signal: AbortSignal | undefined): Promise<void> {
    const answer = await this.#forkchoiceUpdated('forkchoice', heads, undefined, signal)
    if (answer.type === 'invalid') throw toChainError('forkchoice', 'reset', answer.reason)
  }

  async #forkchoiceUpdated(
    call: 'startBuild' | 'forkchoice',
    heads: EngineHeads,
    attributes: PayloadAttributes | undefined,
    signal: AbortSignal | undefined,
  ): Promise<{ type: 'updated'; updated: ForkchoiceUpdated } | InvalidOutcome> {
    await this.#forkchoiceRate.pass(signal)
    let updated: ForkchoiceUpdated
    try {
      updated = await this.#call(
        call,
        (callSignal) =>
          this.#engine.forkchoiceUpdated(headsToForkchoice(heads), attributes, callSignal),
        signal,
      )
    } catch (error) {
      signal?.throwIfAborted()
      const verdict = classifyError(call, error)
      if (verdict === 'invalid') return { type: 'invalid', reason: error as TaktError }
      throw toChainError(call, verdict, error)
    }
    const verdict = classifyStatus(call, updated.payloadStatus.status)
    if (verdict === 'ok') return { type: 'updated', updated }
    const reason = refusal(call, updated.payloadStatus)
    if (verdict === 'invalid') return { type: 'invalid', reason }
    throw toChainError(call, verdict, reason)
  }

  #call<T>(
    call: EngineCall,
    task: (signal: AbortSignal) => Promise<T>,
    signal: AbortSignal | undefined,
  ): Promise<T> {
    return withTimeout(this.#clock, callTimeoutMs, `engine call ${call}`, task, signal)
  }
}

/** The engine's "no" as an error that can be shown and thrown. */
function refusal(call: EngineCall, status: PayloadStatus): TaktError {
  const words = status.validationError === undefined ? '' : `: ${status.validationError}`
  return new TaktError('ENGINE_REFUSED', `engine answered ${call} with ${status.status}${words}`, {
    context: { status: status.status, latestValidHash: status.latestValidHash },
  })
}

function toChainError(call: EngineCall, verdict: EngineVerdict, cause: unknown): ChainError {
  const why = cause instanceof TaktError ? cause.shortMessage : String(cause)
  switch (verdict) {
    case 'syncing':
      return new ChainError('temporary', 'ENGINE_SYNCING', `${call}: the engine is syncing`, {
        cause,
      })
    case 'reset':
      return new ChainError('reset', 'ENGINE_INCONSISTENT', `${call}: ${why}`, { cause })
    case 'ok':
    case 'invalid':
    case 'expired':
    case 'temporary':
      return new ChainError('temporary', 'ENGINE_TEMPORARY', `${call}: ${why}`, { cause })
    default:
      return assertNever(verdict)
  }
}
