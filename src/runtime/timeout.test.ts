import { describe, expect, it } from 'vitest'
import { ManualClock, settle } from '../testing/manualClock.ts'
import { withTimeout } from './timeout.ts'

describe('withTimeout', () => {
  it('gives the result of a task that ends in time, and leaves no timer', async () => {
    const clock = new ManualClock()
    expect(await withTimeout(clock, 100, 'it', async () => 7)).toBe(7)
    await settle()
    expect(clock.sleeping).toBe(0)
  })

  it('gives up a task that pays no heed', async () => {
    const clock = new ManualClock()
    const result = withTimeout(clock, 100, 'it', () => new Promise(() => undefined))
    result.catch(() => undefined)
    await clock.advance(100)
    await expect(result).rejects.toMatchObject({ severity: 'temporary', code: 'TIMEOUT' })
  })

  it("aborts the task's signal", async () => {
    const clock = new ManualClock()
    let seen: AbortSignal | undefined
    const result = withTimeout(clock, 100, 'it', (signal) => {
      seen = signal
      return new Promise(() => undefined)
    })
    result.catch(() => undefined)
    await clock.advance(99)
    expect(seen!.aborted).toBe(false)
    await clock.advance(1)
    expect(seen!.aborted).toBe(true)
  })

  it('passes the error of the task on', async () => {
    const clock = new ManualClock()
    const failing = withTimeout(clock, 100, 'it', async () => {
      throw new Error('broken')
    })
    await expect(failing).rejects.toThrow('broken')
  })

  it('ends with the reason of the outer signal', async () => {
    const clock = new ManualClock()
    const stop = new AbortController()
    const result = withTimeout(clock, 100, 'it', () => new Promise(() => undefined), stop.signal)
    stop.abort(new Error('enough'))
    await expect(result).rejects.toThrow('enough')
    const late = withTimeout(clock, 100, 'it', async () => 7, stop.signal)
    await expect(late).rejects.toThrow('enough')
    expect(clock.sleeping).toBe(0)
  })
})
