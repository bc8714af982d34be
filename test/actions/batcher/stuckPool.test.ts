import { expect, onTestFinished, test } from 'vitest'
import { Batcher } from '../../../src/batcher/batcher.ts'
import { batcherOptions } from '../../../src/batcher/options.ts'
import { BatcherWorld } from '../../../src/testing/batcherWorld.ts'
import { postedBlocks } from '../../sim/postedBlocks.ts'

const pollIntervalMs = 1_000

test('what a killed batcher left in the pool of L1, where it is stuck, is not posted beside the new', async () => {
  const world = new BatcherWorld()
  const killed = await startBatcher(world)
  for (let slot = 0; slot < 3; slot++) {
    await sequence(world, 4)
    world.mine(0)
    await world.clock.advance(2 * pollIntervalMs)
  }
  expect(world.pooled).toBe(3)
  // It does not come to anything any more: what it had sent is too cheap for L1.
  await killed.close()
  expect(world.pooled).toBe(3)

  await startBatcher(world)
  await world.clock.advance(70_000)
  for (let slot = 0; slot < 12; slot++) {
    await world.clock.advance(2 * pollIntervalMs)
    world.mine()
    await world.derive()
  }
  expect(world.rollup.safeHead).toEqual(world.rollup.sequencerHead)
  const posted = await postedBlocks(world.rollup)
  expect(posted).toEqual(Array.from({ length: 12 }, (_, index) => index + 1))
})

async function startBatcher(world: BatcherWorld): Promise<Batcher> {
  const options = { pollIntervalMs, maxChannelDuration: 1, subSafetyMargin: 4 }
  const small = { maxL1TxSizeBytes: 400, maxPendingTx: 3, startQuietMs: 0 }
  const batcher = new Batcher(batcherOptions({ ...options, ...small }), world.deps())
  await batcher.start()
  onTestFinished(async () => {
    const closed = batcher.close()
    await world.clock.advance(10_000)
    await closed
  })
  return batcher
}

async function sequence(world: BatcherWorld, count: number): Promise<void> {
  for (let i = 0; i < count; i++) {
    await world.sequence([world.rollup.transaction(world.rollup.sequencerHead.number)])
  }
}
