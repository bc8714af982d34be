import { expect, test } from 'vitest'
import { ChainError } from '../base/errors.ts'
import type { LogFields, Logger } from './logger.ts'
import { createRateLimitedLogger } from './rateLimitedLogger.ts'

test('writes the first line of a series at once and holds back its repeats', () => {
  const { log, lines } = setUp()
  for (let i = 0; i < 5; i++) log.warn('L1 does not answer', { attempt: i })
  expect(lines).toEqual(['warn L1 does not answer {"attempt":0}'])
})

test('writes the latest repeat with their count when the window is over', () => {
  const { log, lines, advance } = setUp()
  for (let i = 0; i < 5; i++) log.warn('L1 does not answer', { attempt: i })
  advance(10_000)
  log.info('Sealed block')
  expect(lines.slice(1)).toEqual([
    'warn L1 does not answer {"attempt":4,"repeats":4}',
    'info Sealed block undefined',
  ])
})

test('a series that goes on is written once in every window', () => {
  const { log, lines, advance } = setUp()
  for (let second = 0; second < 60; second++) {
    log.error('Engine is gone')
    advance(1_000)
  }
  expect(lines).toHaveLength(6)
})

test('a series that ended is not remembered', () => {
  const { log, lines, advance } = setUp()
  log.warn('Late')
  advance(10_000)
  log.warn('Late')
  expect(lines).toEqual(['warn Late undefined', 'warn Late undefined'])
})

test('tells series apart by level, sentence, error code and child', () => {
  const { log, lines } = setUp()
  log.warn('Call failed')
  log.error('Call failed')
  log.warn('Call failed', { error: new ChainError('temporary', 'L1_TIMEOUT', 'no answer') })
  log.warn('Call failed', { error: new ChainError('temporary', 'L1_REFUSED', 'refused') })
  log.child({ endpoint: 'a' }).warn('Call failed')
  log.child({ endpoint: 'b' }).warn('Call failed')
  expect(lines).toHaveLength(6)
})

test('never holds back info and debug', () => {
  const { log, lines } = setUp()
  for (let i = 0; i < 3; i++) log.info('Sealed block')
  for (let i = 0; i < 3; i++) log.debug('Asked')
  expect(lines).toHaveLength(6)
})

function setUp() {
  const lines: string[] = []
  let nowMs = 0
  const write = (level: string) => (message: string, fields?: LogFields) => {
    const { error, ...rest } = fields ?? {}
    lines.push(`${level} ${message} ${error ? 'with error' : JSON.stringify(fields && rest)}`)
  }
  const logger: Logger = {
    debug: write('debug'),
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
    child: () => logger,
  }
  const log = createRateLimitedLogger({ windowMs: 10_000 }, { logger, clock: { now: () => nowMs } })
  return { log, lines, advance: (ms: number) => (nowMs += ms) }
}
