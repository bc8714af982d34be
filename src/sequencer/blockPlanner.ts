import type { Hash } from '../base/hex.ts'
import type { L1BlockRef, L2BlockRef } from '../chain/refs.ts'
import type { RollupConfig } from '../chain/rollupConfig.ts'
import type { SystemConfig } from '../chain/systemConfig.ts'
import { preparePayloadAttributes } from '../derive/attributes.ts'
import type { L1Provider } from '../derive/providers.ts'
import type { L2Chain } from '../engine/interface.ts'
import type { SealedBlock } from '../engine/tasks.ts'
import type { PayloadAttributes } from '../protocol/payload.ts'
import { systemConfigFromPayload } from '../protocol/payloadSystemConfig.ts'
import type { UpgradeBundles } from '../protocol/upgrade/upgradeTransactions.ts'
import type { Clock } from '../runtime/clock.ts'
import type { Logger } from '../runtime/logger.ts'
import { withTimeout } from '../runtime/timeout.ts'
import { mustSkipTxPool } from './noTxPool.ts'
import type { L1OriginSelector } from './originSelector.ts'

export interface BlockPlannerOptions {
  readonly config: RollupConfig
  readonly upgradeBundles: UpgradeBundles
  /** Leave out transactions of users, as derivation does when the sequencing window has passed. */
  readonly recover: boolean
}

export interface BlockPlannerDeps {
  readonly origins: Pick<L1OriginSelector, 'select' | 'prefetch'>
  readonly l1: L1Provider
  readonly l2: Pick<L2Chain, 'systemConfigByHash'>
  readonly clock: Clock
  readonly logger: Logger
}

/** What a block is to be made from. */
export interface BlockPlan {
  readonly origin: L1BlockRef
  readonly attributes: PayloadAttributes
  /** When planning began, milliseconds since the Unix epoch. */
  readonly plannedMs: number
}

const attributesTimeoutMs = 20_000

/**
 * Decides what the next block is made from: its L1 origin, what the protocol demands of it, and whether transactions of
 * users may follow. Needs neither L1 nor the engine where it has looked ahead, and made the parent itself.
 */
export class BlockPlanner {
  readonly #options: BlockPlannerOptions
  readonly #deps: BlockPlannerDeps
  /** Of the block that was made last. */
  #newest: { readonly hash: Hash; readonly systemConfig: SystemConfig } | undefined

  constructor(options: BlockPlannerOptions, deps: BlockPlannerDeps) {
    this.#options = options
    this.#deps = deps
  }

  /**
   * The plan of the block on top of `parent`.
   *
   * @throws {ChainError} as {@link L1OriginSelector.select} and {@link preparePayloadAttributes}; `temporary` `TIMEOUT`
   */
  async plan(parent: L2BlockRef, signal: AbortSignal): Promise<BlockPlan> {
    const { clock, origins } = this.#deps
    const plannedMs = clock.now()
    const origin = await origins.select(parent, signal)
    const attributes = await withTimeout(
      clock,
      attributesTimeoutMs,
      'preparing attributes',
      (inner) => this.#prepare(parent, origin, inner),
      signal,
    )
    const { config, recover } = this.#options
    const noTxPool = mustSkipTxPool(config, origin, attributes.timestamp, recover)
    return { origin, attributes: { ...attributes, noTxPool }, plannedMs }
  }

  /** A block is being built: looks ahead at what the one after it needs of L1. */
  lookAhead({ origin }: BlockPlan): void {
    this.#deps.origins.prefetch(origin)
  }

  /** Keeps what the block on top of this one needs to know of it. */
  remember({ ref, envelope }: SealedBlock): void {
    const systemConfig = systemConfigFromPayload(this.#options.config, envelope.executionPayload)
    this.#newest = { hash: ref.hash, systemConfig }
  }

  #prepare(
    parent: L2BlockRef,
    origin: L1BlockRef,
    signal: AbortSignal,
  ): Promise<PayloadAttributes> {
    const { config, upgradeBundles } = this.#options
    const { l1, l2, logger } = this.#deps
    return preparePayloadAttributes(
      {
        config,
        upgradeBundles,
        l1,
        systemConfigByHash: async (hash, inner) =>
          this.#newest?.hash === hash
            ? this.#newest.systemConfig
            : l2.systemConfigByHash(hash, inner),
        reportDroppedUpdate: (error, l1Origin) =>
          logger.warn('Passed over a malformed SystemConfig update', { error, l1Origin }),
      },
      parent,
      origin,
      signal,
    )
  }
}
