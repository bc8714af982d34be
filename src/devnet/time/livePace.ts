import type { Hash } from '../../base/hex.ts'
import { sleep } from '../../runtime/clock.ts'
import { nextTurn } from '../../runtime/nextTurn.ts'
import type { ChainClock } from './chainClock.ts'
import { chainStalled } from './chainStalled.ts'
import { hasReached, type Pace, type TimedSequencer } from './pace.ts'

export interface LivePaceDeps {
  readonly clock: ChainClock
  readonly sequencer: TimedSequencer
  /** False while the node is cut off from L1. */
  readonly canSeeL1: () => boolean
}

// What a block may take before time flows on under it, as after a reset, and before that is a fault.
const patienceMs = 1_000
const stalledMs = 30_000
// How long the node may take to hear of an L1 block.
const newsMs = 2_000
// Between two looks at a sequencer that says nothing.
const lookMs = 100

/** Waits for the sequencer alone; everybody else keeps up as on any chain. */
export class LivePace implements Pace {
  readonly flows = true
  readonly #deps: LivePaceDeps

  constructor(deps: LivePaceDeps) {
    this.#deps = deps
  }

  async ready(): Promise<void> {}

  async beforeL1Block(): Promise<void> {}

  async afterL1Block(hash: Hash): Promise<void> {
    const { sequencer, clock, canSeeL1 } = this.#deps
    if (!sequencer.isSequencing || !canSeeL1()) return
    // What fails is told by the node itself, which is told of L1 in its own way too.
    await sequencer.lookAtL1().catch(() => undefined)
    const deadlineMs = clock.stopwatch.now() + newsMs
    while (!sequencer.hasSeen(hash) && clock.stopwatch.now() < deadlineMs) await sleep(clock, 1)
    await sequencer.settled()
  }

  async afterL2Block(timestamp: number): Promise<void> {
    const { sequencer, clock } = this.#deps
    const startedMs = clock.stopwatch.now()
    let progressMs = startedMs
    let head = sequencer.headTimestamp
    let isPatient = true
    while (sequencer.isSequencing && !hasReached(sequencer, timestamp)) {
      const nowMs = clock.stopwatch.now()
      if (sequencer.headTimestamp !== head) {
        head = sequencer.headTimestamp
        progressMs = nowMs
      }
      if (nowMs - progressMs > stalledMs) throw chainStalled(head, timestamp)
      if (isPatient && nowMs - startedMs > patienceMs) {
        isPatient = false
        clock.set(clock.now())
      }
      await this.#news()
    }
    await sequencer.settled()
  }

  /** Resolves when the next block is begun, or it is time to look whether it ever will be. */
  async #news(): Promise<void> {
    const { sequencer, clock } = this.#deps
    const timer = new AbortController()
    const waited = sleep(clock, lookMs, timer.signal).catch(() => undefined)
    // The node hears of it after those who stand between it and the engine.
    await Promise.race([sequencer.nextBegun().then(nextTurn), waited])
    timer.abort()
  }
}
