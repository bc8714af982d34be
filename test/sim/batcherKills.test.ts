import { describe, expect, test } from 'vitest'
import { Batcher } from '../../src/batcher/batcher.ts'
import { type BatcherOptionsInput, batcherOptions } from '../../src/batcher/options.ts'
import { BatcherWorld } from '../../src/testing/batcherWorld.ts'
import { settle } from '../../src/testing/manualClock.ts'
import { seededRandom } from '../../src/testing/seededRandom.ts'
import { postedBlocks } from './postedBlocks.ts'

const seeds = Array.from({ length: 100 }, (_, index) => index + 1)
const pollIntervalMs = 1_000

/** A batcher whose calls to the outside go through one by one, when the simulation lets them. */
class Process {
  readonly #held: (() => void)[] = []
  readonly #batcher: Batcher
  readonly started: Promise<void>

  constructor(world: BatcherWorld, options: BatcherOptionsInput) {
    const gate = () => new Promise<void>((resolve) => this.#held.push(resolve))
    this.#batcher = new Batcher(batcherOptions(options), world.deps({ gate }))
    this.started = this.#batcher.start()
  }

  /** Lets the oldest call through. False when none waits. */
  letThrough(): boolean {
    const next = this.#held.shift()
    next?.()
    return next !== undefined
  }

  // Whoever was killed never hears of anything again: nothing is to be called for it.
}

function optionsFor(random: () => number): BatcherOptionsInput {
  const pick = <T>(...values: readonly T[]): T => values[Math.floor(random() * values.length)]!
  return {
    pollIntervalMs,
    batchType: pick('singular', 'span'),
    compressionAlgo: pick('zlib', 'brotli-9'),
    dataAvailabilityType: pick('calldata', 'blobs'),
    maxL1TxSizeBytes: pick(150, 400, 120_000),
    targetNumFrames: pick(1, 3),
    maxPendingTx: pick(1, 3, 0),
    maxChannelDuration: pick(1, 2),
    subSafetyMargin: 2,
  }
}

async function simulate(seed: number, faults: { readonly reorgs: boolean }): Promise<BatcherWorld> {
  const random = seededRandom(seed)
  const world = new BatcherWorld({ config: { seqWindowSize: 400n, channelTimeout: 50n } })
  const options = optionsFor(random)
  let process = new Process(world, options)
  const act = async (kills: boolean) => {
    const dice = random()
    if (dice < 0.08) {
      const { number } = world.rollup.sequencerHead
      const count = Math.floor(random() * 3)
      const transactions = Array.from({ length: count }, (_, index) =>
        world.rollup.transaction(10n * number + BigInt(index)),
      )
      await world.sequence(transactions)
    } else if (dice < 0.12) world.mine(random() < 0.7 ? undefined : Math.floor(random() * 3))
    else if (dice < 0.17) await world.derive()
    else if (dice < 0.27) await world.clock.advance(pollIntervalMs)
    else if (dice < 0.28 && kills) process = new Process(world, options)
    else if (dice < 0.284 && kills && faults.reorgs && world.rollup.l1.head.number > 6n) {
      await world.rewindL1(1 + Math.floor(random() * 3), random() < 0.5 ? 'kept' : 'lost')
    } else process.letThrough()
    await settle()
  }
  for (let step = 0; step < 1_500; step++) await act(true)
  // From here on nothing happens to it: it must come to an end by itself.
  const isDone = () => world.rollup.safeHead.hash === world.rollup.sequencerHead.hash
  for (let round = 0; round < 1_000 && !isDone(); round++) {
    for (let calls = 0; calls < 40; calls++) {
      if (!process.letThrough()) break
      await settle()
    }
    await world.clock.advance(pollIntervalMs)
    if (round % 3 === 2) {
      world.mine()
      await world.derive()
    }
  }
  return world
}

describe.each(seeds)('seed %i', (seed) => {
  test('a batcher that is killed at any step loses nothing and posts nothing twice', async () => {
    const world = await simulate(seed, { reorgs: false })
    expect(world.rollup.safeHead).toEqual(world.rollup.sequencerHead)
    const posted = await postedBlocks(world.rollup)
    const numbers = Array.from(
      { length: Number(world.rollup.sequencerHead.number) },
      (_, i) => i + 1,
    )
    expect(posted).toEqual(numbers)
  })

  test('with L1 reorganized now and then, it loses nothing', async () => {
    const world = await simulate(seed, { reorgs: true })
    expect(world.rollup.safeHead).toEqual(world.rollup.sequencerHead)
  })
})
