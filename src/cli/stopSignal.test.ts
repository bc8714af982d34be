import { expect, test } from 'vitest'
import { ManualClock, settle } from '../testing/manualClock.ts'
import { runUntilStopped } from './stopSignal.ts'

test('a command that ends by itself ends with 0', async () => {
  const { result, host } = start(async () => {})
  expect(await result).toBe(0)
  expect(host.listeners.size).toBe(0)
})

test('an error of the command is passed on', async () => {
  const { result } = start(async () => {
    throw new Error('port taken')
  })
  await expect(result).rejects.toThrow('port taken')
})

test('the first signal asks the command to stop, and 0 is the answer', async () => {
  const { result, host, clock } = start(untilAborted)
  host.signal('SIGINT')
  expect(await result).toBe(0)
  expect(host.exits).toEqual([])
  expect(clock.sleeping).toBe(0)
})

test('an error after the signal is said but is no failure', async () => {
  const { result, host } = start(async (signal) => {
    await untilAborted(signal).catch(() => {})
    throw new Error('socket hang up')
  })
  host.signal('SIGTERM')
  expect(await result).toBe(0)
  expect(host.printed).toEqual(['takt: while stopping: Error: socket hang up\n'])
})

test('a second signal ends the process at once', async () => {
  const { host, clock } = start(() => new Promise(() => {}))
  host.signal('SIGINT')
  await clock.advance(501)
  host.signal('SIGINT')
  expect(host.exits).toEqual([1])
})

test('one Ctrl-C that arrives twice is one signal', async () => {
  const { host, clock } = start(() => new Promise(() => {}))
  host.signal('SIGINT')
  await clock.advance(20)
  host.signal('SIGINT')
  expect(host.exits).toEqual([])
})

test('a command that does not stop is ended after five seconds', async () => {
  const { host, clock } = start(() => new Promise(() => {}))
  host.signal('SIGTERM')
  await clock.advance(4_999)
  expect(host.exits).toEqual([])
  await clock.advance(1)
  await settle()
  expect(host.exits).toEqual([1])
})

test('time in which the process could not run does not count', async () => {
  const { host, clock } = start(() => new Promise(() => {}))
  host.signal('SIGTERM')
  await clock.advance(1_000)
  clock.set(clock.now() + 3_600_000)
  await clock.advance(3_000)
  expect(host.exits).toEqual([])
  await clock.advance(1_000)
  expect(host.exits).toEqual([1])
})

function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
}

test('a command that has work left at the end is given more time', async () => {
  const { host, clock } = start(() => new Promise(() => {}), { lastWorkMs: 60_000 })
  host.signal('SIGTERM')
  await clock.advance(64_999)
  expect(host.exits).toEqual([])
  await clock.advance(1)
  await settle()
  expect(host.exits).toEqual([1])
})

function start(
  run: (signal: AbortSignal) => Promise<void>,
  options?: { readonly lastWorkMs: number },
) {
  const clock = new ManualClock()
  const listeners = new Set<(name: 'SIGINT' | 'SIGTERM') => void>()
  const host = {
    clock,
    listeners,
    printed: [] as string[],
    exits: [] as number[],
    stderr: { isTerminal: false, write: (text: string) => host.printed.push(text) },
    exit: (code: number) => host.exits.push(code),
    onStopSignal(listener: (name: 'SIGINT' | 'SIGTERM') => void) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    signal: (name: 'SIGINT' | 'SIGTERM') => {
      for (const listener of listeners) listener(name)
    },
  }
  return { result: runUntilStopped(run, host, options), host, clock }
}
