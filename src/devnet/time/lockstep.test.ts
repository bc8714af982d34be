import { expect, test } from 'vitest'
import { ChainError } from '../../base/errors.ts'
import { silentLogger } from '../../runtime/logger.ts'
import { ManualClock } from '../../testing/manualClock.ts'
import { ChainClock } from './chainClock.ts'
import { Lockstep } from './lockstep.ts'

/** A node that needs the clock to be at `dueMs` before it makes its next block. */
function world({ dueMs = [1_000], seesL1 = true, onRest = (_host: ManualClock) => {} } = {}) {
  const host = new ManualClock()
  const clock = new ChainClock({ clock: host })
  clock.set(0, 0)
  const log: string[] = []
  const due = [...dueMs]
  const sequencer = {
    isSequencing: true,
    headTimestamp: 0,
    get buildingTimestamp() {
      return sequencer.headTimestamp + 2
    },
    async filled() {
      log.push('filled')
    },
  }
  const node = {
    async lookAtL1() {
      log.push('looks')
      if (!seesL1) throw new ChainError('temporary', 'L1_DOWN', 'no answer')
    },
    async atRest() {
      onRest(host)
      if (due[0] === undefined || clock.now() < due[0]) return due[0] ?? Number.POSITIVE_INFINITY
      due.shift()
      sequencer.headTimestamp += 2
      return due[0] ?? Number.POSITIVE_INFINITY
    },
  }
  const turn = (name: string) => ({
    async take(timeMs: number) {
      log.push(`${name} at ${timeMs}`)
    },
  })
  const lockstep = new Lockstep({
    clock,
    sequencer,
    nodes: [node],
    turns: [turn('batcher'), turn('proposer')],
    canSeeL1: () => seesL1,
    logger: silentLogger,
  })
  return { lockstep, log, clock, host, sequencer }
}

test('lets batcher and proposer act before an L1 block, and the nodes read it afterwards', async () => {
  const { lockstep, log } = world()
  await lockstep.beforeL1Block(7)
  await lockstep.afterL1Block()
  expect(log).toEqual(['batcher at 7000', 'proposer at 7000', 'looks'])
})

test('asks no node for an L1 that it cannot see', async () => {
  const { lockstep, log } = world({ seesL1: false })
  await lockstep.ready()
  expect(log).toEqual([])
})

test('moves time on for a block that is not made when it is due, and fills the next one', async () => {
  const { lockstep, log, clock } = world({ dueMs: [2_500] })
  clock.set(2_000, 2_000)
  await lockstep.afterL2Block(2)
  expect(clock.now()).toBe(2_500)
  expect(log).toEqual(['filled'])
})

test('catches up with many blocks as fast as they are made', async () => {
  const dueMs = Array.from({ length: 40 }, (_, index) => 100_000 + 15 * index)
  const { lockstep, clock } = world({ dueMs })
  clock.set(90_000, 90_000)
  await lockstep.afterL2Block(80)
  expect(clock.now()).toBe(100_000 + 15 * 39)
})

test('says when no block is made at all', async () => {
  const { lockstep, host } = world({ dueMs: [] })
  const refused = expect(lockstep.afterL2Block(2)).rejects.toMatchObject({ code: 'CHAIN_STALLED' })
  await host.advance(60_000)
  await refused
})

test('has patience with a block that the host takes minutes for', async () => {
  const { lockstep, host, log } = world({ onRest: (host) => host.set(host.now() + 120_000) })
  await lockstep.afterL2Block(2)
  expect(host.now()).toBeGreaterThan(120_000)
  expect(log).toEqual(['filled'])
})

test('does not wait for a sequencer that is paused', async () => {
  const { lockstep, sequencer, log } = world({ dueMs: [] })
  sequencer.isSequencing = false
  await lockstep.afterL2Block(2)
  expect(log).toEqual([])
})
