import { once } from 'node:events'
import { describe, expect, it } from 'vitest'
import { withLinkedSignal } from './linkedSignal.ts'

describe('withLinkedSignal', () => {
  it('aborts with the first of its signals, and its reason', async () => {
    const [first, second] = [new AbortController(), new AbortController()]
    const reason = withLinkedSignal([first.signal, undefined, second.signal], async (signal) => {
      await once(signal, 'abort')
      return signal.reason
    })
    second.abort('second')
    first.abort('first')
    expect(await reason).toBe('second')
  })

  it('does not begin when one has aborted', async () => {
    const task = withLinkedSignal([AbortSignal.abort(new Error('too late'))], async () => 'begun')
    await expect(task).rejects.toThrow('too late')
  })

  it('leaves the task alone after it has ended', async () => {
    const outer = new AbortController()
    const inner = await withLinkedSignal([outer.signal], async (signal) => signal)
    outer.abort()
    expect(inner.aborted).toBe(false)
  })
})
