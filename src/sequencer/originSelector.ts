import { assertNever } from '../base/assertNever.ts'
import { ChainError } from '../base/errors.ts'
import type { Hash } from '../base/hex.ts'
import type { L1BlockRef, L2BlockRef } from '../chain/refs.ts'
import type { RollupConfig } from '../chain/rollupConfig.ts'
import type { L1Provider } from '../derive/providers.ts'
import type { Clock } from '../runtime/clock.ts'
import type { TaskGroup } from '../runtime/taskGroup.ts'
import { withTimeout } from '../runtime/timeout.ts'
import { hideUnconfirmed, type L1BlocksByNumber } from './confDepth.ts'
import { chooseL1Origin } from './l1Origin.ts'

export interface OriginSelectorOptions {
  readonly config: RollupConfig
  /** Distance that a new origin keeps from the L1 head, in L1 blocks. */
  readonly l1Confs: number
  /** Take every next origin, and none without knowing it, as derivation does when the sequencing window has passed. */
  readonly recover: boolean
}

export interface OriginSelectorDeps {
  /** Keeps the blocks that it was asked for by hash, so that a look ahead is of use; see `rememberL1`. */
  readonly l1: L1Provider
  readonly clock: Clock
  readonly tasks: TaskGroup
}

// What starting a block may wait for a look at L1 that is under way.
const patienceMs = 500
const lookTimeoutMs = 10_000
// Without news of the L1 head, L1 is looked at again after this time.
const lookAgainMs = 12_000

// Looks kept: at the origin of the head, at the one being built upon, and those of a short reorg.
const remembered = 4

/** What a look at L1 around one origin showed. */
interface Surroundings {
  /** The canonical block at the height of the origin, when that is another one. */
  readonly replacedBy: L1BlockRef | undefined
  /** The block that follows; `undefined` while there is none, or none with enough confirmations. */
  readonly next: L1BlockRef | undefined
}

interface Look {
  readonly origin: L1BlockRef
  /** The L1 head at that time: as long as it stays, another look would show the same. */
  readonly l1Head: Hash | undefined
  readonly startedMs: number
  readonly done: Promise<void>
  /** Until the look is done, what the one before showed. */
  seen: Surroundings | undefined
  failed: boolean
}

/**
 * Finds the L1 origin of each new block.
 *
 * L1 is looked at ahead of time, while the block before is being built: is the origin still canonical, which block
 * follows it, and what is in that block. Starting a block then takes no round trip to L1, and goes on while L1 is
 * down for as long as the drift allows.
 */
export class L1OriginSelector {
  readonly #config: RollupConfig
  readonly #deps: OriginSelectorDeps
  readonly #confirmedL1: L1BlocksByNumber
  readonly #recover: boolean
  #l1Head: L1BlockRef | undefined
  /** By hash of the origin, the oldest first. */
  readonly #looks = new Map<Hash, Look>()

  constructor(options: OriginSelectorOptions, deps: OriginSelectorDeps) {
    this.#config = options.config
    this.#recover = options.recover
    this.#deps = deps
    this.#confirmedL1 = hideUnconfirmed(
      { depth: options.l1Confs },
      { l1: deps.l1, l1Head: () => this.#l1Head },
    )
  }

