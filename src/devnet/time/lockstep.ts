import { sleep } from '../../runtime/clock.ts'
import type { Logger } from '../../runtime/logger.ts'
import type { RollupNode } from '../services/rollupNode.ts'
import type { Turns } from '../services/serviceTime.ts'
import type { ChainClock } from './chainClock.ts'
import { chainStalled } from './chainStalled.ts'
import { hasReached, type Pace, type TimedSequencer } from './pace.ts'

export interface LockstepDeps {
  readonly clock: ChainClock
  readonly nodes: readonly Pick<RollupNode, 'lookAtL1' | 'atRest'>[]
  readonly sequencer: Pick<
    TimedSequencer,
    'isSequencing' | 'headTimestamp' | 'buildingTimestamp' | 'filled'
  >
  /** Of batcher and proposer, in the order in which they act. */
  readonly turns: readonly Pick<Turns, 'take'>[]
  /** False while the nodes are cut off from L1. */
  readonly canSeeL1: () => boolean
  readonly logger: Logger
}

// How often time is moved on at once for a block that is not made when it is due, as after a reset; and how often after
// a pause, in which whatever else keeps it from being made may pass. A host that is slow is no reason to give up.
const freeJumps = 5
const pausedJumps = 30
const jumpPauseMs = 1_000

/**
 * Moves all that acts on the chains on together: nobody has anything left to do when the next one has its turn. So the
 * same always comes of the same, whoever is faster.
 */
export class Lockstep implements Pace {
  readonly flows = false
  readonly #deps: LockstepDeps

  constructor(deps: LockstepDeps) {
    this.#deps = deps
  }

  async ready(): Promise<void> {
    await this.#readL1()
  }

  async beforeL1Block(timestamp: number): Promise<void> {
    for (const turns of this.#deps.turns) await turns.take(timestamp * 1000)
  }

  async afterL1Block(): Promise<void> {
    await this.#readL1()
  }

  async afterL2Block(timestamp: number): Promise<void> {
    const { sequencer, clock } = this.#deps
    let head = 0
    let jumps = 0
    for (;;) {
      const dueMs = await this.#atRest()
      if (!sequencer.isSequencing) return
      if (hasReached(sequencer, timestamp)) break
      if (sequencer.headTimestamp !== head) {
        head = sequencer.headTimestamp
        jumps = 0
      }
      jumps++
      if (jumps > freeJumps + pausedJumps) throw chainStalled(head, timestamp)
      if (jumps > freeJumps) await sleep(clock, jumpPauseMs)
      if (Number.isFinite(dueMs)) clock.set(dueMs, dueMs)
    }
    await sequencer.filled()
  }

  /** All nodes know L1 as it is, and have derived what it says. */
  async #readL1(): Promise<void> {
    const { nodes, canSeeL1, logger } = this.#deps
    if (canSeeL1()) {
      await Promise.all(nodes.map((node) => node.lookAtL1())).catch((error) => {
        logger.warn('A node does not see L1', { error })
      })
    }
    await this.#atRest()
  }

  /**
   * Resolves when no node has anything to do before its clock moves.
   *
   * @returns when the first one has, in milliseconds.
   */
  async #atRest(): Promise<number> {
    const dueMs = await Promise.all(this.#deps.nodes.map((node) => node.atRest()))
    return Math.min(...dueMs)
  }
}
