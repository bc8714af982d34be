import { expect, it } from 'vitest'
import { SerialExecutor } from './serial.ts'

it('tasks run one at a time, in the order they were asked, also behind one that fails', async () => {
  const line = new SerialExecutor()
  const gate = Promise.withResolvers<void>()
  const log: string[] = []
  const first = line.run(async () => {
    log.push('first begins')
    await gate.promise
    log.push('first fails')
    throw new Error('scripted')
  })
  const second = line.run(async () => {
    log.push('second')
    return 2
  })
  gate.resolve()
  await expect(first).rejects.toThrow('scripted')
  expect(await second).toBe(2)
  expect(log).toEqual(['first begins', 'first fails', 'second'])
})