  /**
   * The L1 origin of the block after `parent`.
   *
   * @throws {ChainError} `reset` `L1_ORIGIN_ORPHANED` when L1 was reorganised under `parent`; `temporary`
   * `L1_ORIGIN_NEXT_REQUIRED` when the next L1 block is needed and not there yet; `temporary` when L1 fails.
   */
  async select(parent: L2BlockRef, signal: AbortSignal): Promise<L1BlockRef> {
    const current = await this.#originOf(parent, signal)
    const look = this.#lookAt(current)
    if (look.seen === undefined) await this.#awaitPatiently(look, signal)
    if (look.seen?.replacedBy !== undefined) throw orphaned(parent, look.seen.replacedBy)
    const choice = chooseL1Origin(this.#config, parent, current, look.seen?.next, this.#recover)
    switch (choice.type) {
      case 'origin':
        return choice.origin
      case 'orphaned':
        throw orphaned(parent, look.seen?.next)
      case 'nextRequired':
        return this.#selectWithNext(parent, current, signal)
      default:
        return assertNever(choice)
    }
  }

  /** Looks at L1 around the origin of the block that is being built, for the block after it. */
  prefetch(origin: L1BlockRef): void {
    this.#lookAt(origin)
  }

  /** L1 has a new head: what was seen before may no longer be so. */
  onL1Head(head: L1BlockRef): void {
    this.#l1Head = head
    const newest = [...this.#looks.values()].at(-1)
    if (newest !== undefined) this.#lookAt(newest.origin)
  }

  /** Forgets what is known of L1. */
  reset(): void {
    this.#looks.clear()
  }

  async #originOf(parent: L2BlockRef, signal: AbortSignal): Promise<L1BlockRef> {
    const { hash } = parent.l1Origin
    for (const { origin, seen } of this.#looks.values()) {
      if (origin.hash === hash) return origin
      if (seen?.next?.hash === hash) return seen.next
    }
    const found = await this.#deps.l1.blockRefByHash(hash, signal)
    if (found === undefined) throw orphaned(parent, undefined)
    return found
  }

  #lookAt(origin: L1BlockRef): Look {
    const { clock, tasks } = this.#deps
    const head = this.#l1Head?.hash
    const before = this.#looks.get(origin.hash)
    const isFresh =
      before !== undefined &&
      !before.failed &&
      before.l1Head === head &&
      clock.now() - before.startedMs < lookAgainMs
    if (isFresh) return before
    const { promise: done, resolve } = Promise.withResolvers<void>()
    const look: Look = {
      origin,
      l1Head: head,
      startedMs: clock.now(),
      done,
      seen: before?.seen,
      failed: false,
    }
    this.#remember(look)
    tasks.spawn('prefetch L1 origin', async (signal) => {
      try {
        const task = (inner: AbortSignal) => this.#lookAround(look, inner)
        await withTimeout(clock, lookTimeoutMs, 'looking at L1', task, signal)
      } catch (error) {
        // What was known before must do until the next look.
        look.failed = true
        look.seen ??= { replacedBy: undefined, next: undefined }
        throw error
      } finally {
        resolve()
      }
    })
    return look
  }

  #remember(look: Look): void {
    this.#looks.delete(look.origin.hash)
    this.#looks.set(look.origin.hash, look)
    if (this.#looks.size > remembered) this.#looks.delete(this.#looks.keys().next().value!)
  }

  async #lookAround(look: Look, signal: AbortSignal): Promise<void> {
    const { l1 } = this.#deps
    const { origin } = look
    const [canonical, next] = await Promise.all([
      l1.blockRefByNumber(origin.number, signal),
      this.#confirmedL1.blockRefByNumber(origin.number + 1n, signal),
    ])
    // Not there at all: our view of L1 lags behind, which proves nothing.
    const isReplaced = canonical !== undefined && canonical.hash !== origin.hash
    look.seen = { replacedBy: isReplaced ? canonical : undefined, next }
    if (next === undefined) return
    await Promise.all([l1.blockByHash(next.hash, signal), l1.receiptsByHash(next.hash, signal)])
  }

  async #awaitPatiently(look: Look, signal: AbortSignal): Promise<void> {
    const { clock } = this.#deps
    const restMs = look.startedMs + patienceMs - clock.now()
    if (restMs <= 0) return
    await withTimeout(clock, restMs, 'looking at L1', () => look.done, signal).catch(() => {
      // Out of patience: the block is started with what is known.
      signal.throwIfAborted()
    })
  }

  /** Nothing can be decided without the next origin: asks for it now. */
  async #selectWithNext(
    parent: L2BlockRef,
    current: L1BlockRef,
    signal: AbortSignal,
  ): Promise<L1BlockRef> {
    const next = await this.#confirmedL1.blockRefByNumber(current.number + 1n, signal)
    // At the tip of L1 there is no forced derivation left to match.
    const choice = chooseL1Origin(this.#config, parent, current, next, false)
    if (choice.type === 'origin') return choice.origin
    if (choice.type === 'orphaned') throw orphaned(parent, next)
    throw new ChainError(
      'temporary',
      'L1_ORIGIN_NEXT_REQUIRED',
      `block ${parent.number + 1n} needs L1 block ${current.number + 1n} as its origin, which is not there or not confirmed yet`,
      { context: { parent, current } },
    )
  }
}

function orphaned(parent: L2BlockRef, canonical: L1BlockRef | undefined): ChainError {
  return new ChainError(
    'reset',
    'L1_ORIGIN_ORPHANED',
    `L1 was reorganised: origin ${parent.l1Origin.hash} (${parent.l1Origin.number}) of L2 block ${parent.number} is no longer canonical`,
    { context: { parent, canonical } },
  )
}
