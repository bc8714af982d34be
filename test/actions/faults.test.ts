import { describe, expect, it } from 'vitest'
import { EngineApiError } from '../../src/protocol/engineApiError.ts'
import type { PayloadEnvelope } from '../../src/protocol/payload.ts'
import { payloadBlockHash } from '../../src/protocol/payloadHeader.ts'
import type { EngineFault, EngineMethod } from '../../src/testing/fakeEngine.ts'
import { startWorld, type World } from './world.ts'

describe('an engine that is killed', () => {
  for (const outageMs of [100, 1_000, 5_000, 30_000]) {
    it(`and back after ${outageMs} ms is sequenced on again by itself`, async () => {
      await using world = await startWorld()
      await world.advance(10_500)
      world.engine.isDown = true
      await world.advance(outageMs)
      world.engine.restart()
      await world.advance(outageMs + 5_000)
      expect(world.failure).toBeUndefined()
      expectOnTime(world)
      expectNoSiblings(world)
    })
  }

  it('and comes back without its newest blocks is met where it is', async () => {
    await using world = await startWorld()
    await world.advance(20_500)
    world.engine.isDown = true
    await world.advance(3_000)
    world.engine.restart(3)
    await world.advance(60_000)
    expect(world.failure).toBeUndefined()
    expectOnTime(world)
  })
})

describe('an L1 that is down', () => {
  it('for 30 s costs no block, and deposits and origins go on when it is back', async () => {
    await using world = await startWorld({ l1Ahead: 2 })
    await world.advance(20_500)
    world.l1.isDown = true
    await world.advance(30_000)
    expectOnTime(world)
    const behind = world.engine.head.l1Origin.number
    world.l1.isDown = false
    world.announceL1()
    await world.advance(30_000)
    expectOnTime(world)
    expect(world.engine.head.l1Origin.number).toBeGreaterThan(behind + 6n)
    expect(world.blocks).toHaveLength(40)
  })

  it('when the node starts is waited for', async () => {
    const world = await startWorld()
    await world.stop()
    await using late = await startWorld({ clock: world.clock, l1: world.l1, engine: world.engine })
    late.l1.isDown = true
    await late.advance(10_000)
    late.l1.isDown = false
    late.announceL1()
    await late.advance(10_000)
    expectOnTime(late)
  })

  it('and hangs instead of failing does not delay blocks', async () => {
    await using world = await startWorld({ l1Ahead: 2 })
    await world.advance(20_500)
    world.l1.latencyMs = 60_000
    await world.advance(30_000)
    expectOnTime(world)
  })
})

describe('an engine that', () => {
  const error = (code: number): EngineFault => ({
    type: 'error',
    error: new EngineApiError(code, 'scripted'),
  })
  const recoveries: [string, EngineMethod, EngineFault[]][] = [
    ['forgets the block it was building', 'getPayload', [error(-38001)]],
    ['forgets it twice', 'getPayload', [error(-38001), error(-38001)]],
    ['says invalid forkchoice state to a build', 'startBuild', [error(-38002)]],
    ['says it to an insert', 'forkchoice', [error(-38002)]],
    ['calls the attributes invalid', 'startBuild', [error(-38003)]],
    ['answers a build with an unknown engine error', 'startBuild', [error(-38999)]],
    ['answers a build with a generic error', 'startBuild', [error(-32000)]],
    [
      'is syncing when a block is to be built',
      'startBuild',
      [{ type: 'status', status: 'SYNCING' }],
    ],
    [
      'is syncing when a block is to be inserted',
      'newPayload',
      [{ type: 'status', status: 'SYNCING' }],
    ],
    ['calls our block invalid', 'newPayload', [{ type: 'status', status: 'INVALID' }]],
    ['fails to insert', 'newPayload', [error(-32000), error(-32000)]],
    ['is syncing when the head is set', 'forkchoice', [{ type: 'status', status: 'SYNCING' }]],
    ['hangs on a build', 'startBuild', [{ type: 'hang' }]],
    ['hangs on a seal', 'getPayload', [{ type: 'hang' }]],
    ['hangs on an insert', 'newPayload', [{ type: 'hang' }]],
    ['sets the head but never says so', 'forkchoice', [{ type: 'loseAnswer' }]],
    ['starts a build but never says so', 'startBuild', [{ type: 'loseAnswer' }]],
    ['is slow to seal', 'getPayload', [{ type: 'delay', durationMs: 5_000 }]],
  ]
  for (const [what, method, faults] of recoveries) {
    it(`${what} is recovered from`, async () => {
      await using world = await startWorld()
      await world.advance(10_500)
      world.engine.fail(method, ...faults)
      await world.advance(45_000)
      expect(world.failure).toBeUndefined()
      expectOnTime(world)
    })
  }

  const forever: [string, EngineMethod, EngineFault][] = [
    ['says -38002 to every build', 'startBuild', error(-38002)],
    ['says -38002 to every head', 'forkchoice', error(-38002)],
    ['is syncing on every build', 'startBuild', { type: 'status', status: 'SYNCING' }],
    ['is syncing on every head', 'forkchoice', { type: 'status', status: 'SYNCING' }],
    ['refuses every build', 'startBuild', error(-38003)],
    ['forgets every build', 'getPayload', error(-38001)],
    ['refuses every block', 'newPayload', { type: 'status', status: 'INVALID' }],
    ['fails every insert', 'newPayload', error(-32000)],
  ]
  for (const [what, method, fault] of forever) {
    it(`${what} for a minute is not flooded, and recovered from within 30 s`, async () => {
      await using world = await startWorld()
      await world.advance(10_500)
      const repeat = Array.from({ length: 1_000 }, () => fault)
      world.engine.fail(method, ...repeat)
      await world.advance(60_000)
      expectNoFlood(world)
      world.engine.clearFaults()
      await world.advance(30_000)
      expect(world.failure).toBeUndefined()
      expectOnTime(world)
    })
  }
})

