import { ChainError } from '../base/errors.ts'
import type { L1BlockRef } from '../chain/refs.ts'
import type { RollupConfig } from '../chain/rollupConfig.ts'
import type { SystemConfig } from '../chain/systemConfig.ts'
import { updateSystemConfig } from '../protocol/systemConfigUpdate.ts'
import type { DerivationObserver } from './observer.ts'
import type { L1Provider } from './providers.ts'

/**
 * The first stage: which L1 block is being read, and who may post batches in it.
 *
 * @see https://specs.optimism.io/protocol/derivation.html#l1-traversal
 */
export class L1Traversal {
  readonly #config: RollupConfig
  readonly #l1: L1Provider
  readonly #observe: DerivationObserver
  #origin: L1BlockRef
  #systemConfig: SystemConfig

  constructor(
    config: RollupConfig,
    start: TraversalStart,
    deps: { readonly l1: L1Provider; readonly observe: DerivationObserver },
  ) {
    this.#config = config
    this.#l1 = deps.l1
    this.#observe = deps.observe
    this.#origin = start.origin
    this.#systemConfig = start.systemConfig
  }

  /** The L1 block that the whole pipeline reads. */
  get origin(): L1BlockRef {
    return this.#origin
  }

  /** As of the origin, its own updates included. */
  get systemConfig(): SystemConfig {
    return this.#systemConfig
  }

  /**
   * Moves on to the next L1 block.
   *
   * @returns false when L1 has no further block yet.
   * @throws {ChainError} `reset` `L1_REORG` when the next block does not follow the origin; `temporary`
   *   `L1_RECEIPTS_GONE` when L1 lost the block in between. The stage has then not moved.
   */
  async advance(signal?: AbortSignal): Promise<boolean> {
    const origin = this.#origin
    const next = await this.#l1.blockRefByNumber(origin.number + 1n, signal)
    if (next === undefined) return false
    if (next.parentHash !== origin.hash) {
      throw new ChainError(
        'reset',
        'L1_REORG',
        `L1 block ${next.number} ${next.hash} does not follow ${origin.hash}, which was read`,
        { context: { origin, next } },
      )
    }
    const receipts = await this.#l1.receiptsByHash(next.hash, signal)
    if (receipts === undefined) {
      throw new ChainError(
        'temporary',
        'L1_RECEIPTS_GONE',
        `L1 block ${next.number} ${next.hash} is gone before its receipts were read`,
      )
    }
    const { systemConfig, dropped } = updateSystemConfig(
      this.#config,
      this.#systemConfig,
      receipts,
      next.timestamp,
    )
    this.#origin = next
    this.#systemConfig = systemConfig
    for (const error of dropped) this.#observe({ type: 'configUpdateDropped', error }, next)
    return true
  }
}

/** Where reading begins. */
export interface TraversalStart {
  readonly origin: L1BlockRef
  /** As of the origin. */
  readonly systemConfig: SystemConfig
}
