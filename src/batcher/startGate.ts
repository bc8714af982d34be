import type { Clock } from '../runtime/clock.ts'
import type { Logger } from '../runtime/logger.ts'
import type { TxManager } from '../txmgr/interface.ts'
import type { SyncPoint } from './encoder/syncPoint.ts'
import type { BatcherL1 } from './interface.ts'
import type { BatcherOptions } from './options.ts'
import { OwnTransactions, type Standing } from './ownTransactions.ts'
import { assertOwnKey } from './preflight.ts'

export interface StartGateDeps {
  readonly l1: BatcherL1
  readonly transactions: TxManager
  readonly clock: Clock
  readonly logger: Logger
}

/**
 * Lets nothing be posted until the node's safe head accounts for all that was sent before: at a start, and whenever
 * posting starts over. Then nothing is posted twice.
 */
export class StartGate {
  readonly #depth: bigint
  readonly #deps: StartGateDeps
  /** `undefined` while the gate is open. */
  #own: OwnTransactions | undefined
  /** Why it is closed, as last told. */
  #reason: string | undefined

  constructor(
    options: Pick<BatcherOptions, 'checkRecentTxsDepth' | 'waitNodeSync' | 'startQuietMs'>,
    deps: StartGateDeps,
  ) {
    this.#depth = BigInt(options.checkRecentTxsDepth)
    this.#deps = deps
    this.#close(options.waitNodeSync, options.startQuietMs)
  }

  /** Closes it until what was sent so far is accounted for. */
  close(): void {
    this.#close(false, 0)
  }

  /**
   * Whether blocks may be posted from the safe head on; opens when they may.
   *
   * @param point - Asked of the node before this call.
   * @param pending - Submissions that are in flight.
   * @throws {ConfigError} `BATCHER_KEY`; {ChainError} `temporary`; {TxError}
   */
  async isOpen(
    point: SyncPoint,
    l1Head: bigint,
    pending: number,
    signal: AbortSignal,
  ): Promise<boolean> {
    if (this.#own === undefined) return true
    const standing = await this.#standing(this.#own, point, l1Head, pending, signal)
    if (standing.type === 'stuck') {
      await this.#deps.transactions.replacePooled(signal)
      return false
    }
    if (standing.type === 'waiting') {
      this.#tell(standing.reason)
      return false
    }
    // What did not become safe may have been posted under a key that counts no more.
    await assertOwnKey(this.#deps, signal)
    this.#own = undefined
    this.#reason = undefined
    this.#deps.logger.info('Posting from the safe head', { safe: point.localSafeL2 })
    return true
  }

  #close(waitForHead: boolean, quietMs: number): void {
    const account = this.#deps.transactions.address
    this.#own = new OwnTransactions(
      { account, depth: this.#depth, waitForHead, quietMs },
      this.#deps,
    )
  }

  async #standing(
    own: OwnTransactions,
    point: SyncPoint,
    l1Head: bigint,
    pending: number,
    signal: AbortSignal,
  ): Promise<Standing> {
    if (pending > 0) {
      return { type: 'waiting', reason: 'transactions of ours are in flight' }
    }
    const standing = await own.standing(point, l1Head, signal)
    // Asked last: what L1 loses meanwhile may be missing from those counts, as if it had never been sent.
    if ((await this.#deps.transactions.resendLost(signal)) > 0) {
      return { type: 'waiting', reason: 'transactions that L1 had lost are on their way again' }
    }
    return standing
  }

  /** A wait takes many looks, and is told once. */
  #tell(reason: string): void {
    if (reason === this.#reason) return
    this.#reason = reason
    this.#deps.logger.info('Waiting before posting from the safe head', { reason })
  }
}
