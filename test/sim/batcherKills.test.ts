import { describe, expect, test } from 'vitest'
import { Batcher } from '../../src/batcher/batcher.ts'
import { type BatcherOptionsInput, batcherOptions } from '../../src/batcher/options.ts'
import { decodeFrames } from '../../src/protocol/batch/frame.ts'
import { seededRandom } from '../../src/runtime/seededRandom.ts'
import { BatcherWorld } from '../../src/testing/batcherWorld.ts'
import { type ManualClock, settle } from '../../src/testing/manualClock.ts'
import { TxError } from '../../src/txmgr/txError.ts'
import { postedBlocks, postedData } from './postedBlocks.ts'

const seeds = Array.from({ length: 100 }, (_, index) => index + 1)
const pollIntervalMs = 1_000
// Of L1: deeper than transactions have confirmations.
const deepestReorg = 3

/** A batcher whose calls to the outside go through one by one, when the simulation lets them. */
class Process {
  readonly #held: { readonly call: string; readonly resume: () => void }[] = []
  readonly #batcher: Batcher
  readonly started: Promise<void>

  constructor(world: BatcherWorld, options: BatcherOptionsInput) {
    const gate = (call: string) => new Promise<void>((resume) => this.#held.push({ call, resume }))
    this.#batcher = new Batcher(batcherOptions(options), world.deps({ gate }))
    this.started = this.#batcher.start()
  }

  /** Lets the oldest call through. False when none waits. */
  letThrough(): boolean {
    const next = this.#held.shift()
    next?.resume()
    return next !== undefined
  }

  /**
   * Whoever was killed never hears of anything again: nothing is to be called for it. But what it handed to L1 last may
   * get there yet.
   */
  kill(clock: ManualClock, random: () => number): void {
    const last = this.#held.find(({ call }) => call === 'publish')
    if (last === undefined || random() < 0.5) return
    void clock.sleepUntil(clock.now() + 3_000 * random()).then(last.resume)
  }
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

/** What goes wrong now and then. */
interface Faults {
  /** The batcher is killed and started again. */
  readonly kills?: boolean
  /** Blocks of L1 go, and what was in them goes with them or gets in once more. */
  readonly l1Reorgs?: boolean
  /** The sequencer goes back and makes other blocks. */
  readonly l2Reorgs?: boolean
  /** L1 does not take a transaction, and so none of those behind it. */
  readonly refusals?: boolean
  /** The sequencer makes no blocks for a while, so that all of them become safe. */
  readonly pauses?: boolean
}

interface Outcome {
  readonly world: BatcherWorld
  /** L2 blocks from which the chain was made anew. */
  readonly l2Reorgs: readonly bigint[]
}

async function simulate(seed: number, faults: Faults): Promise<Outcome> {
  const random = seededRandom(seed)
  const world = new BatcherWorld({ config: { seqWindowSize: 400n, channelTimeout: 50n } })
  const options = optionsFor(random)
  let process = new Process(world, options)
  const l2Reorgs: bigint[] = []
  let lastNonce = 0n
  let isPaused = false
  // Blocks of L2 whose origin goes would have to be made anew.
  const mayRewind = () =>
    world.rollup.l1.head.number - world.rollup.sequencerHead.l1Origin.number >= deepestReorg
  const derive = async () => {
    const before = world.rollup.safeHead
    await world.derive()
    const { safeHead, sequencer } = world.rollup
    if (sequencer.canonical[Number(safeHead.number)]?.hash === safeHead.hash) return
    // What the sequencer had given up was on L1 already.
    l2Reorgs.push(before.number)
    await world.rollup.resequenceFrom(safeHead)
  }
  const act = async () => {
    if (faults.pauses && random() < 0.004) isPaused = !isPaused
    const dice = random()
    if (dice < 0.08) {
      if (isPaused) return
      const count = Math.floor(random() * 3)
      const transactions = Array.from({ length: count }, () =>
        world.rollup.transaction(++lastNonce),
      )
      await world.sequence(transactions)
    } else if (dice < 0.12) world.mine(random() < 0.7 ? undefined : Math.floor(random() * 3))
    else if (dice < 0.17) await derive()
    else if (dice < 0.27) await world.clock.advance(pollIntervalMs)
    else if (dice < 0.28 && faults.kills) {
      process.kill(world.clock, random)
      process = new Process(world, options)
    } else if (dice < 0.284 && faults.l1Reorgs && mayRewind()) {
      const depth = 1 + Math.floor(random() * deepestReorg)
      await world.rewindL1(depth, random() < 0.5 ? 'kept' : 'lost')
    } else if (dice > 0.996 && faults.l2Reorgs) {
      const { safeHead, sequencer, sequencerHead } = world.rollup
      const depth = Math.floor(random() * Number(sequencerHead.number - safeHead.number))
      const from = sequencer.canonical.at(-1 - depth)!
      l2Reorgs.push(from.number)
      await world.rollup.resequenceFrom(from)
    } else if (dice > 0.985 && faults.refusals) {
      world.failures.push(new TxError('TX_NOT_IN_MEMPOOL', 'no node took it'))
    } else process.letThrough()
    await settle()
  }
  for (let step = 0; step < 1_500; step++) await act()
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
      await derive()
    }
  }
  return { world, l2Reorgs }
}

