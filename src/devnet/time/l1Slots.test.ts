import { expect, test } from 'vitest'
import { silentLogger } from '../../runtime/logger.ts'
import { ManualClock } from '../../testing/manualClock.ts'
import { runL1Slots } from './l1Slots.ts'

const slots = { genesisTime: 1_000, slotTime: 6 }

/** Runs the slots on a clock that stands at `seconds`, and notes what is mined. */
function start(seconds: number, onMine: (timestamp: number) => Promise<void> = async () => {}) {
  const clock = new ManualClock(seconds * 1_000)
  const stop = new AbortController()
  const mined: number[] = []
  const mine = async (timestamp: number) => {
    mined.push(timestamp)
    await onMine(timestamp)
  }
  const ended = runL1Slots(slots, { mine, clock, logger: silentLogger }, stop.signal)
  return { clock, mined, ended, stop: () => stop.abort() }
}

test('mines at the start of every slot, with the time of the slot', async () => {
  const { clock, mined, stop, ended } = start(1_001)
  await clock.advanceTo(1_006_000)
  expect(mined).toEqual([1_006])
  await clock.advanceTo(1_012_000)
  expect(mined).toEqual([1_006, 1_012])
  stop()
  await ended
})

test('misses the slots that pass while L1 hangs', async () => {
  const hang = Promise.withResolvers<void>()
  const { clock, mined, stop, ended } = start(1_000, (timestamp) =>
    timestamp === 1_006 ? hang.promise : Promise.resolve(),
  )
  await clock.advanceTo(1_032_000)
  hang.resolve()
  await clock.advanceTo(1_036_000)
  expect(mined).toEqual([1_006, 1_030, 1_036])
  stop()
  await ended
})

test('goes on after a block that could not be mined', async () => {
  const { clock, mined, stop, ended } = start(1_000, async (timestamp) => {
    if (timestamp === 1_006) throw new Error('L1 is down')
  })
  await clock.advanceTo(1_006_000)
  await clock.advanceTo(1_012_000)
  expect(mined).toEqual([1_006, 1_012])
  stop()
  await ended
})
