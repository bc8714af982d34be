import { once } from 'node:events'
import { describe, expect, it } from 'vitest'
import { type Loop, runTogether } from './runTogether.ts'

const untilAborted: Loop = async (signal) => {
  if (!signal.aborted) await once(signal, 'abort')
}

describe('runTogether', () => {
  it('ends when all loops have ended', async () => {
    const ended: string[] = []
    const loop =
      (name: string): Loop =>
      async () =>
        void ended.push(name)
    await runTogether([loop('a'), loop('b')], new AbortController().signal)
    expect(ended).toEqual(['a', 'b'])
  })

  it('ends the loops with its signal, without an error', async () => {
    const stop = new AbortController()
    const running = runTogether([untilAborted, untilAborted], stop.signal)
    stop.abort(new Error('stop'))
    await running
  })

  it('ends the others when one fails, and throws what that one threw', async () => {
    const order: string[] = []
    const other: Loop = async (signal) => {
      await untilAborted(signal)
      order.push('the other ended')
    }
    const failing: Loop = async () => {
      throw new Error('broken')
    }
    const running = runTogether([other, failing], new AbortController().signal)
    await running.catch(() => order.push('the error came'))
    await expect(running).rejects.toThrow('broken')
    expect(order).toEqual(['the other ended', 'the error came'])
  })

  it('takes an error that the end brings for part of the end', async () => {
    const stop = new AbortController()
    const loop: Loop = async (signal) => {
      await untilAborted(signal)
      throw signal.reason
    }
    const running = runTogether([loop], stop.signal)
    stop.abort(new Error('stop'))
    await running
  })
})
