import { ChainError } from '../base/errors.ts'
import type { L1BlockRef, L2BlockRef } from '../chain/refs.ts'
import type { RollupConfig } from '../chain/rollupConfig.ts'
import type { L1Provider } from '../derive/providers.ts'
import type { EngineHeads } from '../engine/heads.ts'
import type { L2Chain } from '../engine/interface.ts'

export interface SyncStartDeps {
  readonly l1: Pick<L1Provider, 'blockRefByNumber'>
  readonly l2: Pick<L2Chain, 'blockRefByLabel' | 'blockRefByHash' | 'blockRefByNumber'>
}

export interface SyncStartOptions {
  readonly config: RollupConfig
  /**
   * Do not look for unsafe blocks whose L1 origin is gone: the unsafe head is kept if the safe head is canonical, and
   * derivation replaces what does not fit.
   */
  readonly skipCheck?: boolean
}

// Over this many sequencing windows of L1 blocks, a reorg is more likely a wrong endpoint.
const maxReorgWindows = 5n
// An engine that synced by itself has no finalized head although the chain is this many windows old.
const unfinalizedWindows = 14n

/**
 * Finds the heads to go on from, at the start and after a reset.
 *
 * Unsafe is the newest block of the engine whose L1 origin is canonical, or not yet in our view of L1 at all. Safe is
 * at or below the old safe head, a full sequencing window behind the newest canonical origin, at the end of an epoch:
 * everything after it can be derived again. Finalized stays.
 *
 * Origins never decrease along the chain, and on one L1 chain the origins of ancestors are canonical too. So instead
 * of walking back block by block, both heads are found by bisection: a reorg of any depth costs about `2·log2(depth)`
 * look-ups.
 *
 * @throws {ChainError} `critical` `WRONG_CHAIN`, `REORG_BELOW_FINALIZED`, `REORG_TOO_DEEP`, `L2_INCONSISTENT`;
 * `temporary` when a block cannot be read.
 * @see https://specs.optimism.io/protocol/derivation.html#finding-the-sync-starting-point
 */
export async function findL2Heads(
  options: SyncStartOptions,
  deps: SyncStartDeps,
  signal?: AbortSignal,
): Promise<EngineHeads> {
  const { config, skipCheck = false } = options
  const search = new Search(config, deps, signal)
  const before = await search.currentHeads()
  await search.assertSameChain()
  if (isSyncedWithoutFinality(config, before) || isRewound(before)) {
    const { unsafe } = before
    return { unsafe, pendingSafe: unsafe, safe: unsafe, finalized: unsafe }
  }
  const top = skipCheck ? before.safe : before.unsafe
  const { newest, newestCanonical } = await search.newest(before, top)
  const unsafe = newest === top ? before.unsafe : newest
  const safe = await search.safeHead(before, newestCanonical)
  return { unsafe, pendingSafe: safe, safe, finalized: before.finalized }
}

/** The engine's own view, before it is compared with L1. */
type CurrentHeads = Pick<EngineHeads, 'unsafe' | 'safe' | 'finalized'>

function isSyncedWithoutFinality(config: RollupConfig, heads: CurrentHeads): boolean {
  const { genesis, seqWindowSize } = config
  return (
    heads.finalized.number === genesis.l2.number &&
    heads.safe.number === genesis.l2.number &&
    heads.unsafe.l1Origin.number > genesis.l1.number + unfinalizedWindows * seqWindowSize
  )
}

/** The engine lost blocks that it had called safe. */
function isRewound(heads: CurrentHeads): boolean {
  return heads.unsafe.number < heads.finalized.number || heads.unsafe.number < heads.safe.number
}

/** Where the L1 origin of an L2 block stands: on L1, replaced on L1, or beyond our view of L1. */
type OriginState = 'canonical' | 'orphaned' | 'ahead'

interface NewestBlocks {
  readonly newest: L2BlockRef
  readonly newestCanonical: L2BlockRef
}

class Search {
  readonly #config: RollupConfig
  readonly #deps: SyncStartDeps
  readonly #signal: AbortSignal | undefined
  readonly #l1Blocks = new Map<bigint, Promise<L1BlockRef | undefined>>()

