import type { Address } from '../base/hex.ts'
import type { Clock } from '../runtime/clock.ts'
import type { Logger } from '../runtime/logger.ts'
import { Mailbox } from '../runtime/mailbox.ts'
import type { TxManager } from '../txmgr/interface.ts'
import { type TxOutcome, TxQueue } from '../txmgr/queue.ts'
import { encodeSubmission, type Submission } from './encoder/submission.ts'
import { calldataGas } from './prices.ts'

/** What became of a submission. */
export interface SettledSubmission {
  readonly submission: Submission
  readonly outcome: TxOutcome
}

export interface SubmissionsDeps {
  readonly transactions: TxManager
  readonly clock: Clock
  readonly logger: Logger
}

/** Submissions on their way to L1, in the order in which they are handed in, and what became of them. */
export class Submissions {
  readonly #inbox: Address
  readonly #logger: Logger
  readonly #queue: TxQueue
  readonly #abort = new AbortController()
  // Bounded by the transactions in flight.
  readonly #settled: Mailbox<SettledSubmission>
  #pending = 0

  /** @param options.maxPendingTx - 0 sets no bound. */
  constructor(
    options: { readonly batchInboxAddress: Address; readonly maxPendingTx: number },
    deps: SubmissionsDeps,
  ) {
    this.#inbox = options.batchInboxAddress
    this.#logger = deps.logger
    this.#queue = new TxQueue({ maxPending: options.maxPendingTx }, deps)
    this.#settled = new Mailbox({ capacity: Number.POSITIVE_INFINITY }, deps)
  }

  get hasRoom(): boolean {
    return this.#queue.room > 0
  }

  /** Those that are in flight, or of whose end nobody has heard yet. */
  get pending(): number {
    return this.#pending
  }

  send(submission: Submission): void {
    const { channelId, availability, frames } = submission
    const { data, blobs } = encodeSubmission(submission)
    this.#pending++
    this.#logger.info('Posting batches', {
      channelId,
      availability,
      frames: frames.map(({ number }) => number),
      bytes: frames.reduce((sum, frame) => sum + frame.data.length, 0),
    })
    void this.#queue
      .send({ to: this.#inbox, data, blobs, gasLimit: calldataGas(data) }, this.#abort.signal)
      .then((outcome) => this.#settled.post({ submission, outcome }))
  }

  /**
   * The next one that came to its end; `undefined` once the clock passes `untilMs` or after `wake`.
   *
   * @throws the signal's reason when it aborts.
   */
  async nextSettled(untilMs: number, signal: AbortSignal): Promise<SettledSubmission | undefined> {
    const settled = await this.#settled.receive(untilMs, signal)
    if (settled !== undefined) this.#pending--
    return settled
  }

  /** All that came to their end by now. */
  takeSettled(): readonly SettledSubmission[] {
    const settled = this.#settled.drain()
    this.#pending -= settled.length
    return settled
  }

  /** Makes a `nextSettled` that waits, or else the next one, return at once. */
  wake(): void {
    this.#settled.wake()
  }

  /** Gives up on what is in flight. It may get into a block all the same. */
  async close(): Promise<void> {
    this.#abort.abort(new Error('the batcher stops'))
    await this.#queue.drained()
  }
}
