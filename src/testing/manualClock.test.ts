import { describe, expect, it } from 'vitest'
import { sleep } from '../runtime/clock.ts'
import { ManualClock } from './manualClock.ts'

describe('ManualClock', () => {
  it('wakes sleepers in the order of their times, each at its own', async () => {
    const clock = new ManualClock()
    const woken: [string, number][] = []
    const nap = async (name: string, durationMs: number) => {
      await sleep(clock, durationMs)
      woken.push([name, clock.now()])
    }
    void nap('late', 30)
    void nap('early', 10)
    void nap('never', 100)
    await clock.advance(50)
    expect(woken).toEqual([
      ['early', 10],
      ['late', 30],
    ])
    expect(clock.now()).toBe(50)
    expect(clock.sleeping).toBe(1)
  })

  it('lets what a sleeper sets off sleep again within the same advance', async () => {
    const clock = new ManualClock()
    let count = 0
    void (async () => {
      for (;;) {
        await sleep(clock, 10)
        count++
      }
    })()
    await clock.advance(100)
    expect(count).toBe(10)
  })

  it('does not wait for what is past', async () => {
    const clock = new ManualClock(100)
    await clock.sleepUntil(100)
    await clock.sleepUntil(50)
    expect(clock.now()).toBe(100)
  })

  it('ends a sleep with the reason of its signal', async () => {
    const clock = new ManualClock()
    const stop = new AbortController()
    const asleep = clock.sleepUntil(10, stop.signal)
    stop.abort(new Error('enough'))
    await expect(asleep).rejects.toThrow('enough')
    await expect(clock.sleepUntil(10, stop.signal)).rejects.toThrow('enough')
    expect(clock.sleeping).toBe(0)
  })

  it('can be set without waking anyone', async () => {
    const clock = new ManualClock(100)
    let isAwake = false
    void clock.sleepUntil(200).then(() => {
      isAwake = true
    })
    clock.set(150)
    clock.set(50)
    await clock.advance(100)
    expect([isAwake, clock.now()]).toEqual([false, 150])
    await clock.advance(50)
    expect(isAwake).toBe(true)
  })
})
