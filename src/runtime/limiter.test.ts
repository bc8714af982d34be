import { describe, expect, it } from 'vitest'
import { settle } from '../testing/manualClock.ts'
import { Limiter } from './limiter.ts'

function gated(limiter: Limiter, log: string[], name: string, signal?: AbortSignal) {
  const gate = Promise.withResolvers<void>()
  const ended = limiter.run(async () => {
    log.push(name)
    await gate.promise
  }, signal)
  return { open: gate.resolve, fail: gate.reject, ended }
}

describe('Limiter', () => {
  it('runs as many as it may, the others in order', async () => {
    const log: string[] = []
    const limiter = new Limiter(2)
    const [a, b, c, d] = ['a', 'b', 'c', 'd'].map((name) => gated(limiter, log, name))
    await settle()
    expect(log).toEqual(['a', 'b'])
    b!.open()
    await settle()
    expect(log).toEqual(['a', 'b', 'c'])
    for (const { open } of [a!, c!, d!]) open()
    await d!.ended
    expect(log).toEqual(['a', 'b', 'c', 'd'])
  })

  it('frees the place of a task that fails', async () => {
    const log: string[] = []
    const limiter = new Limiter(1)
    const first = gated(limiter, log, 'first')
    first.fail(new Error('broken'))
    await expect(first.ended).rejects.toThrow('broken')
    expect(await limiter.run(async () => 'second')).toBe('second')
  })

  it('lets those who wait leave the line', async () => {
    const log: string[] = []
    const limiter = new Limiter(1)
    const first = gated(limiter, log, 'first')
    const leave = new AbortController()
    const second = gated(limiter, log, 'second', leave.signal)
    const third = gated(limiter, log, 'third')
    leave.abort(new Error('left'))
    await expect(second.ended).rejects.toThrow('left')
    first.open()
    third.open()
    await third.ended
    expect(log).toEqual(['first', 'third'])
  })
})
