import { describe, expect, it } from 'vitest'
import { startWorld, type World } from './world.ts'

describe('an L1 reorg', () => {
  for (const depth of [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]) {
    it(`of depth ${depth} is followed, and blocks go on within two slots`, async () => {
      await using world = await startWorld({ l1Ahead: 2 })
      await world.advance(90_500)
      await world.reorgL1(depth)
      const atMs = world.clock.now()
      await world.advance(6_000)
      const first = world.blocks.find((block) => block.times.insertedMs > atMs + 2_000)
      expect(first).toBeDefined()
      expect(first!.times.insertedMs - atMs).toBeLessThanOrEqual(4_100)
      await world.advance(20_000)
      expect(world.failure).toBeUndefined()
      expectOnCanonicalL1(world)
      expectOnTime(world)
    })
  }

  it('that takes L1 back to fewer blocks is followed as soon as it shows', async () => {
    await using world = await startWorld({ l1Ahead: 2 })
    await world.advance(60_500)
    await world.reorgL1(5, 1)
    await world.advance(60_000)
    expectOnCanonicalL1(world)
    expectOnTime(world)
  })

  it('below the confirmation depth goes unnoticed', async () => {
    await using world = await startWorld({ l1Ahead: 10, l1Confs: 4 })
    world.engine.latencyMs = 2
    await world.advance(60_500)
    const resets = world.engine.countCalls('forkchoice')
    await world.reorgL1(4)
    await world.advance(20_000)
    const made = world.blocks.filter((block) => block.times.insertedMs > world.clock.now() - 20_000)
    expect(made).toHaveLength(10)
    // The head moves with the beginning of the next block; a reset would move it by itself.
    expect(world.engine.countCalls('forkchoice') - resets).toBe(0)
    expectOnCanonicalL1(world)
  })

  it('of the block that was only looked at ahead does not reach the chain', async () => {
    await using world = await startWorld({ l1Ahead: 2 })
    await world.advance(60_100)
    await world.reorgL1(1)
    await world.advance(12_000)
    expectOnCanonicalL1(world)
    expect(new Set(world.blocks.map((block) => block.ref.number)).size).toBe(world.blocks.length)
  })

  it('back and forth ends on the branch that stays', async () => {
    await using world = await startWorld({ l1Ahead: 2 })
    await world.advance(60_500)
    for (let i = 0; i < 6; i++) {
      await world.reorgL1(3)
      await world.advance(1_500)
    }
    await world.advance(20_000)
    expectOnCanonicalL1(world)
    expectOnTime(world)
  })

  it('while the watcher is deaf is noticed when the next origin does not fit', async () => {
    await using world = await startWorld({ l1Ahead: 2 })
    await world.advance(60_500)
    world.l1.reorg(3)
    await world.advance(20_000)
    expectOnCanonicalL1(world)
    expectOnTime(world)
  })

  it('leaves no block empty while transactions wait', async () => {
    await using world = await startWorld({ l1Ahead: 2 })
    world.engine.pool = [Uint8Array.of(2, 1)]
    await world.advance(60_500)
    await world.reorgL1(6)
    await world.advance(20_000)
    for (const block of world.blocks) {
      expect(block.envelope.executionPayload.transactions.at(-1)).toEqual(Uint8Array.of(2, 1))
    }
  })
})

function expectOnCanonicalL1(world: World): void {
  for (const block of world.engine.canonical) {
    expect(world.l1.at(Number(block.l1Origin.number)).hash).toBe(block.l1Origin.hash)
  }
}

function expectOnTime(world: World): void {
  const behindMs = world.clock.now() - Number(world.engine.head.timestamp) * 1000
  expect(behindMs).toBeLessThanOrEqual(2_000)
}
