import { describe, expect, it } from 'vitest'
import { settle } from '../testing/manualClock.ts'
import { type Logger, silentLogger } from './logger.ts'
import { TaskGroup } from './taskGroup.ts'

describe('TaskGroup', () => {
  it('aborts its tasks and waits for them when it closes', async () => {
    const tasks = new TaskGroup({ logger: silentLogger })
    let isOver = false
    tasks.spawn('long', async (signal) => {
      await new Promise((resolve) => signal.addEventListener('abort', resolve))
      await settle()
      isOver = true
    })
    await tasks.close()
    expect(isOver).toBe(true)
  })

  it('logs what a task throws', async () => {
    const lines: string[] = []
    const logger: Logger = { ...silentLogger, warn: (message) => void lines.push(message) }
    const tasks = new TaskGroup({ logger })
    tasks.spawn('broken', async () => {
      throw new Error('broken')
    })
    await settle()
    expect(lines).toEqual(['Background task failed'])
    await tasks.close()
  })

  it('starts nothing after it has closed', async () => {
    const tasks = new TaskGroup({ logger: silentLogger })
    await tasks.close()
    let hasRun = false
    tasks.spawn('late', async () => {
      hasRun = true
    })
    expect(hasRun).toBe(false)
  })
})

it('settles when the last task has ended, also one that another one began', async () => {
  const tasks = new TaskGroup({ logger: silentLogger })
  const order: string[] = []
  const first = Promise.withResolvers<void>()
  tasks.spawn('first', async () => {
    await first.promise
    tasks.spawn('second', async () => {
      await new Promise(setImmediate)
      order.push('second ended')
    })
  })
  const settled = tasks.settled().then(() => order.push('settled'))
  first.resolve()
  await settled
  expect(order).toEqual(['second ended', 'settled'])
})