describe('an engine that hands out', () => {
  const change = (
    envelope: PayloadEnvelope,
    fields: Partial<PayloadEnvelope['executionPayload']>,
  ): PayloadEnvelope => {
    const changed = { ...envelope, executionPayload: { ...envelope.executionPayload, ...fields } }
    const blockHash = payloadBlockHash(changed)
    return { ...changed, executionPayload: { ...changed.executionPayload, blockHash } }
  }
  const broken: [string, (envelope: PayloadEnvelope) => PayloadEnvelope][] = [
    ['a block without transactions', (e) => change(e, { transactions: [] })],
    [
      'a block that begins without a deposit',
      (e) => change(e, { transactions: [Uint8Array.of(2)] }),
    ],
    [
      'a deposit behind other transactions',
      (e) => {
        const [deposit] = e.executionPayload.transactions
        return change(e, { transactions: [deposit!, Uint8Array.of(2), deposit!] })
      },
    ],
    ['a block at another time', (e) => change(e, { timestamp: e.executionPayload.timestamp + 1n })],
    ['a block on another parent', (e) => change(e, { parentHash: `0x${'77'.repeat(32)}` })],
    [
      'a block whose extra data break the rules of its fork',
      (e) => change(e, { extraData: Uint8Array.of(7) }),
    ],
    [
      'a wrong hash',
      (e) => ({
        ...e,
        executionPayload: { ...e.executionPayload, blockHash: `0x${'66'.repeat(32)}` },
      }),
    ],
  ]
  for (const [what, tamper] of broken) {
    it(`${what} is not believed`, async () => {
      await using world = await startWorld()
      await world.advance(10_500)
      world.engine.fail('getPayload', { type: 'tamper', change: tamper })
      await world.advance(10_000)
      expect(world.engine.countCalls('newPayload')).toBe(world.blocks.length)
      expect(world.failure).toBeUndefined()
      expectOnTime(world)
    })
  }
})

function expectOnTime(world: World): void {
  const behindMs = world.clock.now() - Number(world.engine.head.timestamp) * 1000
  expect(behindMs).toBeLessThanOrEqual(2_000)
}

/** No second block at a height: what was made before the fault was kept. */
function expectNoSiblings(world: World): void {
  const numbers = world.blocks.map((block) => block.ref.number)
  expect(new Set(numbers).size).toBe(numbers.length)
}

/** At most ten forkchoice updates in any second. */
function expectNoFlood(world: World): void {
  const times = world.engine.calls
    .filter(({ method }) => method === 'forkchoice' || method === 'startBuild')
    .map(({ atMs }) => atMs)
    .filter((atMs) => atMs >= world.clock.now() - 60_000)
  for (const [index, atMs] of times.entries()) {
    const eleventh = times[index + 10]
    if (eleventh !== undefined) expect(eleventh - atMs).toBeGreaterThanOrEqual(1_000)
  }
}
