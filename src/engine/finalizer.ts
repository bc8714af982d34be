import { ChainError } from '../base/errors.ts'
import type { BlockId, L1BlockRef, L2BlockRef } from '../chain/refs.ts'

// Finality is two epochs behind, of 32 blocks each, and may take as long again when a vote fails.
const lookbackBlocks = 4 * 32 + 1
// While old L1 blocks are worked off, everything is final at once: asking for each block would be a waste.
const retryAfterBlocks = 64n

/** What the finalizer asks of L1. `undefined`: no such block. */
export interface CanonicalL1 {
  blockRefByNumber(number: bigint, signal?: AbortSignal): Promise<L1BlockRef | undefined>
}

/** Having read L1 up to and including that block, this L2 block is safe. */
interface Inclusion {
  readonly l2: L2BlockRef
  readonly l1: BlockId
}

/**
 * Finds out which L2 blocks are final: those that were derived from finalized L1 blocks alone.
 *
 * Remembers the last safe block of each of the last 129 L1 blocks that made any safe.
 *
 * @see https://specs.optimism.io/protocol/derivation.html#finalization-guarantees
 */
export class Finalizer {
  readonly #l1: CanonicalL1
  /** Oldest first. */
  #inclusions: Inclusion[] = []
  #finalizedL1: L1BlockRef | undefined
  /** The L1 block that was being read at the last attempt; `undefined` when L1's finality moved since. */
  #triedAt: bigint | undefined

  constructor(deps: { readonly l1: CanonicalL1 }) {
    this.#l1 = deps.l1
  }

  /** An L2 block became safe by reading L1 up to `derivedFrom`. */
  onSafe(l2: L2BlockRef, derivedFrom: L1BlockRef): void {
    const l1 = { hash: derivedFrom.hash, number: derivedFrom.number }
    const last = this.#inclusions.at(-1)
    if (last !== undefined && last.l1.number >= l1.number) this.#inclusions.pop()
    this.#inclusions.push({ l2, l1 })
    if (this.#inclusions.length > lookbackBlocks) this.#inclusions.shift()
  }

  /** L1 says that it will never undo that block. Older news is ignored. */
  onL1Finalized(block: L1BlockRef): void {
    const known = this.#finalizedL1
    if (known !== undefined && block.number < known.number) return
    if (block.hash === known?.hash) return
    this.#finalizedL1 = block
    this.#triedAt = undefined
  }

  /** Forgets what was derived: it may be undone. */
  reset(): void {
    this.#inclusions = []
    this.#triedAt = undefined
  }

  /**
   * Whether asking for a newer finalized block than `finalized` is worth it.
   *
   * @param reading - The L1 block that is being read.
   * @param isAllRead - No L1 block comes after it yet.
   */
  isDue(finalized: L2BlockRef, reading: L1BlockRef, isAllRead: boolean): boolean {
    if (this.#candidate(finalized) === undefined) return false
    if (this.#triedAt === undefined) return true
    return reading.number > this.#triedAt + (isAllRead ? 0n : retryAfterBlocks)
  }

  /**
   * The newest block that is final now; `undefined` when `finalized` still is.
   *
   * @throws {ChainError} `reset` `NOT_ON_FINALIZED_L1` when L1 is not the chain that was derived from, or not the one
   * that was said to be final; `temporary` when L1 cannot tell.
   */
  async find(
    finalized: L2BlockRef,
    reading: L1BlockRef,
    signal?: AbortSignal,
  ): Promise<L2BlockRef | undefined> {
    const candidate = this.#candidate(finalized)
    if (candidate === undefined) return undefined
    for (const block of [this.#finalizedL1!, candidate.l1]) {
      if (await this.#isCanonical(block, signal)) continue
      // Not to be believed again until L1 repeats it.
      this.#finalizedL1 = undefined
      throw notCanonical(block)
    }
    this.#triedAt = reading.number
    return candidate.l2
  }

  #candidate(finalized: L2BlockRef): Inclusion | undefined {
    const signalled = this.#finalizedL1
    if (signalled === undefined) return undefined
    return this.#inclusions.findLast(
      ({ l2, l1 }) => l1.number <= signalled.number && l2.number > finalized.number,
    )
  }

  async #isCanonical(block: BlockId, signal: AbortSignal | undefined): Promise<boolean> {
    const canonical = await this.#l1.blockRefByNumber(block.number, signal)
    if (canonical !== undefined) return canonical.hash === block.hash
    throw new ChainError(
      'temporary',
      'L1_BLOCK_MISSING',
      `L1 does not have block ${block.number}, which should be final`,
    )
  }
}

function notCanonical(block: BlockId): ChainError {
  return new ChainError(
    'reset',
    'NOT_ON_FINALIZED_L1',
    `L1 block ${block.number} ${block.hash} was taken for final, but is not on L1`,
    { context: { block } },
  )
}
