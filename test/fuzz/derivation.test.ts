import { describe, expect, test } from 'vitest'
import { type ForkTimes, forkTimesUpTo } from '../../src/chain/forks.ts'
import { encodeFrames, type Frame } from '../../src/protocol/batch/frame.ts'
import { encodeSingularBatch } from '../../src/protocol/batch/singularBatch.ts'
import type { Random } from '../../src/runtime/random.ts'
import { seededRandom } from '../../src/runtime/seededRandom.ts'
import { channelId, framesOf, split } from '../../src/testing/batcher.ts'
import {
  DerivationWorld,
  type SafeHeadMark,
  type SequencedBatch,
} from '../../src/testing/derivationWorld.ts'

const chains = Number(process.env['TAKT_FUZZ_CHAINS'] ?? 1000)
const firstSeed = Number(process.env['TAKT_FUZZ_SEED'] ?? 1)

/** Choices that follow from a seed. */
class Dice {
  readonly #random: Random

  constructor(seed: number) {
    this.#random = seededRandom(seed)
  }

  below(limit: number): number {
    return Math.floor(this.#random() * limit)
  }

  one<T>(choices: readonly T[]): T {
    return choices[this.below(choices.length)]!
  }

  bytes(length: number): Uint8Array {
    return Uint8Array.from({ length }, () => this.below(256))
  }
}

const schedules: readonly ForkTimes[] = [
  forkTimesUpTo('regolith'),
  forkTimesUpTo('ecotone'),
  forkTimesUpTo('granite'),
  { ...forkTimesUpTo('granite'), holocene: 1_000_060n },
  forkTimesUpTo('holocene'),
  forkTimesUpTo('karst'),
]

/** L2 blocks up to the L1 head's time, each with the newest origin that it may have. */
async function sequenceUpToHead(world: DerivationWorld, dice: Dice): Promise<SequencedBatch[]> {
  const blocks: SequencedBatch[] = []
  while (world.sequencerHead.timestamp + 2n < world.l1.head.timestamp) {
    const { l1Origin, timestamp, number } = world.sequencerHead
    const next = world.l1.at(l1Origin.number + 1n)
    const epoch = next.timestamp <= timestamp + 2n ? next : l1Origin
    const transactions = dice.below(2) === 0 ? [] : [world.transaction(number)]
    blocks.push(await world.sequence(transactions, epoch))
  }
  return blocks
}

/** What a batcher that is honest, careless or malicious makes of blocks: frames by transaction. */
function postsOf(
  world: DerivationWorld,
  blocks: readonly SequencedBatch[],
  dice: Dice,
): Uint8Array[] {
  const posts = blocks.length === 0 ? [] : [...honest(world, blocks, dice)]
  switch (dice.below(8)) {
    case 0:
      posts.splice(dice.below(posts.length + 1), 0, dice.bytes(dice.below(60)))
      break
    case 1: {
      const [data] = posts
      if (data !== undefined) {
        const broken = data.slice()
        broken[dice.below(broken.length)]! ^= 1 << dice.below(8)
        posts.unshift(broken)
      }
      break
    }
    case 2:
      posts.reverse()
      break
    case 3:
      posts.push(...posts)
      break
    case 4:
      posts.unshift(
        encodeFrames(split(dice.bytes(40), 1 + dice.below(3), channelId(dice.below(256)))),
      )
      break
    case 5:
      posts.pop()
      break
    default:
  }
  return posts
}

function honest(
  world: DerivationWorld,
  blocks: readonly SequencedBatch[],
  dice: Dice,
): Uint8Array[] {
  const canSpan = world.config.forkTimes.delta !== undefined
  const batches =
    canSpan && dice.below(2) === 0
      ? [world.span(...blocks)]
      : blocks.map(({ batch }) => encodeSingularBatch(batch))
  if (dice.below(6) === 0) batches.reverse()
  if (dice.below(6) === 0) batches.splice(dice.below(batches.length), 1)
  const canBrotli = world.config.forkTimes.fjord !== undefined
  const compression = canBrotli && dice.below(2) === 0 ? 'brotli' : 'zlib'
  const id = channelId(dice.below(256))
  const frames = framesOf(batches, { id, frameCount: 1 + dice.below(4), compression })
  return dice.below(2) === 0
    ? [encodeFrames(frames)]
    : frames.map((frame: Frame) => encodeFrames([frame]))
}

/** Builds an L1 from a seed and has it derived while it grows, with restarts of the pipeline or without. */
async function play(seed: number, restarts: boolean): Promise<string[]> {
  const dice = new Dice(seed)
  const restartDice = new Dice(seed + 1)
  const world = new DerivationWorld({
    config: { forkTimes: dice.one(schedules), seqWindowSize: 6n },
  })
  const marks: SafeHeadMark[] = []
  let unposted: SequencedBatch[] = []
  for (let block = 0; block < 14; block++) {
    unposted.push(...(await sequenceUpToHead(world, dice)))
    const isPosting = dice.below(3) > 0
    const posts = isPosting ? postsOf(world, unposted, dice) : []
    if (isPosting && dice.below(4) > 0) unposted = []
    world.l1.mine({
      transactions: posts.map((data) => world.batcher.calldata(world.config, data)),
    })
    if (restarts) await deriveWithRestart(world, marks, restartDice)
  }
  await world.derive()
  return world.verifier.canonical.map(({ hash }) => hash)
}

/** Derives to the end of L1, and once on the way starts over from the end of any L1 block read before. */
async function deriveWithRestart(
  world: DerivationWorld,
  marks: SafeHeadMark[],
  dice: Dice,
): Promise<void> {
  let untilRestart = dice.below(20)
  for (;;) {
    const l1Number = world.pipeline.origin!.number
    const outcome = await world.pipeline.step(world.safeHead)
    if (outcome.type === 'attributes') {
      await world.adopt(outcome.derived)
      if (untilRestart-- === 0 && marks.length > 0) await world.restart(dice.one(marks))
    } else if (outcome.type !== 'progressed' && l1Number > (marks.at(-1)?.l1Number ?? -1n)) {
      marks.push({ l1Number, safeHead: world.safeHead })
    }
    if (outcome.type === 'idle') return
  }
}

describe(`${chains} L1 chains with anything in the inbox, from seed ${firstSeed}`, () => {
  test(
    'are derived to the end, and to the same end by a pipeline that starts over now and then',
    async () => {
      let safeBlocks = 0
      for (let seed = firstSeed; seed < firstSeed + chains; seed++) {
        const undisturbed = await play(seed, false)
        const disturbed = await play(seed, true)
        expect(disturbed, `seed ${seed}`).toEqual(undisturbed)
        safeBlocks += undisturbed.length
      }
      expect(safeBlocks).toBeGreaterThan(10 * chains)
    },
    20_000 + 200 * chains,
  )
})
