import { expect, test } from 'vitest'
import { Parts } from './parts.ts'

function note(log: string[], name: string, ended: Promise<void> = Promise.resolve()) {
  return {
    async close() {
      log.push(`${name} closes`)
      await ended
      log.push(`${name} closed`)
    },
  }
}

test('ends what was added last first, and the parts of a group side by side', async () => {
  const log: string[] = []
  const parts = new Parts({ patienceMs: 1_000 })
  parts.add(note(log, 'files'))
  parts.beginGroup()
  parts.add(note(log, 'engine'))
  parts.add(note(log, 'L1'))
  await parts.close()
  expect(log).toEqual([
    'engine closes',
    'L1 closes',
    'engine closed',
    'L1 closed',
    'files closes',
    'files closed',
  ])
})

test('goes on without a part that takes too long, yet ends only after it', async () => {
  const log: string[] = []
  const { promise, resolve } = Promise.withResolvers<void>()
  const parts = new Parts({ patienceMs: 5 })
  parts.add({
    async close() {
      log.push('engine closes')
      resolve()
    },
  })
  parts.beginGroup()
  parts.add(note(log, 'node', promise))
  await parts.close()
  expect(log).toEqual(['node closes', 'engine closes', 'node closed'])
})

test('ends the others when one cannot be ended, and then says so', async () => {
  const log: string[] = []
  const parts = new Parts({ patienceMs: 1_000 })
  parts.add(note(log, 'files'))
  parts.beginGroup()
  parts.add({ close: () => Promise.reject(new Error('stuck')) })
  await expect(parts.close()).rejects.toThrow('stuck')
  expect(log).toContain('files closed')
})

test('closes once', async () => {
  const log: string[] = []
  const parts = new Parts({ patienceMs: 1_000 })
  parts.add(note(log, 'files'))
  await Promise.all([parts.close(), parts.close()])
  expect(log).toEqual(['files closes', 'files closed'])
})
