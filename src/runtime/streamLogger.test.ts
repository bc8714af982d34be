import pico from 'picocolors'
import { expect, test } from 'vitest'
import { ChainError } from '../base/errors.ts'
import { createStreamLogger, type StreamLoggerOptions } from './streamLogger.ts'

const hash = `0x${'ab'.repeat(32)}`

test('text puts time, level and sentence before the fields', () => {
  const { log, lines } = setUp({ format: 'text' })
  log.info('Sealed block', { block: { number: 7n, hash }, txCount: 3, reason: 'two words' })
  expect(lines).toEqual([
    '12:00:00.250 INFO  Sealed block                     block=7:0xababab…abab txCount=3 reason="two words"\n',
  ])
})

test('text writes the stack of an unforeseen error below the line', () => {
  const { log, lines } = setUp({ format: 'text' })
  log.error('Stopped', { error: new TypeError('x is undefined') })
  const [first, second, third] = lines.join('').split('\n')
  expect(first).toContain('error={message="x is undefined"}')
  expect(second).toBe('    TypeError: x is undefined')
  expect(third).toMatch(/^ {8}at /)
})

test('an error of the operating system needs no stack', () => {
  const { log, lines } = setUp({ format: 'text' })
  const cause = Object.assign(new Error('connect refused'), { code: 'ECONNREFUSED' })
  log.warn('Call failed', { error: new ChainError('temporary', 'L1_GONE', 'no answer', { cause }) })
  expect(lines.join('').trimEnd().split('\n')).toHaveLength(1)
  expect(lines[0]).toContain('code=ECONNREFUSED')
})

test('logfmt flattens nested fields', () => {
  const { log, lines } = setUp({ format: 'logfmt' })
  log.warn('Engine is behind', { head: { number: 7n, hash }, note: 'a "b"' })
  expect(lines).toEqual([
    `t=2026-01-01T12:00:00.250Z lvl=warn msg="Engine is behind" head.number=7 head.hash=${hash} note="a \\"b\\""\n`,
  ])
})

test('json keeps a foreseen error as code, message, severity, context, advice and cause', () => {
  const { log, lines } = setUp({ format: 'json' })
  const error = new ChainError('temporary', 'L1_TIMEOUT', 'no answer in 10 s', {
    context: { endpoint: 'a', balanceWei: 10n ** 20n },
    metaMessages: ['check the endpoint'],
    cause: new ChainError('temporary', 'SOCKET', 'hang up'),
  })
  log.warn('Call failed', { error })
  expect(JSON.parse(lines[0]!)).toEqual({
    level: 'warn',
    time: '2026-01-01T12:00:00.250Z',
    msg: 'Call failed',
    error: {
      code: 'L1_TIMEOUT',
      message: 'no answer in 10 s',
      severity: 'temporary',
      endpoint: 'a',
      balanceWei: '100000000000000000000',
      try: ['check the endpoint'],
      cause: { code: 'SOCKET', message: 'hang up', severity: 'temporary' },
    },
  })
})

test('bytes are hex and long ones are cut', () => {
  const { log, lines } = setUp({ format: 'json' })
  log.info('Read', { short: new Uint8Array([1, 2]), long: new Uint8Array(100) })
  const { short, long } = JSON.parse(lines[0]!)
  expect(short).toBe('0x0102')
  expect(long).toBe(`0x${'00'.repeat(32)}… (100 bytes)`)
})

test('a value that contains itself does not hang the log', () => {
  const { log, lines } = setUp({ format: 'json' })
  const self: Record<string, unknown> = {}
  self['self'] = self
  log.info('Odd', { self })
  expect(lines).toHaveLength(1)
})

test('writes nothing below its level', () => {
  const { log, lines } = setUp({ level: 'warn' })
  log.debug('a')
  log.info('b')
  log.warn('c')
  expect(lines).toHaveLength(1)
})

test('a child adds its fields to every line', () => {
  const { log, lines } = setUp({ format: 'logfmt' })
  log.child({ chain: 901 }).info('Ready', { port: 8551 })
  expect(lines[0]).toContain('msg=Ready chain=901 port=8551')
})

function setUp(options: Partial<StreamLoggerOptions>) {
  const lines: string[] = []
  const log = createStreamLogger(
    { level: 'debug', format: 'json', colors: pico.createColors(false), ...options },
    {
      write: (line) => lines.push(line),
      clock: { now: () => Date.UTC(2026, 0, 1, 12, 0, 0, 250) },
    },
  )
  return { log, lines }
}
