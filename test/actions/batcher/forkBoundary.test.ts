import { expect, onTestFinished, test } from 'vitest'
import { Batcher } from '../../../src/batcher/batcher.ts'
import { batcherOptions } from '../../../src/batcher/options.ts'
import { forkTimesUpTo } from '../../../src/chain/forks.ts'
import { BatcherWorld } from '../../../src/testing/batcherWorld.ts'
import { postedBlocks } from '../../sim/postedBlocks.ts'

const pollIntervalMs = 1_000
/** Seconds from genesis; an L1 block takes twelve, an L2 block two. */
const forkAfter = 150n

// Forks that change how batches are read, and no state.
test.each([
  { before: 'canyon', fork: 'delta' },
  { before: 'fjord', fork: 'granite' },
  { before: 'granite', fork: 'holocene' },
] as const)('a running chain is posted over the boundary of $fork', async ({ before, fork }) => {
  const genesisTime = new BatcherWorld().rollup.config.genesis.l2Time
  const forkTimes = { ...forkTimesUpTo(before), [fork]: genesisTime + forkAfter }
  const world = new BatcherWorld({ config: { forkTimes, maxSequencerDrift: 60n } })
  const batcher = new Batcher(
    batcherOptions({
      pollIntervalMs,
      maxChannelDuration: 2,
      subSafetyMargin: 4,
      startQuietMs: 0,
      batchType: 'span',
      compressionAlgo: 'brotli',
      maxL1TxSizeBytes: 300,
      targetNumFrames: 3,
      maxPendingTx: 0,
    }),
    world.deps(),
  )
  await batcher.start()
  onTestFinished(async () => {
    await batcher.close()
  })
  for (let slot = 0; slot < 30; slot++) {
    for (let block = 0; block < 6; block++) {
      await world.sequence([world.rollup.transaction(world.rollup.sequencerHead.number)], 1n)
    }
    await world.clock.advance(2 * pollIntervalMs)
    // Not all that is on its way gets into the next block.
    world.mine(slot % 3 === 0 ? 1 : undefined)
    await world.derive()
    await world.clock.advance(2 * pollIntervalMs)
  }
  expect(world.rollup.sequencerHead.timestamp).toBeGreaterThan(genesisTime + forkAfter + 100n)
  expect(world.rollup.safeHead.number).toBeGreaterThan(world.rollup.sequencerHead.number - 25n)
  const posted = await postedBlocks(world.rollup)
  expect(posted).toEqual(posted.map((_, index) => index + 1))
  expect(world.rollup.verdicts.filter((verdict) => verdict.startsWith('drop'))).toEqual([])
})
