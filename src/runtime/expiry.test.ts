import { expect, test } from 'vitest'
import { ManualClock, settle } from '../testing/manualClock.ts'
import { withExpiry } from './expiry.ts'

const reason = () => new Error('too late')

test('a task that ends in time leaves no timer', async () => {
  const clock = new ManualClock()
  const task = async () => 'done'
  expect(await withExpiry(clock, 1_000, reason, task, undefined)).toBe('done')
  expect(clock.sleeping).toBe(0)
})

test('a task whose time is up is waited for until it has ended', async () => {
  const clock = new ManualClock()
  const tidied = Promise.withResolvers<void>()
  const task = async (signal: AbortSignal) => {
    await clock.sleepUntil(Number.POSITIVE_INFINITY, signal).catch(() => tidied.promise)
    throw signal.reason
  }
  let error: unknown
  const run = withExpiry(clock, 1_000, reason, task, undefined).catch((thrown) => {
    error = thrown
  })
  await clock.advance(1_000)
  expect(error).toBe(undefined)
  tidied.resolve()
  await run
  expect(error).toMatchObject({ message: 'too late' })
})

test('the signal that is given ends it too', async () => {
  const clock = new ManualClock()
  const stop = new AbortController()
  const task = (signal: AbortSignal) => clock.sleepUntil(5_000, signal)
  const run = withExpiry(clock, 1_000, reason, task, stop.signal)
  stop.abort(new Error('enough'))
  await expect(run).rejects.toThrow('enough')
  await settle()
  expect(clock.sleeping).toBe(0)
})
