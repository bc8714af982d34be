import { inSeconds } from '../base/duration.ts'
import { shortMessageOf } from '../base/errors.ts'
import type { RollupConfig } from '../chain/rollupConfig.ts'
import type { Clock } from '../runtime/clock.ts'
import type { TxOutcome } from '../txmgr/queue.ts'
import { TxError } from '../txmgr/txError.ts'
import type { SyncPoint } from './encoder/syncPoint.ts'
import type { BatcherOptions } from './options.ts'

// Endpoints are asked with every poll; each has ten seconds to answer, and fallbacks behind it.
const turnPatienceMs = 60_000
const turnPatiencePolls = 10
// Fees have been raised ten times by then. Confirmations come on top, one a slot of Ethereum.
const postPatienceMs = 600_000
const slotMs = 12_000

export interface BatcherHealthDeps {
  readonly config: RollupConfig
  readonly numConfirmations: number
  readonly clock: Clock
}

/** Remembers how a batcher gets on, to say what keeps it from its work. */
export class BatcherHealth {
  readonly #options: Pick<
    BatcherOptions,
    'pollIntervalMs' | 'maxChannelDuration' | 'subSafetyMargin'
  >
  readonly #deps: BatcherHealthDeps
  /** When it last had done all that was to do. */
  #turnMs: number
  /** Since then. */
  #lastError: unknown
  /** Since when something is on its way, or failed, and nothing was confirmed. */
  #postingSinceMs: number | undefined
  #unpaid: TxError | undefined
  #position: { readonly point: SyncPoint; readonly l1Head: bigint } | undefined

  constructor(
    options: Pick<BatcherOptions, 'pollIntervalMs' | 'maxChannelDuration' | 'subSafetyMargin'>,
    deps: BatcherHealthDeps,
  ) {
    this.#options = options
    this.#deps = deps
    this.#turnMs = deps.clock.now()
  }

  noteTurn(): void {
    this.#turnMs = this.#deps.clock.now()
    this.#lastError = undefined
  }

  /** What could not be done for now. */
  noteFailure(error: unknown): void {
    this.#lastError = error
  }

  notePosition(point: SyncPoint, l1Head: bigint): void {
    this.#position = { point, l1Head }
  }

  notePosted(): void {
    this.#postingSinceMs ??= this.#deps.clock.now()
  }

  /** @param pending - What else is on its way. */
  noteSettled(outcome: TxOutcome, pending: number): void {
    if (outcome.type === 'failed') {
      const { error } = outcome
      if (error instanceof TxError && error.code === 'TX_UNDERFUNDED') this.#unpaid = error
      return
    }
    this.#unpaid = undefined
    this.#postingSinceMs = pending > 0 ? this.#deps.clock.now() : undefined
  }

  /** What was on its way is of no account any more. */
  noteStartedOver(): void {
    this.#postingSinceMs = undefined
  }

  /** Why it does not do its work; empty when it does. */
  get problems(): string[] {
    const problems = [
      this.#turnProblem,
      this.#unpaid?.shortMessage,
      this.#postProblem,
      this.#windowProblem,
    ]
    return problems.filter((problem) => problem !== undefined)
  }

  get #turnProblem(): string | undefined {
    const patienceMs = Math.max(turnPatienceMs, turnPatiencePolls * this.#options.pollIntervalMs)
    const staleMs = this.#deps.clock.now() - this.#turnMs
    if (staleMs <= patienceMs) return undefined
    const reason = this.#lastError === undefined ? 'it waits' : shortMessageOf(this.#lastError)
    return `nothing could be done for ${inSeconds(staleMs)}: ${reason}`
  }

  get #postProblem(): string | undefined {
    if (this.#postingSinceMs === undefined) return undefined
    const { clock, numConfirmations } = this.#deps
    const waitedMs = clock.now() - this.#postingSinceMs
    if (waitedMs <= postPatienceMs + numConfirmations * slotMs) return undefined
    return `no transaction was confirmed for ${inSeconds(waitedMs)}, although batches are to be posted`
  }

  /** Of the first block behind the safe head, which has its L1 origin or the next one. */
  get #windowProblem(): string | undefined {
    if (this.#position === undefined) return undefined
    const { point, l1Head } = this.#position
    const { localSafeL2: safe, unsafeL2: unsafe } = point
    if (unsafe.number <= safe.number) return undefined
    const age = l1Head - safe.l1Origin.number
    if (age <= this.#longestAge) return undefined
    const { seqWindowSize } = this.#deps.config
    return `block ${safe.number + 1n} is not safe, and ${age} L1 blocks of its sequencing window of ${seqWindowSize} are over`
  }

  /** In L1 blocks. Where channels wait until they are full, the window may be all but over. */
  get #longestAge(): bigint {
    const { maxChannelDuration, subSafetyMargin } = this.#options
    const half = this.#deps.config.seqWindowSize / 2n
    const closesInTime = maxChannelDuration > 0 && BigInt(maxChannelDuration) < half
    const margin = BigInt(subSafetyMargin) < half ? BigInt(subSafetyMargin) : half
    return closesInTime ? half : this.#deps.config.seqWindowSize - margin / 2n
  }
}
