import { assertNever } from '../base/assertNever.ts'
import { ChainError, TaktError } from '../base/errors.ts'
import type { PayloadAttributes, PayloadEnvelope } from '../protocol/payload.ts'
import type { Clock } from '../runtime/clock.ts'
import { RateLimit } from '../runtime/rateLimit.ts'
import { withTimeout } from '../runtime/timeout.ts'
import { classifyError, classifyStatus, type EngineCall, type EngineVerdict } from './classify.ts'
import type {
  EngineApi,
  ForkchoiceState,
  ForkchoiceUpdated,
  PayloadId,
  PayloadStatus,
} from './interface.ts'
import type { InvalidOutcome } from './tasks.ts'
import { unbuildable } from './unbuildable.ts'

// A call that takes longer is given up; the engine may still carry it out.
const callTimeoutMs = 10_000

/**
 * The Engine API with a time limit, a limit of fruitless fork choices, and with answers that say what to do.
 *
 * Every call throws {@link ChainError}: `temporary` when it may work later (`ENGINE_SYNCING` while the engine lacks
 * blocks), `reset` when engine and node disagree.
 */
export class EngineCalls {
  readonly #engine: EngineApi
  readonly #clock: Clock
  readonly #forkchoiceRate: RateLimit

  constructor(deps: { readonly engine: EngineApi; readonly clock: Clock }) {
    this.#engine = deps.engine
    this.#clock = deps.clock
    this.#forkchoiceRate = new RateLimit({ count: 10, periodMs: 1000 }, { clock: deps.clock })
  }

  /** The chain grew: the fork choices so far were not fruitless. */
  forgiveForkchoices(): void {
    this.#forkchoiceRate.forgive()
  }

  /** Begins a build job on top of the state's head. */
  async startBuild(
    state: ForkchoiceState,
    attributes: PayloadAttributes,
    signal: AbortSignal | undefined,
  ): Promise<{ readonly type: 'started'; readonly id: PayloadId } | InvalidOutcome> {
    let updated: ForkchoiceUpdated
    try {
      updated = await this.#forkchoiceUpdated('startBuild', state, attributes, signal)
    } catch (error) {
      signal?.throwIfAborted()
      const verdict = classifyError('startBuild', error)
      if (verdict === 'invalid') return { type: 'invalid', reason: error as TaktError }
      const reason = verdict === 'temporary' ? unbuildable(attributes, error) : undefined
      if (reason !== undefined) return { type: 'invalid', reason }
      throw toChainError('startBuild', verdict, error)
    }
    const invalid = assertAccepted('startBuild', updated.payloadStatus)
    if (invalid !== undefined) return invalid
    if (updated.payloadId === undefined) {
      throw new ChainError('temporary', 'ENGINE_NO_PAYLOAD_ID', 'the engine began no build job')
    }
    return { type: 'started', id: updated.payloadId }
  }

  /** Makes the engine follow; anything but "valid" is a `reset`. */
  async setForkchoice(state: ForkchoiceState, signal: AbortSignal | undefined): Promise<void> {
    const status = await this.askForkchoice(state, signal)
    const invalid = assertAccepted('forkchoice', status)
    if (invalid !== undefined) throw toChainError('forkchoice', 'reset', invalid.reason)
  }

  /** As {@link setForkchoice}, with the meaning of the answer left to the caller. */
  async askForkchoice(
    state: ForkchoiceState,
    signal: AbortSignal | undefined,
  ): Promise<PayloadStatus> {
    try {
      return (await this.#forkchoiceUpdated('forkchoice', state, undefined, signal)).payloadStatus
    } catch (error) {
      signal?.throwIfAborted()
      throw toChainError('forkchoice', classifyError('forkchoice', error), error)
    }
  }

  /** Takes the block of a job. @throws whatever the engine does: the job is lost then. */
  getPayload(
    id: PayloadId,
    timestamp: bigint,
    signal: AbortSignal | undefined,
  ): Promise<PayloadEnvelope> {
    return this.#call(
      'getPayload',
      (inner) => this.#engine.getPayload(id, timestamp, inner),
      signal,
    )
  }

  /** Executes a block; it does not become the head yet. `undefined` when it is valid. */
  async newPayload(
    envelope: PayloadEnvelope,
    signal: AbortSignal | undefined,
  ): Promise<InvalidOutcome | undefined> {
    return assertAccepted('newPayload', await this.askPayload(envelope, signal))
  }

  /** As {@link newPayload}, with the meaning of the answer left to the caller. */
  async askPayload(
    envelope: PayloadEnvelope,
    signal: AbortSignal | undefined,
  ): Promise<PayloadStatus> {
    try {
      return await this.#call(
        'newPayload',
        (inner) => this.#engine.newPayload(envelope, inner),
        signal,
      )
    } catch (error) {
      signal?.throwIfAborted()
      throw toChainError('newPayload', classifyError('newPayload', error), error)
    }
  }

  async #forkchoiceUpdated(
    call: 'startBuild' | 'forkchoice',
    state: ForkchoiceState,
    attributes: PayloadAttributes | undefined,
    signal: AbortSignal | undefined,
  ): Promise<ForkchoiceUpdated> {
    await this.#forkchoiceRate.pass(signal)
    return this.#call(
      call,
      (inner) => this.#engine.forkchoiceUpdated(state, attributes, inner),
      signal,
    )
  }

  #call<T>(
    call: EngineCall | 'getPayload',
    task: (signal: AbortSignal) => Promise<T>,
    signal: AbortSignal | undefined,
  ): Promise<T> {
    return withTimeout(this.#clock, callTimeoutMs, `engine call ${call}`, task, signal)
  }
}

/** @throws {ChainError} unless the answer is "valid" or "invalid". */
function assertAccepted(call: EngineCall, status: PayloadStatus): InvalidOutcome | undefined {
  const verdict = classifyStatus(call, status.status)
  if (verdict === 'ok') return undefined
  const reason = refusal(call, status)
  if (verdict === 'invalid') return { type: 'invalid', reason }
  throw toChainError(call, verdict, reason)
}

/** The engine's "no" as an error that can be shown and thrown. */
export function refusal(call: EngineCall, status: PayloadStatus): TaktError {
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
    case 'temporary':
      return new ChainError('temporary', 'ENGINE_TEMPORARY', `${call}: ${why}`, { cause })
    default:
      return assertNever(verdict)
  }
}
