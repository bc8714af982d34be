import { expect, test } from 'vitest'
import { StepClock } from './stepClock.ts'

test('stands still until it is set, and wakes those whose time has come, the first first', async () => {
  const clock = new StepClock(1_000)
  const woken: number[] = []
  const sleepers = [3_000, 2_000, 5_000].map((timeMs) =>
    clock.sleepUntil(timeMs).then(() => woken.push(timeMs)),
  )
  await clock.sleepUntil(1_000)
  clock.set(3_000)
  expect(clock.now()).toBe(3_000)
  await Promise.all(sleepers.slice(0, 2))
  expect(woken).toEqual([2_000, 3_000])
  clock.set(2_500)
  expect(clock.now()).toBe(2_500)
})

test('lets a sleeper be woken by a signal', async () => {
  const clock = new StepClock(0)
  const stop = new AbortController()
  const sleeping = clock.sleepUntil(1, stop.signal)
  stop.abort(new Error('enough'))
  await expect(sleeping).rejects.toThrow('enough')
  await expect(clock.sleepUntil(1, stop.signal)).rejects.toThrow('enough')
})
