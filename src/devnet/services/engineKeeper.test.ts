import { expect, test } from 'vitest'
import { ChainError } from '../../base/errors.ts'
import { silentLogger } from '../../runtime/logger.ts'
import { ManualClock, settle } from '../../testing/manualClock.ts'
import { keepEngineRunning } from './engineKeeper.ts'

/** An engine whose next restarts fail that many times. */
class FragileEngine {
  restarts = 0
  failures = 0
  die = () => {}

  onExit(listener: (cause: ChainError) => void) {
    this.die = () => listener(new ChainError('temporary', 'ENGINE_GONE', 'gone'))
  }

  async restart() {
    this.restarts++
    if (this.failures-- > 0) throw new Error('cannot start')
  }
}

function keep(wanted = true) {
  const engine = new FragileEngine()
  const clock = new ManualClock()
  const stop = new AbortController()
  const deps = { clock, random: () => 0, logger: silentLogger, isWanted: () => wanted }
  const ended = keepEngineRunning(engine, deps, stop.signal).catch((error: Error) => error.message)
  return { engine, clock, ended, stop: () => stop.abort(new Error('stopped')) }
}

test('restarts the engine each time it dies', async () => {
  const { engine, ended, stop } = keep()
  for (const expected of [1, 2]) {
    engine.die()
    await settle()
    expect(engine.restarts).toBe(expected)
  }
  stop()
  expect(await ended).toBe('stopped')
})

test('tries again, ever more slowly, while the engine cannot start', async () => {
  const { engine, clock, ended, stop } = keep()
  engine.failures = 2
  engine.die()
  await clock.advance(99)
  expect(engine.restarts).toBe(1)
  await clock.advance(1)
  expect(engine.restarts).toBe(2)
  await clock.advance(200)
  expect(engine.restarts).toBe(3)
  stop()
  expect(await ended).toBe('stopped')
})

test('leaves an engine alone that was told to stop', async () => {
  const { engine, ended, stop } = keep()
  stop()
  expect(await ended).toBe('stopped')
  expect(engine.restarts).toBe(0)
})

test('leaves an engine dead that is to stay dead', async () => {
  const { engine, ended, stop } = keep(false)
  engine.die()
  await settle()
  expect(engine.restarts).toBe(0)
  stop()
  expect(await ended).toBe('stopped')
})
