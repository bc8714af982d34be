import { describe, expect, it } from 'vitest'
import { nextTurn } from './nextTurn.ts'
import { Turnstile } from './turnstile.ts'

/** Tasks that take a millisecond each, and somebody else who only wants a turn now and then. */
function setUp() {
  let nowMs = 0
  const turns = new Turnstile(5, { now: () => nowMs })
  const events: string[] = []
  const task = async (name: string, pieces = 1) => {
    await turns.pass()
    for (let piece = 0; piece < pieces; piece++) {
      nowMs++
      events.push(name)
      await turns.pauseWhenSpent()
    }
  }
  const other = async (times: number) => {
    for (let i = 0; i < times; i++) {
      await nextTurn()
      events.push('other')
    }
  }
  return { turns, events, task, other }
}

/** How often something happened between two turns of the other one, at most. */
const longestWait = (events: readonly string[]) =>
  Math.max(
    ...events
      .join(' ')
      .split('other')
      .map((part) => part.trim().split(/\s+/).length),
  )

describe('turnstile', () => {
  it('lets tasks through in the order they came, so many in a turn as the slice holds', async () => {
    const { events, task, other } = setUp()
    const names = Array.from({ length: 23 }, (_, i) => `task${i}`)
    const rest = other(6)
    await Promise.all(names.map((name) => task(name)))
    await rest
    expect(events.filter((name) => name !== 'other')).toEqual(names)
    expect(events.slice(0, -1)).toContain('other')
    expect(longestWait(events)).toBeLessThanOrEqual(5)
  })

  it('gives long tasks one slice together, not one each', async () => {
    const { events, task, other } = setUp()
    const rest = other(30)
    await Promise.all(Array.from({ length: 10 }, (_, i) => task(`task${i}`, 10)))
    await rest
    expect(events).toHaveLength(130)
    // When the slice ends, those that are in it finish what they are at.
    expect(longestWait(events)).toBeLessThanOrEqual(10)
  })

  it('keeps nobody waiting once all are through', async () => {
    const { events, task } = setUp()
    await task('first')
    await nextTurn()
    await task('second')
    expect(events).toEqual(['first', 'second'])
  })
})
