import { beforeEach, expect, test } from 'vitest'
import { sleep } from '../../runtime/clock.ts'
import { withTimeout } from '../../runtime/timeout.ts'
import { ManualClock, settle } from '../../testing/manualClock.ts'
import { ChainClock } from './chainClock.ts'

let host: ManualClock
let clock: ChainClock
beforeEach(() => {
  host = new ManualClock(1_000_000)
  clock = new ChainClock({ clock: host })
})

/** Tells whether a promise has been fulfilled by now. */
function watch(promise: Promise<unknown>): () => boolean {
  let isDone = false
  promise.then(
    () => {
      isDone = true
    },
    () => undefined,
  )
  return () => isDone
}

test('is the time of the host until it is set', async () => {
  expect(clock.now()).toBe(1_000_000)
  await host.advance(5)
  expect(clock.now()).toBe(1_000_005)
})

test('flows on from the time that it is set to', async () => {
  clock.set(50)
  await host.advance(5)
  expect(clock.now()).toBe(55)
})

test('stands still at its limit', async () => {
  clock.set(50, 60)
  await host.advance(100)
  expect(clock.now()).toBe(60)
})

test('wakes a sleeper when time flows there', async () => {
  clock.set(50)
  const isAwake = watch(clock.sleepUntil(80))
  await host.advance(29)
  expect(isAwake()).toBe(false)
  await host.advance(1)
  expect(isAwake()).toBe(true)
})

test('wakes a sleeper when it is set ahead, also one behind the limit', async () => {
  clock.set(50, 60)
  const isAwake = watch(clock.sleepUntil(80))
  await host.advance(1_000)
  expect(isAwake()).toBe(false)
  clock.set(80)
  await settle()
  expect(isAwake()).toBe(true)
  expect(host.sleeping).toBe(0)
})

test('lets a sleeper sleep longer when it is set back', async () => {
  clock.set(50)
  const isAwake = watch(clock.sleepUntil(80))
  clock.set(20)
  await host.advance(59)
  expect(isAwake()).toBe(false)
  await host.advance(1)
  expect(isAwake()).toBe(true)
})

test('measures durations by the host: neither a limit nor a jump touches them', async () => {
  clock.set(50, 50)
  const slept = watch(sleep(clock, 30))
  const task = withTimeout(clock, 30, 'a task', () => new Promise<never>(() => undefined))
  const refused = expect(task).rejects.toMatchObject({ code: 'TIMEOUT' })
  clock.set(1_000)
  await host.advance(29)
  expect(slept()).toBe(false)
  await host.advance(1)
  expect(slept()).toBe(true)
  await refused
})

test('leaves no timer behind a sleeper that is called off', async () => {
  const stop = new AbortController()
  const sleeping = clock.sleepUntil(2_000_000, stop.signal)
  await settle()
  stop.abort(new Error('called off'))
  await expect(sleeping).rejects.toThrow('called off')
  expect(host.sleeping).toBe(0)
})
