import { describe, expect, it } from 'vitest'
import { attributesOnHead } from '../../src/testing/rpcEngine.ts'
import { VerifierWorld } from './verifierWorld.ts'

const elSync = { worksPastFinality: false }

describe('execution-layer sync', () => {
  it('derives nothing until the engine has the chain, and then goes on behind it', async () => {
    const world = new VerifierWorld({ elSync })
    await world.live(12)
    await using running = await world.start()
    await running.advance(30_000)
    expect(running.status.safeL2.number).toBe(0n)
    expect(running.status.currentL1.number).toBe(0n)

    const tip = world.chain.at(-1)!
    await running.gossip(world.chain.length)
    expect(running.status.unsafeL2.number).toBe(0n)
    await fetchFromPeers(running)
    await running.gossip(world.chain.length)
    await running.until('the tip is safe', () => running.status.safeL2.hash === tip.ref.hash)
    expect(running.status.finalizedL2).toEqual(tip.ref)
    expect(running.engine.countCalls('startBuild')).toBe(0)

    await world.live(6)
    await running.untilDerived()
    expect(running.engine.head).toEqual(world.posted)
  })

  it('lets no block be made before it is done', async () => {
    const world = new VerifierWorld({ elSync, sequences: true })
    await using running = await world.start()
    await running.advance(30_000)
    expect(running.engine.countCalls('startBuild')).toBe(0)
    const { engine, config } = running
    const tip = engine.buildElsewhere(engine.head.hash, attributesOnHead(engine, config))
    await running.engine.newPayload(tip)
    await running.during(running.driver.insertUnsafePayload(tip))
    await running.advance(30_000)
    expect(running.engine.countCalls('startBuild')).toBeGreaterThan(10)
  })

  it('is skipped by an engine that has final blocks', async () => {
    const world = new VerifierWorld({ elSync })
    await world.live(12)
    await fetchFromPeers(world)
    const final = world.chain[5]!.ref.hash
    await world.engine.forkchoiceUpdated(
      { headBlockHash: world.chain[9]!.ref.hash, safeBlockHash: final, finalizedBlockHash: final },
      undefined,
    )
    await using running = await world.start()
    await running.untilDerived()
    expect(running.engine.head).toEqual(world.posted)
  })
})

/** The engine gets all blocks of the sequencer by ways of its own. */
async function fetchFromPeers(world: VerifierWorld): Promise<void> {
  for (const { payload } of world.chain) await world.engine.newPayload(payload)
}
