import { describe, expect, it } from 'vitest'
import { zeroHash } from '../../src/base/hex.ts'
import type { DriverEvent } from '../../src/driver/observer.ts'
import { EngineApiError } from '../../src/protocol/engineApiError.ts'
import { isDepositTransaction } from '../../src/protocol/transaction.ts'
import { settle } from '../../src/testing/manualClock.ts'
import { startVerifier, VerifierWorld } from './verifierWorld.ts'

describe('blocks that the engine refuses', () => {
  it('are replaced by their deposits from Holocene on, and the rest of their channel is dropped', async () => {
    const world = new VerifierWorld()
    await world.mine()
    await world.post()
    await using running = await world.start()
    running.engine.fail('newPayload', { type: 'status', status: 'INVALID' })
    await running.until('a block is safe', () => world.status.safeL2.number > 0n)
    const first = (await running.engine.payloadByNumber(1n))!.executionPayload
    expect(first.transactions.every(isDepositTransaction)).toBe(true)
    expect(running.events.some(({ type }) => type === 'channelFlushed')).toBe(true)
    // What is left of the span builds on a block that does not exist.
    await running.until('all is read', () => world.status.currentL1.hash === world.l1.head.hash)
    expect(running.status.safeL2.number).toBe(1n)
    expect(running.failure).toBeUndefined()
  })

  it('make way for the next batch before Holocene, and give the unsafe chain back', async () => {
    const world = new VerifierWorld({ fork: 'granite' })
    await world.mine()
    await world.post()
    await using running = await world.start()
    running.engine.fail('startBuild', {
      type: 'error',
      error: new EngineApiError(-38003, 'invalid attributes'),
    })
    await running.until('all is read', () => world.status.currentL1.hash === world.l1.head.hash)
    expect(running.status.safeL2.number).toBe(0n)
    expect(running.failure).toBeUndefined()
    expect(running.status.pendingSafeL2.number).toBe(0n)
  })

  it('end the node when they hold deposits alone', async () => {
    await using world = await startVerifier({ seqWindowSize: 5n })
    world.engine.fail('newPayload', { type: 'status', status: 'INVALID' })
    await world.mine(8)
    await expect(world.untilDerived()).rejects.toMatchObject({ code: 'DEPOSITS_INVALID' })
  })
})

