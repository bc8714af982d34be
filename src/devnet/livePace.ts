import type { Hash } from '../base/hex.ts'
import { sleep } from '../runtime/clock.ts'
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
// How long L1 may take to announce a block.
const newsMs = 2_000

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
    const deadlineMs = clock.stopwatch.now() + newsMs
    while (sequencer.isSequencing && canSeeL1() && !sequencer.hasSeen(hash)) {
      if (clock.stopwatch.now() > deadlineMs) return
      await sleep(clock, 1)
    }
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
      await sleep(clock, 1)
    }
    await sequencer.settled()
  }
}
