import { describe, expect, it } from 'vitest'
import { startVerifier, type VerifierWorld } from './verifierWorld.ts'

/** The last blocks of L1 are replaced by more others, with all batches posted anew. */
async function reorg(world: VerifierWorld, depth: number): Promise<void> {
  await world.reorgL1(depth)
  await world.post()
  await world.mine(depth)
  await world.post()
}

describe('L1 reorgs', () => {
  for (const depth of [1, 2, 3, 7, 16, 33, 64]) {
    it(`of depth ${depth}: the verifier comes to the new chain`, async () => {
      await using world = await startVerifier({ l1Blocks: 72 })
      await world.untilDerived()
      await reorg(world, depth)
      await world.untilDerived()
      expect(world.engine.head).toEqual(world.posted)
      expect(world.status.safeL2).toEqual(world.posted)
    })
  }

  for (const readBlocks of [1, 3, 10, 30]) {
    it(`in the middle of derivation, ${readBlocks} L1 blocks in`, async () => {
      await using world = await startVerifier({ l1Blocks: 40 })
      await world.until('some is read', () => world.status.currentL1.number >= readBlocks)
      await reorg(world, 20)
      await world.untilDerived()
      expect(world.engine.head).toEqual(world.posted)
    })
  }

  it('that L1 takes back again', async () => {
    await using world = await startVerifier({ l1Blocks: 12 })
    for (let i = 0; i < 5; i++) {
      await world.untilDerived()
      await reorg(world, 1 + i)
    }
    await world.untilDerived()
    expect(world.engine.head).toEqual(world.posted)
  })

  it('to a shorter chain: nothing is undone before L1 is as long again', async () => {
    await using world = await startVerifier({ l1Blocks: 12 })
    await world.untilDerived()
    const { safeL2 } = world.status
    await world.reorgL1(4)
    await world.mine(2)
    await world.advance(30_000)
    expect(world.status.safeL2).toEqual(safeL2)
    await world.post()
    await world.mine(3)
    await world.untilDerived()
    expect(world.engine.head).toEqual(world.posted)
  })

  it('take unsafe blocks with them whose origins are gone', async () => {
    await using world = await startVerifier({ l1Blocks: 6 })
    await world.untilDerived()
    await world.mine(3)
    await world.gossip(world.chain.length, Number(world.status.unsafeL2.number) + 1)
    await world.untilDerived()
    expect(world.status.unsafeL2).toEqual(world.chain.at(-1)!.ref)
    await world.reorgL1(2)
    await world.mine(4)
    await world.until('the unsafe head is on the new L1', () => {
      const { l1Origin } = world.status.unsafeL2
      return world.l1.at(l1Origin.number).hash === l1Origin.hash
    })
    await world.post()
    await world.untilDerived()
    expect(world.engine.head).toEqual(world.posted)
  })

  it('never undo what is final', async () => {
    await using world = await startVerifier({ l1Blocks: 30 })
    await world.untilDerived()
    world.finalizeL1(12n)
    await world.until('blocks are final', () => world.status.finalizedL2.number > 0n)
    const { finalizedL2 } = world.status
    await reorg(world, 15)
    await world.untilDerived()
    expect(world.status.finalizedL2).toEqual(finalizedL2)
    expect(world.engine.canonical).toContainEqual(finalizedL2)
  })

  it('below what is final are refused, with the reason', async () => {
    await using world = await startVerifier({ l1Blocks: 30 })
    await world.untilDerived()
    world.finalizeL1(20n)
    await world.until('blocks are final', () => world.status.finalizedL2.number > 0n)
    await reorg(world, 25)
    await expect(world.untilDerived()).rejects.toMatchObject({
      severity: 'critical',
      code: 'REORG_BELOW_FINALIZED',
    })
  })
})

describe('the sequencing window', () => {
  it('when it passes without batches, blocks are made of deposits alone', async () => {
    await using world = await startVerifier({ seqWindowSize: 10n })
    await world.mine(14)
    await world.until('blocks are safe', () => world.status.safeL2.number > 0n)
    await world.until('all is read', () => world.status.currentL1.hash === world.l1.head.hash)
    const empty = await world.engine.payloadByNumber(world.status.safeL2.number)
    expect(empty!.executionPayload.transactions).toHaveLength(1)
    // The epochs whose window has passed: 14 - 10.
    expect(world.status.safeL2.l1Origin.number).toBe(4n)
  })

  it('replaces unsafe blocks whose batches never came', async () => {
    await using world = await startVerifier({ seqWindowSize: 10n })
    await world.mine(3)
    await world.gossip(12, 1)
    await world.mine(12)
    await world.until('blocks are safe', () => world.status.safeL2.number > 6n)
    const { blockHash } = (await world.engine.payloadByNumber(2n))!.executionPayload
    expect(blockHash).not.toBe(world.chain[1]!.ref.hash)
  })
})