describe('outages', () => {
  it('of L1: derivation goes on where it was', async () => {
    await using world = await startVerifier({ l1Blocks: 30 })
    await world.until('some is read', () => world.status.currentL1.number > 5n)
    world.l1.failures = Number.POSITIVE_INFINITY
    await world.advance(20_000)
    const { currentL1 } = world.status
    await world.advance(60_000)
    expect(world.status.currentL1).toEqual(currentL1)
    world.l1.failures = 0
    await world.untilDerived()
    expect(world.engine.head).toEqual(world.posted)
  })

  it('of L1: it is known since when derivation stands still', async () => {
    await using world = await startVerifier({ l1Blocks: 30 })
    await world.until('some is read', () => world.status.currentL1.number > 5n)
    expect(world.driver.status.derivation).toMatchObject({ isIdle: false })
    world.l1.failures = Number.POSITIVE_INFINITY
    await world.advance(20_000)
    const { sinceMs } = world.driver.status.derivation!
    await world.advance(60_000)
    expect(world.driver.status.derivation).toEqual({ isIdle: false, sinceMs })
    expect(world.driver.status.l1SinceMs).toBeLessThanOrEqual(sinceMs)
    world.l1.failures = 0
    await world.untilDerived()
    await world.until('all is told', () => world.driver.status.derivation!.isIdle)
    expect(world.driver.status.derivation!.sinceMs).toBeGreaterThan(sinceMs)
  })

  it('of L1: an observer hears of the faults, of resets, and of the heads', async () => {
    const heard: DriverEvent[] = []
    await using world = await startVerifier({ l1Blocks: 10, observe: (event) => heard.push(event) })
    expect(heard.filter(({ type }) => type === 'reset')).toHaveLength(1)
    world.l1.failures = 3
    await world.untilDerived()
    const faults = heard.filter((event) => event.type === 'fault')
    expect(faults).toContainEqual({ type: 'fault', during: 'derive', severity: 'temporary' })
    await world.gossip(world.chain.length)
    expect(heard.some(({ type }) => type === 'received')).toBe(true)
    const last = heard.findLast((event) => event.type === 'moved')
    expect(last?.status).toEqual(world.status)
  })

  it('of L1: it is asked less and less', async () => {
    await using world = await startVerifier({ l1Blocks: 6 })
    await world.untilDerived()
    const calls = () => [...world.l1.calls.values()].reduce((sum, count) => sum + count, 0)
    await world.mine()
    world.l1.failures = Number.POSITIVE_INFINITY
    await world.advance(60_000)
    const before = calls()
    await world.advance(60_000)
    expect(calls() - before).toBeLessThanOrEqual(12)
  })

  it('of an L1 whose blocks do not follow one another: the heads are found anew less and less', async () => {
    const heard: DriverEvent[] = []
    await using world = await startVerifier({ l1Blocks: 6, observe: (event) => heard.push(event) })
    await world.untilDerived()
    const stranger = { ...world.l1.mine(), parentHash: zeroHash }
    const honest = world.l1.blockRefByNumber.bind(world.l1)
    world.l1.blockRefByNumber = async (number) =>
      number === stranger.number ? stranger : honest(number)
    heard.length = 0
    world.announce()
    for (let second = 0; second < 60; second++) {
      await world.advance(1_000)
    }
    const resets = heard.filter(({ type }) => type === 'reset').length
    expect(resets).toBeGreaterThanOrEqual(4)
    expect(resets).toBeLessThanOrEqual(20)
    world.l1.blockRefByNumber = honest
    await world.untilDerived()
  })

  it('of an L1 that does not answer: a reset does not wait for it', async () => {
    await using world = await startVerifier({ l1Blocks: 6 })
    await world.untilDerived()
    const answering = world.l1.blockRefByNumber.bind(world.l1)
    world.l1.blockRefByNumber = (_: bigint, signal?: AbortSignal) =>
      new Promise((_, reject) => {
        signal!.addEventListener('abort', () => reject(signal!.reason))
      })
    await world.post()
    await settle()
    world.l1.blockRefByNumber = answering
    await world.driver.requestReset()
    await world.untilDerived()
    expect(world.status.safeL2).toEqual(world.posted)
  })

  it('of the engine: it is told no more than ten times a second, and all is well after', async () => {
    await using world = await startVerifier({ l1Blocks: 30 })
    await world.until('some is derived', () => world.status.safeL2.number > 20n)
    world.engine.isDown = true
    const downMs = world.clock.now()
    await world.advance(30_000)
    const calls =
      world.engine.countCalls('startBuild', downMs) + world.engine.countCalls('forkchoice', downMs)
    expect(calls).toBeLessThanOrEqual(300)
    world.engine.restart()
    await world.untilDerived()
    expect(world.engine.head).toEqual(world.posted)
  })

  for (const lost of [1, 5, 20]) {
    it(`of the engine, which comes back without its newest ${lost} blocks`, async () => {
      await using world = await startVerifier({ l1Blocks: 12 })
      await world.untilDerived()
      world.engine.isDown = true
      await world.live(3)
      await world.advance(10_000)
      world.engine.restart(lost)
      await world.live(3)
      await world.untilDerived()
      expect(world.engine.head).toEqual(world.posted)
    })
  }

  const refusals = {
    'unknown head': new EngineApiError(-38002, 'invalid forkchoice state'),
    'generic error': new EngineApiError(-32000, 'boom'),
    'broken connection': new Error('ECONNRESET'),
  }
  for (const method of ['startBuild', 'getPayload', 'newPayload', 'forkchoice'] as const) {
    for (const [what, error] of Object.entries(refusals)) {
      it(`of one ${method}: ${what}`, async () => {
        await using world = await startVerifier({ l1Blocks: 9 })
        await world.until('some is derived', () => world.status.safeL2.number > 3n)
        world.engine.fail(method, { type: 'error', error })
        await world.untilDerived()
        expect(world.engine.head).toEqual(world.posted)
      })
    }
  }

  it('of an engine that says "syncing" to everything for a while', async () => {
    await using world = await startVerifier({ l1Blocks: 9 })
    await world.until('some is derived', () => world.status.safeL2.number > 3n)
    const syncing = Array(20).fill({ type: 'status', status: 'SYNCING' })
    world.engine.fail('startBuild', ...syncing)
    await world.untilDerived()
    expect(world.engine.head).toEqual(world.posted)
  })
})

describe('restarts', () => {
  it('at any moment lead to the same chain', async () => {
    const world = new VerifierWorld()
    await world.live(45)
    for (const blocks of [3n, 40n, 41n, 100n, 200n]) {
      await world.start()
      await world.until('some more is safe', () => world.status.safeL2.number >= blocks)
      await world.stop()
    }
    await using running = await world.start()
    await running.untilDerived()
    expect(running.engine.head).toEqual(world.posted)
  })

  it('begin behind the finalized block', async () => {
    const world = new VerifierWorld({ seqWindowSize: 60n })
    await world.live(30)
    await world.start()
    await world.untilDerived()
    world.finalizeL1(25n)
    await world.until('blocks are final', async () => {
      const finalized = await world.engine.blockRefByLabel('finalized')
      return finalized!.number > 0n
    })
    const { finalizedL2 } = world.status
    await world.stop()
    await using running = await world.start()
    await running.until('the heads are known', () => running.status.safeL2.number > 0n)
    expect(running.status.safeL2.number).toBeGreaterThanOrEqual(finalizedL2.number)
    expect(running.status.finalizedL2).toEqual(finalizedL2)
    await running.untilDerived()
  })
})
