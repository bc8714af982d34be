import { describe, expect, it } from 'vitest'
import { ManualClock, settle } from '../testing/manualClock.ts'
import { backoffDelayMs } from './backoff.ts'
import { retry } from './retry.ts'

const options = { maxAttempts: 3, baseDelayMs: 100, maxDelayMs: 1_000 }

function failing(times: number) {
  const attempts: number[] = []
  const task = async (attempt: number) => {
    attempts.push(attempt)
    if (attempt <= times) throw new Error(`failure ${attempt}`)
    return 'done'
  }
  return { attempts, task }
}

describe('retry', () => {
  const deps = () => ({ clock: new ManualClock(), random: () => 0.5 })

  it('tries again after a growing delay', async () => {
    const { clock, random } = deps()
    const { task, attempts } = failing(2)
    const result = retry(task, () => true, options, { clock, random })
    await settle()
    await clock.advance(74)
    expect(attempts).toEqual([1])
    await clock.advance(1)
    expect(attempts).toEqual([1, 2])
    await clock.advance(150)
    expect(await result).toBe('done')
  })

  it('gives up with the last error', async () => {
    const { clock, random } = deps()
    const { task, attempts } = failing(5)
    const failed = expect(retry(task, () => true, options, { clock, random })).rejects.toThrow(
      'failure 3',
    )
    await clock.advance(10_000)
    await failed
    expect(attempts).toEqual([1, 2, 3])
  })

  it('does not repeat what cannot succeed', async () => {
    const { task, attempts } = failing(1)
    await expect(retry(task, () => false, options, deps())).rejects.toThrow('failure 1')
    expect(attempts).toEqual([1])
  })

  it('stops waiting when it is told to', async () => {
    const { clock, random } = deps()
    const stop = new AbortController()
    const result = retry(failing(1).task, () => true, options, { clock, random }, stop.signal)
    const failed = expect(result).rejects.toThrow('stopped')
    await settle()
    stop.abort(new Error('stopped'))
    await failed
    expect(clock.sleeping).toBe(0)
  })
})

describe('backoff', () => {
  it('doubles up to its bound, and the upper half is random', () => {
    const bounds = { baseDelayMs: 100, maxDelayMs: 1_000 }
    expect([1, 2, 3, 4, 5, 60].map((n) => backoffDelayMs(n, bounds, () => 0))).toEqual([
      50, 100, 200, 400, 500, 500,
    ])
    expect(backoffDelayMs(1, bounds, () => 0.999)).toBeCloseTo(99.95)
  })
})
