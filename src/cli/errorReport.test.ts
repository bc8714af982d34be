import pico from 'picocolors'
import { expect, test } from 'vitest'
import { ChainError, ConfigError } from '../base/errors.ts'
import { exitCodeOf, formatErrorJson, formatErrorText } from './errorReport.ts'

const colors = pico.createColors(false)

const portTaken = new ConfigError(7, 'PORT_TAKEN', 'port 8545 is taken', {
  metaMessages: ['stop what listens there', 'or choose another with --l1-port'],
  docsPath: 'README.md#exit-codes',
  cause: new Error('listen EADDRINUSE'),
})

test('people read code, message, advice, page and cause', () => {
  expect(formatErrorText(portTaken, colors)).toBe(
    [
      'error PORT_TAKEN port 8545 is taken',
      '  try: stop what listens there',
      '  try: or choose another with --l1-port',
      '  docs: README.md#exit-codes',
      '  because: listen EADDRINUSE',
      '',
    ].join('\n'),
  )
})

test('several faults of one kind stand apart from what to try', () => {
  const error = new ConfigError(3, 'ROLLUP_CONFIG_INVALID', 'block_time is missing', {
    alsoWrong: ['genesis is missing'],
    metaMessages: ['check the file'],
  })
  expect(formatErrorText(error, colors)).toBe(
    [
      'error ROLLUP_CONFIG_INVALID block_time is missing',
      '  also: genesis is missing',
      '  try: check the file',
      '',
    ].join('\n'),
  )
  expect(JSON.parse(formatErrorJson(error))).toMatchObject({
    also: ['genesis is missing'],
    try: ['check the file'],
  })
})

test('machines read the same as one line of JSON', () => {
  const text = formatErrorJson(portTaken)
  expect(text.split('\n')).toHaveLength(2)
  expect(JSON.parse(text)).toMatchObject({
    level: 'error',
    code: 'PORT_TAKEN',
    msg: 'port 8545 is taken',
    exitCode: 7,
    try: ['stop what listens there', 'or choose another with --l1-port'],
    causes: ['listen EADDRINUSE'],
  })
})

test('an error that takt did not foresee keeps its stack and asks for a report', () => {
  const text = formatErrorText(new TypeError('x is undefined'), colors)
  expect(text).toContain('error INTERNAL x is undefined')
  expect(text).toMatch(/TypeError: x is undefined\n +at /)
  expect(text).toContain('Please report it')
})

test('what is thrown need not be an error', () => {
  expect(formatErrorText('plain words', colors)).toContain('error INTERNAL plain words')
})

test('causes that form a ring do not hang the report', () => {
  const error = new ChainError('critical', 'A', 'a')
  error.cause = error
  expect(formatErrorText(error, colors)).toBe('error A a\n')
})

test('what the message says already is not said again as its cause', () => {
  const refused = new Error('connect ECONNREFUSED', { cause: new Error('the socket') })
  const error = new ConfigError(6, 'A', 'no answer: connect ECONNREFUSED', { cause: refused })
  expect(formatErrorText(error, colors)).toBe(
    'error A no answer: connect ECONNREFUSED\n  because: the socket\n',
  )
})

test.each([
  ['a wrong set-up ends with the code it carries', portTaken, 7],
  ['a broken rule of the chain is internal', new ChainError('critical', 'A', 'a'), 1],
  ['anything else is internal', new Error('x'), 1],
])('%s', (_, error, code) => {
  expect(exitCodeOf(error)).toBe(code)
})
