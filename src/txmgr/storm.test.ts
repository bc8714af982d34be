import { expect, test } from 'vitest'
import { maxBigInt } from '../base/minMaxBigInt.ts'
import { seededRandom } from '../runtime/seededRandom.ts'
import { FakeTxPool, type L1Mood } from '../testing/fakeTxPool.ts'
import { ManualClock, settle } from '../testing/manualClock.ts'
import { txCandidate, txManagerOn, txTarget } from '../testing/txSending.ts'
import type { TxCandidate } from './interface.ts'

const gwei = 1_000_000_000n
const count = 12

const seeds = Array.from(
  { length: Number(process.env['TAKT_STORM_SEEDS'] ?? 50) },
  (_, seed) => seed + 1,
)
test.each(seeds)('all that is sent gets in once, whatever L1 does (seed %i)', sendInStorm)

test.each([
  [501, 'given up on under several nonces, and a reorg freed the first of them'],
  [616, 'given up on under several nonces, and the first of them got into a block'],
  [1084, 'given up on, while what came behind it was confirmed, lost and sent again'],
])('seed %i: %s', sendInStorm)

async function sendInStorm(seed: number): Promise<void> {
  const random = seededRandom(seed)
  const chance = (percent: number) => random() * 100 < percent
  const clock = new ManualClock(1_000_000)
  const l1 = new FakeTxPool()
  const options = { numConfirmations: 3, notInMempoolTimeoutMs: 60_000 }
  const transactions = txManagerOn(l1, { clock }, options)
  // As a batcher: several on their way, and what fails goes back to the front, in order.
  const hasBlobs = chance(50)
  // Somebody else sends with the same key.
  const hasRival = chance(30)
  const waiting = Array.from({ length: count }, (_, byte) => byte)
  const flying = new Set<number>()
  const done = new Set<number>()
  let isSettling = false
  let highest = 0n
  const fill = () => {
    while (!isSettling && flying.size < 3 && waiting.length > 0) {
      const byte = waiting.shift()!
      flying.add(byte)
      transactions.send(candidate(byte, hasBlobs)).then(
        () => {
          flying.delete(byte)
          done.add(byte)
        },
        () => {
          flying.delete(byte)
          waiting.push(byte)
          waiting.sort((a, b) => a - b)
          // Those after it fail too, in this very moment.
          isSettling = true
        },
      )
    }
  }

  const watching = new AbortController()
  const areAllThere = () =>
    done.size === count && l1.mined.length >= count && transactions.pending === 0
  for (let step = 0; step < 4_000 && !areAllThere(); step++) {
    fill()
    // As a batcher does once its node says that L1 was reorganized.
    void transactions.resendLost(watching.signal).catch(() => undefined)
    const isStorm = step < 300
    if (isStorm) {
      if (chance(10))
        l1.mood = pick<L1Mood>(['well', 'well', 'silent', 'limiting', 'losingAnswers'])
      if (chance(10)) l1.isFull = !l1.isFull
      if (chance(10)) l1.baseFee = BigInt(Math.ceil(random() * 200)) * gwei
      if (chance(10)) l1.blobFee = BigInt(Math.ceil(random() * 20)) * gwei
      if (chance(5)) l1.drop()
      if (hasRival && chance(2)) {
        const blobFeeCap = hasBlobs ? 10n ** 12n : undefined
        l1.plant({ nonce: l1.nextNonce, feeCap: 10n ** 13n, blobFeeCap })
      }
      highest = maxBigInt(highest, l1.height)
      // Some deeper than what confirmations guard against; then a rival could take nonces for good.
      const deepest = hasRival ? 2 : 6
      if (chance(5) && l1.height === highest) l1.reorg(1 + Math.floor(random() * deepest))
    } else {
      l1.mood = 'well'
      l1.isFull = false
      l1.baseFee = 10n * gwei
      l1.blobFee = 1n
    }
    if (chance(60)) l1.mine()
    await clock.advance(6_000)
    isSettling = false
  }

  expect(done.size).toBe(count)
  const posted = l1.mined.filter(({ to }) => to === txTarget).map(({ data }) => data[0])
  // What a rival comes in between of may get in before what it took the place of.
  if (hasRival) posted.sort((a, b) => a! - b!)
  expect(posted).toEqual(Array.from({ length: count }, (_, byte) => byte))
  expect(transactions.pending).toBe(0)
  watching.abort()
  await transactions.close()
  await settle()
  expect(clock.sleeping).toBe(0)

  function pick<T>(choices: readonly T[]): T {
    return choices[Math.floor(random() * choices.length)]!
  }
}

function candidate(byte: number, hasBlobs: boolean): TxCandidate {
  const blob = new Uint8Array(131_072)
  blob[1] = byte
  return txCandidate(byte, hasBlobs ? [blob] : [])
}
