import { describe, expect, test } from 'vitest'
import { Batcher } from '../../../src/batcher/batcher.ts'
import { type BatcherOptionsInput, batcherOptions } from '../../../src/batcher/options.ts'
import { BatcherWorld } from '../../../src/testing/batcherWorld.ts'
import { settle } from '../../../src/testing/manualClock.ts'

const pollIntervalMs = 1_000
/** Posts whatever there is as soon as L1 has moved on. */
const eager: BatcherOptionsInput = { pollIntervalMs, maxChannelDuration: 1, subSafetyMargin: 4 }

async function startBatcher(world: BatcherWorld, options: BatcherOptionsInput = {}) {
  const batcher = new Batcher(batcherOptions({ ...eager, ...options }), world.deps())
  await batcher.start()
  return batcher
}

/** An L1 block's time: L2 makes its blocks, the batcher works, L1 takes what is in the pool, the node reads it. */
async function passSlot(world: BatcherWorld, blocks = 6): Promise<void> {
  for (let i = 0; i < blocks; i++) {
    await world.sequence([world.rollup.transaction(world.rollup.sequencerHead.number)])
  }
  await world.clock.advance(2 * pollIntervalMs)
  world.mine()
  await world.derive()
  await world.clock.advance(2 * pollIntervalMs)
  await settle()
}

describe('a batcher', () => {
  test('makes the chain safe, epoch after epoch', async () => {
    const world = new BatcherWorld()
    const batcher = await startBatcher(world)
    for (let slot = 0; slot < 12; slot++) await passSlot(world)
    expect(world.rollup.sequencerHead.number).toBe(72n)
    expect(world.rollup.safeHead.number).toBeGreaterThanOrEqual(54n)
    const stopped = batcher.stop()
    await world.clock.advance(5_000)
    await stopped
    expect(world.clock.sleeping).toBe(0)
  })
})