  constructor(config: RollupConfig, deps: SyncStartDeps, signal: AbortSignal | undefined) {
    this.#config = config
    this.#deps = deps
    this.#signal = signal
  }

  async currentHeads(): Promise<CurrentHeads> {
    const { l2 } = this.#deps
    const [latest, labelledSafe, labelledFinalized] = await Promise.all([
      l2.blockRefByLabel('latest', this.#signal),
      l2.blockRefByLabel('safe', this.#signal),
      l2.blockRefByLabel('finalized', this.#signal),
    ])
    const finalized = labelledFinalized ?? (await this.#genesis())
    if (latest === undefined) throw missing('the latest L2 block')
    return { unsafe: latest, safe: labelledSafe ?? finalized, finalized }
  }

  /** That engine and L1 are those of the rollup config, wherever their heads are. */
  async assertSameChain(): Promise<void> {
    const { genesis } = this.#config
    const [l2Genesis, l1Genesis] = await Promise.all([
      this.#deps.l2.blockRefByNumber(genesis.l2.number, this.#signal),
      this.#l1Block(genesis.l1.number),
    ])
    for (const [name, expected, found] of [
      ['L2', genesis.l2, l2Genesis],
      ['L1', genesis.l1, l1Genesis],
    ] as const) {
      if (found === undefined || found.hash === expected.hash) continue
      throw new ChainError(
        'critical',
        'WRONG_CHAIN',
        `${name} block ${expected.number} is ${found.hash}, the rollup config says ${expected.hash}`,
        {
          context: { expected, found },
          metaMessages: [`Check that --${name.toLowerCase()} and --rollup.config belong together.`],
        },
      )
    }
  }

  /** The newest block up to `top` whose origin L1 does not contradict, and the newest whose origin it confirms. */
  async newest(before: CurrentHeads, top: L2BlockRef): Promise<NewestBlocks> {
    if ((await this.#originState(top)) === 'canonical') return { newest: top, newestCanonical: top }
    const { below, above } = await this.#lastWhere(
      before.finalized.number,
      top,
      async (block) => (await this.#originState(block)) === 'canonical',
    )
    if (below === undefined) return this.#noCanonical(before, top)
    assertLinked(below, above)
    // With origins beyond our view alone, nothing speaks against the blocks.
    const newest = (await this.#originState(above)) === 'ahead' ? top : below
    const deepest = maxReorgWindows * this.#config.seqWindowSize
    if (newest.l1Origin.number + deepest < top.l1Origin.number) {
      throw new ChainError(
        'critical',
        'REORG_TOO_DEEP',
        `going back from L2 block ${top.number} to ${newest.number} would undo more than ${deepest} L1 blocks`,
        {
          context: { from: top, to: newest },
          metaMessages: [
            'L1 hardly ever undoes this much: check first that --l1 serves the right chain, and is in sync.',
            'If it does, rewind the engine to a block with a canonical origin, or start it from a snapshot.',
          ],
        },
      )
    }
    return { newest, newestCanonical: below }
  }

  async safeHead(before: CurrentHeads, newestCanonical: L2BlockRef): Promise<L2BlockRef> {
    const { finalized } = before
    const horizon = newestCanonical.l1Origin.number - this.#config.seqWindowSize
    const top = newestCanonical.number < before.safe.number ? newestCanonical : before.safe
    if (top.number <= finalized.number) return finalized
    const isBehindHorizon = async (block: L2BlockRef) => block.l1Origin.number < horizon
    const old = (await isBehindHorizon(top))
      ? top
      : (await this.#lastWhere(finalized.number, top, isBehindHorizon)).below
    if (old === undefined) return finalized
    const firstOfEpoch = old.number - old.sequenceNumber
    return firstOfEpoch <= finalized.number ? finalized : this.#l2Block(firstOfEpoch - 1n)
  }

  /** Nothing at or above the finalized head is canonical. */
  async #noCanonical(before: CurrentHeads, top: L2BlockRef): Promise<NewestBlocks> {
    const finalized = await this.#l2Block(before.finalized.number)
    if ((await this.#originState(finalized)) === 'ahead') {
      return { newest: top, newestCanonical: finalized }
    }
    throw new ChainError(
      'critical',
      'REORG_BELOW_FINALIZED',
      `the L1 origin ${finalized.l1Origin.hash} of the finalized L2 block ${finalized.number} is not canonical on L1`,
      {
        context: { finalized },
        metaMessages: [
          'Finality cannot be undone: L1 and engine belong to different chains, or one of them was reset.',
          'Check --l1 and --l2, or start the engine anew from genesis or a snapshot.',
        ],
      },
    )
  }

  /**
   * Of the blocks from `lowest` up to below `top`, the last one that satisfies a condition which once false stays
   * false, and the one above it. Steps back from `top` in doubling strides: the answer is usually near.
   */
  async #lastWhere(
    lowest: bigint,
    top: L2BlockRef,
    condition: (block: L2BlockRef) => Promise<boolean>,
  ): Promise<{ below: L2BlockRef | undefined; above: L2BlockRef }> {
    let above = top
    let below: L2BlockRef | undefined
    for (let stride = 1n; below === undefined && above.number > lowest; stride *= 2n) {
      const number = above.number - stride
      const block = await this.#l2Block(number < lowest ? lowest : number)
      if (await condition(block)) below = block
      else above = block
    }
    if (below === undefined) return { below, above }
    while (above.number - below.number > 1n) {
      const block = await this.#l2Block((above.number + below.number) / 2n)
      if (await condition(block)) below = block
      else above = block
    }
    return { below, above }
  }

  async #originState(block: L2BlockRef): Promise<OriginState> {
    const l1Block = await this.#l1Block(block.l1Origin.number)
    if (l1Block === undefined) return 'ahead'
    return l1Block.hash === block.l1Origin.hash ? 'canonical' : 'orphaned'
  }

  #l1Block(number: bigint): Promise<L1BlockRef | undefined> {
    const known = this.#l1Blocks.get(number)
    if (known !== undefined) return known
    const found = this.#deps.l1.blockRefByNumber(number, this.#signal)
    this.#l1Blocks.set(number, found)
    return found
  }

  async #l2Block(number: bigint): Promise<L2BlockRef> {
    const block = await this.#deps.l2.blockRefByNumber(number, this.#signal)
    if (block === undefined) throw missing(`L2 block ${number}`)
    return block
  }

  async #genesis(): Promise<L2BlockRef> {
    const { l2 } = this.#config.genesis
    const block = await this.#deps.l2.blockRefByHash(l2.hash, this.#signal)
    if (block !== undefined) return block
    throw new ChainError(
      'critical',
      'WRONG_CHAIN',
      `the engine does not have the L2 genesis block ${l2.hash}`,
      { metaMessages: ['Initialise the engine with the genesis of this rollup.'] },
    )
  }
}

/** That two neighbours belong together: the engine's chain did not change under the search, and is sound. */
function assertLinked(parent: L2BlockRef, child: L2BlockRef): void {
  if (child.parentHash !== parent.hash) {
    throw new ChainError(
      'temporary',
      'L2_CHANGED',
      `L2 blocks ${parent.number} and ${child.number} are not parent and child: the engine's chain changed while it was searched`,
    )
  }
  const isSameEpoch = child.l1Origin.hash === parent.l1Origin.hash
  const isSound = isSameEpoch
    ? child.sequenceNumber === parent.sequenceNumber + 1n
    : child.sequenceNumber === 0n && child.l1Origin.number === parent.l1Origin.number + 1n
  if (isSound) return
  throw new ChainError(
    'critical',
    'L2_INCONSISTENT',
    `L2 block ${child.number} has L1 origin ${child.l1Origin.number}:${child.sequenceNumber}, which cannot follow ${parent.l1Origin.number}:${parent.sequenceNumber}`,
    {
      context: { parent, child },
      metaMessages: ['The database of the engine is corrupt: start it anew from a snapshot.'],
    },
  )
}

function missing(what: string): ChainError {
  return new ChainError('temporary', 'L2_BLOCK_MISSING', `the engine does not have ${what}`)
}
