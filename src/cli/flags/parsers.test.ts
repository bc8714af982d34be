import { expect, test } from 'vitest'
import {
  parseAddress,
  parseBoolean,
  parseChoice,
  parseDurationMs,
  parseGwei,
  parseGweiLimit,
  parseInteger,
  parseList,
  parseRpcUrl,
  parseUrl,
} from './parsers.ts'

test.each([
  ['250', 250],
  ['500ms', 500],
  ['12s', 12_000],
  ['1m30s', 90_000],
  ['1.5h', 5_400_000],
])('the duration %s is %d ms', (text, ms) => {
  expect(parseDurationMs(1)(text, '--timeout')).toBe(ms)
})

test('a bare number counts in the unit of the flag', () => {
  expect(parseDurationMs(1_000)('2', '--timeout')).toBe(2_000)
})

test.each(['', '-1s', '12 s', '1d', 's', '1s2', 'Infinity'])('%j is no duration', (text) => {
  expect(() => parseDurationMs(1)(text, '--timeout')).toThrow('--timeout: expected a duration')
})

test.each(['', '-1', '1.5', '0x10', '1e3', '11', '9007199254740993'])(
  '%j is no whole number from 0 to 10',
  (text) => {
    expect(() => parseInteger(0, 10)(text, '--n')).toThrow('from 0 to 10')
  },
)

test('a switch takes the words of Go', () => {
  expect(
    ['1', 't', 'T', 'TRUE', 'True', 'true'].map((text) => parseBoolean(text, '--x')),
  ).not.toContain(false)
  expect(
    ['0', 'f', 'F', 'FALSE', 'False', 'false'].map((text) => parseBoolean(text, '--x')),
  ).not.toContain(true)
  expect(() => parseBoolean('on', '--x')).toThrow('--x: expected true or false')
})

test('a choice names all choices when none fits', () => {
  expect(parseChoice(['a', 'b'])('a', '--x')).toBe('a')
  expect(() => parseChoice(['a', 'b'])('c', '--x')).toThrow('--x: expected one of a, b, got "c"')
})

test('URLs are checked for their protocol', () => {
  const parse = parseUrl('http', 'unix')
  expect(parse('http://localhost:8551', '--l2')).toBe('http://localhost:8551')
  expect(parse('unix:/run/engine.sock', '--l2')).toBe('unix:/run/engine.sock')
  expect(() => parse('ws://localhost', '--l2')).toThrow('--l2: expected a URL (http://…, unix:/…)')
  expect(() => parse('localhost:8551', '--l2')).toThrow('expected a URL')
})

test('JSON-RPC is served by HTTP and WebSocket', () => {
  const urls = ['http://l1', 'https://l1/key', 'ws://l1:8546', 'wss://l1/key']
  expect(urls.map((url) => parseRpcUrl(url, '--l1'))).toEqual(urls)
  expect(() => parseRpcUrl('/data/geth.ipc', '--l1')).toThrow(
    '--l1: expected a URL (http://…, https://…, ws://…, wss://…), got "/data/geth.ipc"',
  )
})

test('a list needs every item to fit', () => {
  const parse = parseList(parseInteger(0, 9))
  expect(parse('1, 2,3', '--x')).toEqual([1, 2, 3])
  expect(() => parse('1,', '--x')).toThrow()
})

test('gwei may have a fraction down to the wei', () => {
  expect(parseGwei('1', '--fee')).toBe(1_000_000_000n)
  expect(parseGwei('0.000000001', '--fee')).toBe(1n)
  expect(parseGweiLimit('0', '--fee')).toBeUndefined()
  expect(() => parseGwei('1e9', '--fee')).toThrow('--fee: expected an amount in gwei')
})

test('an address is taken in any case', () => {
  const address = `0x${'aB'.repeat(20)}`
  expect(parseAddress(address, '--to')).toBe(address.toLowerCase())
  expect(() => parseAddress('0xab', '--to')).toThrow('--to: expected an address')
})
