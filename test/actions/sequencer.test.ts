import { describe, expect, it } from 'vitest'
import { dawn, startWorld } from './world.ts'

describe('a sequencer in good weather', () => {
  it('makes 60 blocks, each at its timestamp, on the L1 origin that is due', async () => {
    await using world = await startWorld({ l1Ahead: 2 })
    await world.advance(121_000)
    expect(world.failure).toBeUndefined()
    expect(world.blocks).toHaveLength(60)
    for (const [index, block] of world.blocks.entries()) {
      const timestamp = dawn + 2 * (index + 1)
      expect(block.ref.number).toBe(BigInt(index + 1))
      expect(block.ref.timestamp).toBe(BigInt(timestamp))
      expect(block.times.insertedMs).toBeLessThanOrEqual(timestamp * 1000)
      expect(block.times.insertedMs).toBeGreaterThan(timestamp * 1000 - 51)
    }
    expect(world.engine.head.number).toBe(60n)
  })
})
