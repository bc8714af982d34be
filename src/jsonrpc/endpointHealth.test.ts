import { describe, expect, it } from 'vitest'
import { EndpointHealth } from './endpointHealth.ts'

const health = () =>
  new EndpointHealth(['a', 'b'], {
    backoff: { baseDelayMs: 1_000, maxDelayMs: 60_000 },
    random: () => 0,
  })

describe('EndpointHealth', () => {
  it('prefers the first', () => {
    expect(health().candidates(0)).toEqual(['a', 'b'])
  })

  it('passes over one that failed, then tries it again', () => {
    const state = health()
    state.failed('a', 0, 0)
    expect(state.candidates(499)).toEqual(['b'])
    expect(state.candidates(500)).toEqual(['a', 'b'])
  })

  it('lets one call at a time try an endpoint that had failed', () => {
    const state = health()
    state.failed('a', 0, 0)
    state.trying('a', 500, 10_000)
    expect(state.candidates(600)).toEqual(['b'])
    state.succeeded('a')
    expect(state.candidates(600)).toEqual(['a', 'b'])
  })

  it('takes the failures of requests that were under way together for one', () => {
    const state = health()
    for (const startedAt of [0, 1, 2]) state.failed('a', startedAt, 10)
    expect(state.candidates(510)).toEqual(['a', 'b'])
  })

  it('waits longer after each failure', () => {
    const state = health()
    state.failed('a', 0, 0)
    state.failed('a', 1, 1)
    expect(state.candidates(1_000)).toEqual(['b'])
  })

  it('tries the one that failed longest ago when all have', () => {
    const state = health()
    state.failed('b', 0, 0)
    state.failed('a', 10, 10)
    expect(state.candidates(20)).toEqual(['b', 'a'])
  })

  it('says since when none works', () => {
    const state = health()
    state.failed('a', 0, 10)
    expect(state.outSinceMs).toBe(Infinity)
    state.failed('b', 20, 30)
    state.failed('a', 40, 50)
    expect(state.outSinceMs).toBe(30)
    state.succeeded('a')
    expect(state.outSinceMs).toBe(Infinity)
  })

  it('grants pauses, and says when the first ends', () => {
    const state = health()
    state.paused('a', 100)
    expect(state.candidates(0)).toEqual(['b'])
    state.paused('b', 50)
    expect([state.candidates(0), state.pausedUntil]).toEqual([[], 50])
    expect(state.candidates(50)).toEqual(['b'])
  })
})
