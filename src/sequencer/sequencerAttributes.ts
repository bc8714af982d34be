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
import type { Logger } from '../runtime/logger.ts'

export interface SequencerAttributesOptions {
  readonly config: RollupConfig
  readonly upgradeBundles: UpgradeBundles
}

export interface SequencerAttributesDeps {
  readonly l1: L1Provider
  readonly l2: Pick<L2Chain, 'systemConfigByHash'>
  readonly logger: Logger
}

/** Prepares attributes without asking the engine about a parent that was made here. */
export class SequencerAttributes {
  readonly #options: SequencerAttributesOptions
  readonly #deps: SequencerAttributesDeps
  #newest: { readonly hash: Hash; readonly systemConfig: SystemConfig } | undefined

  constructor(options: SequencerAttributesOptions, deps: SequencerAttributesDeps) {
    this.#options = options
    this.#deps = deps
  }

  /** Keeps what the block on top of this one needs to know of it. */
  remember(block: SealedBlock): void {
    const systemConfig = systemConfigFromPayload(
      this.#options.config,
      block.envelope.executionPayload,
    )
    this.#newest = { hash: block.ref.hash, systemConfig }
  }

  /** See {@link preparePayloadAttributes}. */
  prepare(parent: L2BlockRef, origin: L1BlockRef, signal: AbortSignal): Promise<PayloadAttributes> {
    const { l1, l2, logger } = this.#deps
    return preparePayloadAttributes(
      {
        ...this.#options,
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
