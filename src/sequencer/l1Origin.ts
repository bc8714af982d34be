import type { L1BlockRef, L2BlockRef } from '../chain/refs.ts'
import { maxSequencerDrift, type RollupConfig } from '../chain/rollupConfig.ts'

/** What can be said of the next L1 origin. */
export type OriginChoice =
  | { readonly type: 'origin'; readonly origin: L1BlockRef }
  /** The current origin will not do, or nothing may be decided without knowing the next one. */
  | { readonly type: 'nextRequired' }
  /** `next` does not build on `current`: L1 was reorganised. */
  | { readonly type: 'orphaned' }

/**
 * The L1 origin of the block after `parent`: the next one as soon as that is not in the block's future, else the
 * current one for as long as the drift allows.
 *
 * @param current - The L1 origin of `parent`.
 * @param next - The L1 block after it; `undefined` while it is unknown.
 * @param mustMatchForced - Decide as derivation does when it fills an empty epoch: never without knowing `next`.
 * @see https://specs.optimism.io/protocol/derivation.html#batch-queue
 */
export function chooseL1Origin(
  config: RollupConfig,
  parent: L2BlockRef,
  current: L1BlockRef,
  next: L1BlockRef | undefined,
  mustMatchForced: boolean,
): OriginChoice {
  if (parent.l1Origin.hash !== current.hash) return { type: 'orphaned' }
  const timestamp = parent.timestamp + config.blockTime
  if (next !== undefined) {
    if (next.parentHash !== current.hash) return { type: 'orphaned' }
    return { type: 'origin', origin: timestamp >= next.timestamp ? next : current }
  }
  if (mustMatchForced) return { type: 'nextRequired' }
  const maxDrift = maxSequencerDrift(config, current.timestamp)
  if (timestamp > current.timestamp + maxDrift) return { type: 'nextRequired' }
  return { type: 'origin', origin: current }
}
