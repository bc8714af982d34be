import type { BlockId, L1BlockRef, L2BlockRef } from '../chain/refs.ts'
import type { DerivedAttributes } from '../derive/derivedAttributes.ts'
import type { Pipeline } from '../derive/pipeline.ts'
import { nextTurn } from '../runtime/nextTurn.ts'

/**
 * What a turn of derivation came to. `origin` is the L1 block that is being read.
 *
 * - `attributes`: the next block.
 * - `advanced`: another L1 block is being read.
 * - `idle`: all of L1 is read.
 */
export type DerivationOutcome =
  | {
      readonly type: 'attributes'
      readonly derived: DerivedAttributes
      readonly origin: L1BlockRef
    }
  | { readonly type: 'advanced' | 'idle'; readonly origin: L1BlockRef }

/**
 * Derivation as the driver uses it; it may run in another thread. One call at a time.
 *
 * Throws what {@link Pipeline} throws; the same call may be made again after a `temporary` error.
 */
export interface Derivation {
  /** Starts over behind a safe block. Must come first. See {@link Pipeline.reset}. */
  reset(safeHead: L2BlockRef, readUpTo?: bigint, signal?: AbortSignal): Promise<void>
  /** Works on top of `safeHead` until there is something to tell. */
  next(safeHead: L2BlockRef, signal?: AbortSignal): Promise<DerivationOutcome>
  /** See {@link Pipeline.depositsOnly}. */
  depositsOnly(parent: BlockId, derivedFrom: L1BlockRef): Promise<DerivedAttributes>
  /** Number of the newest L1 block that may be read. Until it is known, whatever L1 has may be. */
  setHorizon(number: bigint): void
}

// Of steps that took something off the pipeline but made nothing; each is some milliseconds at most.
const stepsPerTurn = 16

/** Derivation by a pipeline in this thread. */
export function localDerivation(
  pipeline: Pipeline,
  setHorizon: Derivation['setHorizon'] = () => undefined,
): Derivation {
  return {
    reset: (safeHead, readUpTo, signal) => pipeline.reset(safeHead, readUpTo, signal),
    async next(safeHead, signal) {
      for (let steps = 1; ; steps++) {
        signal?.throwIfAborted()
        const outcome = await pipeline.step(safeHead, signal)
        // Only a pipeline that was reset takes a step.
        const origin = pipeline.origin!
        if (outcome.type === 'attributes') return { ...outcome, origin }
        if (outcome.type !== 'progressed') return { type: outcome.type, origin }
        if (steps % stepsPerTurn === 0) await nextTurn()
      }
    },
    depositsOnly: async (parent, derivedFrom) => pipeline.depositsOnly(parent, derivedFrom),
    setHorizon,
  }
}