/** How often each block of the sequencer's chain is on L1, in their order. */
async function timesPosted({ rollup }: BatcherWorld): Promise<number[]> {
  const times = Array<number>(Number(rollup.sequencerHead.number)).fill(0)
  // A chain that was longer once has blocks behind the head.
  for (const number of await postedBlocks(rollup)) {
    if (number <= times.length) times[number - 1]!++
  }
  return times
}

/** Frames on L1 that are there more than once. */
async function repeatedFrames({ rollup }: BatcherWorld): Promise<string[]> {
  const seen = new Set<string>()
  const repeated: string[] = []
  for (const { data } of await postedData(rollup)) {
    for (const frame of decodeFrames(data)) {
      const name = `${frame.channelId} ${frame.number}`
      if (seen.has(name)) repeated.push(name)
      seen.add(name)
    }
  }
  return repeated
}

describe.each(seeds)('seed %i', (seed) => {
  test('a batcher that is killed at any step loses nothing and posts nothing twice', async () => {
    const { world } = await simulate(seed, { kills: true, refusals: true })
    expect(world.rollup.safeHead).toEqual(world.rollup.sequencerHead)
    expect((await timesPosted(world)).every((times) => times === 1)).toBe(true)
    expect(await repeatedFrames(world)).toEqual([])
  })

  test('with L2 reorganized now and then, it posts again what comes behind, and nothing else', async () => {
    const { world, l2Reorgs } = await simulate(seed, {
      kills: true,
      l2Reorgs: true,
      refusals: true,
    })
    expect(world.rollup.safeHead).toEqual(world.rollup.sequencerHead)
    for (const [index, times] of (await timesPosted(world)).entries()) {
      const reorgs = l2Reorgs.filter((from) => from <= BigInt(index))
      expect(times).toBeLessThanOrEqual(1 + reorgs.length)
    }
    expect(await repeatedFrames(world)).toEqual([])
  })

  test('with L1 reorganized now and then, it loses nothing', async () => {
    const { world } = await simulate(seed, { kills: true, l1Reorgs: true, refusals: true })
    expect(world.rollup.safeHead).toEqual(world.rollup.sequencerHead)
  })

  test('with L1 reorganized beyond the confirmations, one that goes on posts nothing twice', async () => {
    const { world } = await simulate(seed, { l1Reorgs: true, refusals: true, pauses: true })
    expect(world.rollup.safeHead).toEqual(world.rollup.sequencerHead)
    expect((await timesPosted(world)).every((times) => times === 1)).toBe(true)
    expect(await repeatedFrames(world)).toEqual([])
  })
})
