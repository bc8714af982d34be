import { describe, expect, it } from 'vitest'
import { ManualClock, settle } from '../testing/manualClock.ts'
import { Mailbox } from './mailbox.ts'

const setUp = (capacity = 3) => {
  const clock = new ManualClock()
  const stop = new AbortController()
  return { clock, stop, mailbox: new Mailbox<string>({ capacity }, { clock }) }
}

describe('Mailbox', () => {
  it('hands messages out in the order they came', async () => {
    const { mailbox, stop } = setUp()
    for (const message of ['a', 'b', 'c']) mailbox.post(message)
    const read = () => mailbox.receive(0, stop.signal)
    expect([await read(), await read(), await read(), await read()]).toEqual([
      'a',
      'b',
      'c',
      undefined,
    ])
  })

  it('refuses what it cannot hold', () => {
    const { mailbox } = setUp(2)
    expect([mailbox.post('a'), mailbox.post('b'), mailbox.post('c')]).toEqual([true, true, false])
    expect(mailbox.length).toBe(2)
  })

  it('keeps the newest of messages with the same key, in the place of the first', async () => {
    const { mailbox, stop } = setUp(2)
    mailbox.post('head 1', 'head')
    mailbox.post('other')
    expect(mailbox.post('head 2', 'head')).toBe(true)
    expect(await mailbox.receive(0, stop.signal)).toBe('head 2')
    expect(await mailbox.receive(0, stop.signal)).toBe('other')
  })

  it('wakes a reader for a message', async () => {
    const { mailbox, stop, clock } = setUp()
    const received = mailbox.receive(Number.POSITIVE_INFINITY, stop.signal)
    await settle()
    mailbox.post('a')
    expect(await received).toBe('a')
    expect(clock.sleeping).toBe(0)
  })

  it('wakes a reader when its time is up', async () => {
    const { mailbox, stop, clock } = setUp()
    const received = mailbox.receive(100, stop.signal)
    await clock.advance(100)
    expect(await received).toBeUndefined()
  })

  it('wakes a reader that is called, also one that comes after the call', async () => {
    const { mailbox, stop } = setUp()
    mailbox.wake()
    expect(await mailbox.receive(100, stop.signal)).toBeUndefined()
    const received = mailbox.receive(100, stop.signal)
    await settle()
    mailbox.wake()
    expect(await received).toBeUndefined()
  })

  it('ends a reader with the reason of its signal, and leaves no timer', async () => {
    const { mailbox, stop, clock } = setUp()
    const received = mailbox.receive(100, stop.signal)
    await settle()
    stop.abort(new Error('enough'))
    await expect(received).rejects.toThrow('enough')
    expect(clock.sleeping).toBe(0)
    await expect(mailbox.receive(100, stop.signal)).rejects.toThrow('enough')
  })

  it('gives up what is unread', () => {
    const { mailbox } = setUp()
    mailbox.post('a')
    mailbox.post('b')
    expect(mailbox.drain()).toEqual(['a', 'b'])
    expect(mailbox.length).toBe(0)
  })
})
