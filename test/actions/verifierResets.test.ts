import { expect, it } from 'vitest'
import type { DriverEvent } from '../../src/driver/observer.ts'
import type { SafeHeadDatabase, SafeHeadRecord } from '../../src/engine/safeHeadDatabase.ts'
import { EngineApiError } from '../../src/protocol/engineApiError.ts'
import { VerifierWorld, type VerifierWorldOptions } from './verifierWorld.ts'

// An L1 block is replaced while what came of it is on its way into the engine. None of it may outlive the reset.

it('what waits for the engine is not given to it after a reset', async () => {
  await using world = await withBatchOnL1()
  world.engine.fail('startBuild', {
    type: 'error',
    error: new EngineApiError(-32000, 'not now'),
  })
  await world.until('the engine is asked', () => world.engine.countCalls('startBuild') === 1)
  await replaceBatch(world)
  await world.advance(30_000)
  expect(world.engine.countCalls('startBuild')).toBe(1)
  expect(world.status.safeL2.number).toBe(0n)
  await world.post()
  await world.untilDerived()
  expect(world.status.safeL2).toEqual(world.posted)
})

for (const nth of [1, 2]) {
  it(`no block is on record as safe by the old ones, if the engine is at its block ${nth}`, async () => {
    const safeHeads = new MemorySafeHeads()
    await using world = await withBatchOnL1({ safeHeads })
    const before = Array.from({ length: nth - 1 }, () => ({ type: 'meanwhile', run() {} }) as const)
    world.engine.fail('newPayload', ...before, { type: 'delay', durationMs: 500 })
    await world.until('it is inserted', () => world.engine.countCalls('newPayload') === nth)
    await replaceBatch(world)
    await world.advance(30_000)
    await world.post()
    await world.untilDerived()
    await world.mine(2)
    await world.untilDerived()
    expect(safeHeads.records.length).toBeGreaterThan(0)
    for (const { l1 } of safeHeads.records) expect(world.l1.at(l1.number).hash).toBe(l1.hash)
  })
}

it('what was safe by a block that L1 has replaced does not become final', async () => {
  const heard: DriverEvent[] = []
  await using world = await withBatchOnL1({ observe: (event) => heard.push(event) })
  await world.untilDerived()
  expect(world.status.safeL2.number).toBeGreaterThan(0n)
  await replaceBatch(world)
  await world.advance(30_000)
  heard.length = 0
  world.finalizeL1(world.l1.head.number)
  await world.advance(30_000)
  expect(heard.filter(({ type }) => type === 'fault')).toEqual([])
  expect(world.status.finalizedL2.number).toBe(0n)
})

/** A verifier of a network whose newest L1 block holds the first batches. */
async function withBatchOnL1(options: VerifierWorldOptions = {}): Promise<VerifierWorld> {
  const world = new VerifierWorld(options)
  await world.mine(2)
  await world.post()
  return world.start()
}

/** L1 takes the batches back, and has other blocks instead. */
async function replaceBatch(world: VerifierWorld): Promise<void> {
  await world.reorgL1(1)
  await world.mine(2)
  await world.driver.requestReset()
}

class MemorySafeHeads implements SafeHeadDatabase {
  readonly records: SafeHeadRecord[] = []

  async record(record: SafeHeadRecord): Promise<void> {
    this.records.push(record)
  }

  async reset(): Promise<void> {
    this.records.length = 0
  }

  async safeHeadAtL1(): Promise<undefined> {}

  async newest(): Promise<undefined> {}

  async close(): Promise<void> {}
}
