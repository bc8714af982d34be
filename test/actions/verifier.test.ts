import { describe, expect, it } from 'vitest'
import { startVerifier, VerifierWorld } from './verifierWorld.ts'

describe('a verifier', () => {
  for (const fork of ['bedrock', 'delta', 'fjord', 'granite', 'holocene', 'karst'] as const) {
    it(`derives the chain of the sequencer from L1, ${fork}`, async () => {
      const world = new VerifierWorld({ fork })
      const kind = fork === 'bedrock' ? 'singular' : 'span'
      await world.mine(2)
      await world.post(kind)
      await world.mine(2)
      await world.post(kind)
      await using running = await world.start()
      await running.untilDerived()
      expect(world.status.safeL2).toEqual(world.posted)
      expect(world.status.unsafeL2).toEqual(world.posted)
      expect(world.engine.head).toEqual(world.posted)
    })
  }

  it('follows L1 as it grows', async () => {
    await using world = await startVerifier()
    for (let i = 0; i < 10; i++) {
      await world.live(3)
      await world.untilDerived()
      expect(world.engine.head).toEqual(world.posted)
    }
  })

  it('makes unsafe blocks safe without executing them', async () => {
    await using world = await startVerifier()
    await world.mine(5)
    await world.gossip(20, 1)
    await world.mine()
    const executed = world.engine.countCalls('newPayload')
    expect(executed).toBe(20)
    await world.post()
    await world.until('blocks are safe', () => world.status.safeL2.number >= 20n)
    await world.untilDerived()
    // What was not gossiped had to be built.
    const built = Number(world.posted!.number) - 20
    expect(world.engine.countCalls('newPayload')).toBe(executed + built)
  })

  it('tells the engine once an L1 block, not once an L2 block', async () => {
    await using world = await startVerifier()
    await world.mine(5)
    await world.gossip(30, 1)
    const before = world.engine.countCalls('forkchoice')
    await world.post()
    await world.untilDerived()
    expect(world.status.safeL2.number).toBe(30n)
    expect(world.engine.countCalls('forkchoice') - before).toBeLessThanOrEqual(2)
  })

  it('gives up unsafe blocks that L1 contradicts', async () => {
    await using world = await startVerifier()
    await world.mine(2)
    const gossiped = world.chain.map(({ payload }) => payload)
    // The sequencer changes its mind: the same origins, other transactions.
    await world.reorgL1(1)
    await world.mine(2)
    for (const payload of gossiped) await world.during(world.driver.insertUnsafePayload(payload))
    expect(world.engine.head.number).toBe(BigInt(gossiped.length))
    await world.post()
    await world.untilDerived()
    expect(world.status.safeL2).toEqual(world.posted)
    expect(world.engine.head).toEqual(world.posted)
  })

  it('keeps unsafe blocks that come too early until they fit', async () => {
    await using world = await startVerifier()
    await world.mine(2)
    for (const number of [5, 3, 4]) await world.gossip(number)
    expect(world.status.unsafeL2.number).toBe(0n)
    await world.gossip(2, 1)
    await world.until('the queue is worked off', () => world.status.unsafeL2.number === 5n)
    expect(world.engine.head).toEqual(world.chain[4]!.ref)
  })

  it('closes a gap before waiting unsafe blocks by derivation', async () => {
    await using world = await startVerifier()
    await world.mine(2)
    await world.post()
    const posted = Number(world.posted!.number)
    await world.gossip(posted + 2)
    await world.gossip(posted + 1)
    await world.until(
      'unsafe blocks follow',
      () => world.status.unsafeL2.number === BigInt(posted + 2),
    )
    expect(world.status.safeL2.number).toBe(BigInt(posted))
  })

  it('waits for an L1 block that is announced before it is served', async () => {
    await using world = await startVerifier({ l1Blocks: 3 })
    await world.untilDerived()
    const { head } = world.l1
    world.driver.onL1Block('head', {
      ...head,
      hash: `0x${'ab'.repeat(32)}`,
      number: head.number + 1n,
    })
    await world.advance(3_000)
    world.l1.mine()
    // Nothing is announced any more.
    await world.until('it is read', () => world.status.currentL1.hash === world.l1.head.hash)
  })

  it('makes no blocks, whoever asks', async () => {
    await using world = await startVerifier()
    const start = world.driver.startSequencer(world.engine.head.hash)
    await expect(world.during(start)).rejects.toMatchObject({ code: 'SEQUENCER_NOT_ENABLED' })
  })
})

describe('finality', () => {
  it('follows L1 once what was derived from it is safe', async () => {
    await using world = await startVerifier({ l1Blocks: 12 })
    await world.untilDerived()
    expect(world.status.finalizedL2.number).toBe(0n)
    world.finalizeL1(6n)
    await world.until('blocks are final', () => world.status.finalizedL2.number > 0n)
    const expected = world.chain.findLast((block) => block.includedIn! <= 6n)!.ref
    expect(world.status.finalizedL2).toEqual(expected)
    await world.until('the engine knows', async () => {
      return (await world.engine.blockRefByLabel('finalized'))?.hash === expected.hash
    })
  })

  it('moves while old L1 blocks are worked off', async () => {
    const world = new VerifierWorld()
    await world.live(150)
    world.finalizeL1(140n)
    await using running = await world.start()
    running.finalizeL1(140n)
    await running.until('blocks are final', () => world.status.finalizedL2.number > 0n)
    expect(world.status.currentL1.number).toBeLessThan(100n)
    await running.untilDerived()
    await running.until('all is final', () => {
      return (
        world.status.finalizedL2.number ===
        world.chain.findLast((b) => b.includedIn! <= 140n)!.ref.number
      )
    })
  })
})
