import { describe, expect, it } from 'vitest'
import { ManualClock, settle } from '../testing/manualClock.ts'
import { RateLimit } from './rateLimit.ts'

describe('RateLimit', () => {
  const setUp = () => {
    const clock = new ManualClock()
    return { clock, limit: new RateLimit({ count: 3, periodMs: 1_000 }, { clock }) }
  }

  it('lets so many pass in any period', async () => {
    const { clock, limit } = setUp()
    const passedMs: number[] = []
    const run = (async () => {
      for (let i = 0; i < 10; i++) {
        await limit.pass()
        passedMs.push(clock.now())
      }
    })()
    await clock.advance(10_000)
    await run
    expect(passedMs).toEqual([0, 0, 0, 1_000, 1_000, 1_000, 2_000, 2_000, 2_000, 3_000])
  })

  it('holds nothing back after it has forgiven', async () => {
    const { clock, limit } = setUp()
    for (let i = 0; i < 10; i++) {
      await limit.pass()
      limit.forgive()
    }
    expect(clock.now()).toBe(0)
  })

  it('ends a wait with the reason of its signal', async () => {
    const { limit } = setUp()
    for (let i = 0; i < 3; i++) await limit.pass()
    const stop = new AbortController()
    const waiting = limit.pass(stop.signal)
    await settle()
    stop.abort(new Error('enough'))
    await expect(waiting).rejects.toThrow('enough')
  })
})
