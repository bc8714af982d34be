import { once } from 'node:events'
import { describe, expect, it } from 'vitest'
import { ManualClock, settle } from '../testing/manualClock.ts'
import { DeadlineError, withDeadline } from './deadline.ts'

const untilAborted = async (signal: AbortSignal) => {
  await once(signal, 'abort')
  throw signal.reason
}

describe('withDeadline', () => {
  it('gives the result of a task that ends in time, and leaves no timer', async () => {
    const clock = new ManualClock()
    expect(await withDeadline(100, clock, undefined, async () => 5)).toBe(5)
    expect(clock.sleeping).toBe(0)
  })

  it('aborts a task that takes longer', async () => {
    const clock = new ManualClock()
    const late = expect(withDeadline(100, clock, undefined, untilAborted)).rejects.toThrow(
      DeadlineError,
    )
    await clock.advance(100)
    await late
  })

  it('passes on the abort of the outer signal', async () => {
    const clock = new ManualClock()
    const outer = new AbortController()
    const ended = expect(withDeadline(100, clock, outer.signal, untilAborted)).rejects.toThrow(
      'shutting down',
    )
    await settle()
    outer.abort(new Error('shutting down'))
    await ended
    expect(clock.sleeping).toBe(0)
  })

  it('does not begin under a signal that has aborted, and leaves no timer', async () => {
    const clock = new ManualClock()
    const signal = AbortSignal.abort(new Error('too late'))
    await expect(withDeadline(100, clock, signal, async () => 5)).rejects.toThrow('too late')
    expect(clock.sleeping).toBe(0)
  })
})
