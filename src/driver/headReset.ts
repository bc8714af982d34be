import type { RollupConfig } from '../chain/rollupConfig.ts'
import type { L1Provider } from '../derive/providers.ts'
import type { EngineController } from '../engine/controller.ts'
import type { L2Chain } from '../engine/interface.ts'
import { backoffDelayMs } from '../runtime/backoff.ts'
import type { Clock } from '../runtime/clock.ts'
import type { Random } from '../runtime/random.ts'
import { withTimeout } from '../runtime/timeout.ts'
import type { L1OriginSelector } from '../sequencer/originSelector.ts'
import type { Sequencer } from '../sequencer/sequencer.ts'
import type { DriverObserver } from './observer.ts'
import type { StatusTracker } from './statusTracker.ts'
import { findL2Heads } from './syncStart.ts'
import type { Verifier } from './verifier.ts'

export interface HeadResetOptions {
  readonly config: RollupConfig
  /** See `SyncStartOptions.skipCheck`. */
  readonly skipSyncStartCheck: boolean
}

export interface HeadResetDeps {
  readonly engine: EngineController
  readonly sequencer: Sequencer
  /** `undefined`: nothing is derived from L1. */
  readonly verifier: Verifier | undefined
  readonly origins: Pick<L1OriginSelector, 'reset'>
  readonly l1: L1Provider
  readonly l2: L2Chain
  readonly clock: Clock
  readonly random: Random
  readonly status: Pick<StatusTracker, 'noteReset'>
  readonly observe?: DriverObserver | undefined
}

// Some dozens of look-ups in L1 and the engine.
const findHeadsTimeoutMs = 60_000
const backoff = { baseDelayMs: 500, maxDelayMs: 5_000 }

/**
 * Finds the heads anew, and tells everybody who has built upon the old ones: first that they are in doubt, then that
 * the new ones are set. In between nothing else may act.
 */
export class HeadReset {
  readonly #options: HeadResetOptions
  readonly #deps: HeadResetDeps
  /** `undefined`: the heads are in no doubt. */
  #dueMs: number | undefined
  #failures = 0
  #isFirst = true

  constructor(options: HeadResetOptions, deps: HeadResetDeps) {
    this.#options = options
    this.#deps = deps
  }

  /** The heads are in doubt. */
  get isPending(): boolean {
    return this.#dueMs !== undefined
  }

  /** From now on the heads are in doubt. */
  begin(): void {
    this.#deps.sequencer.beginReset()
    this.#deps.verifier?.beginReset()
    this.#dueMs ??= this.#deps.clock.now()
  }

  /** When to call `act` next; `undefined` while the heads are in no doubt. */
  nextActionMs(): number | undefined {
    return this.#dueMs
  }

  /** @throws {ChainError} see {@link findL2Heads}; the heads then are in doubt as before. */
  async act(signal: AbortSignal): Promise<void> {
    const { engine, sequencer, verifier, origins, l1, clock, status } = this.#deps
    const { config, skipSyncStartCheck } = this.#options
    const heads = await withTimeout(
      clock,
      findHeadsTimeoutMs,
      'finding the heads to go on from',
      (inner) => findL2Heads({ config, skipCheck: skipSyncStartCheck }, this.#deps, inner),
      signal,
    )
    const start = await l1.blockRefByHash(heads.safe.l1Origin.hash, signal)
    await engine.reset(heads, signal)
    status.noteReset(start)
    origins.reset()
    this.#dueMs = undefined
    this.#failures = 0
    // The engine may have churned through work, and a loop of resets must not run hot.
    sequencer.endReset(this.#isFirst ? 0 : Number(config.blockTime) * 1000)
    verifier?.endReset()
    this.#isFirst = false
    this.#deps.observe?.({ type: 'reset' })
  }

  /** It has failed: waits longer each time. */
  retryLater(): void {
    this.#failures++
    this.#dueMs =
      this.#deps.clock.now() + backoffDelayMs(this.#failures, backoff, this.#deps.random)
  }
}
