import { Command } from 'commander'
import { expect, test } from 'vitest'
import { ConfigError } from '../../base/errors.ts'
import { addFlags, type Environment, readFlags, required } from './flag.ts'
import { parseBoolean, parseInteger, parseList } from './parsers.ts'

const table = {
  port: {
    names: ['rpc.port', 'port'],
    env: ['TAKT_NODE_RPC_PORT', 'KONA_NODE_RPC_PORT', 'OP_NODE_RPC_PORT'],
    value: 'port',
    parse: parseInteger(0, 65535),
    help: 'where it listens',
    shownDefault: 7545,
  },
  ids: {
    names: ['ids'],
    env: ['TAKT_IDS'],
    value: 'ids',
    parse: parseList(parseInteger(0)),
    help: 'some',
  },
  enabled: { names: ['enabled'], env: ['TAKT_ENABLED'], parse: parseBoolean, help: 'do it' },
} as const

test('what is not given is absent', () => {
  expect(read([])).toEqual({})
})

test.each([
  ['its name', ['--rpc.port', '1']],
  ['its name with =', ['--rpc.port=1']],
  ['an alias', ['--port', '1']],
])('a flag is read by %s', (_, args) => {
  expect(read(args)).toEqual({ port: 1 })
})

test('a list may be given by several flags, which count together', () => {
  expect(read(['--ids=1,2', '--ids', '3'])).toEqual({ ids: [1, 2, 3] })
  expect(read(['--port=1', '--port=2'])).toEqual({ port: 2 })
})

test('a flag is stronger than any variable', () => {
  expect(read(['--port', '1'], { TAKT_NODE_RPC_PORT: '2' })).toEqual({ port: 1 })
})

test('variables rank takt, kona-node, op-node', () => {
  const op = { OP_NODE_RPC_PORT: '4' }
  const kona = { ...op, KONA_NODE_RPC_PORT: '3' }
  const takt = { ...kona, TAKT_NODE_RPC_PORT: '2' }
  expect([op, kona, takt].map((env) => read([], env).port)).toEqual([4, 3, 2])
})

test('an empty variable counts as not set', () => {
  expect(read([], { TAKT_NODE_RPC_PORT: '', OP_NODE_RPC_PORT: '4' })).toEqual({ port: 4 })
})

test.each([
  [['--enabled'], true],
  [['--enabled=false'], false],
  [['--enabled', 'false'], false],
  [['--enabled', '--port', '1'], true],
])('the switch %j is %s', (args, value) => {
  expect(read(args).enabled).toBe(value)
})

test('two names of one flag may agree', () => {
  expect(read(['--port', '1', '--rpc.port', '1'])).toEqual({ port: 1 })
})

test('two names of one flag must not differ', () => {
  expect(() => read(['--port', '1', '--rpc.port', '2'])).toThrow(
    '--rpc.port and --port are one flag',
  )
})

test('a bad value is reported by the name that was used', () => {
  expect(() => read(['--port', 'x'])).toThrow(
    '--port: expected a whole number from 0 to 65535, got "x"',
  )
  expect(() => read([], { KONA_NODE_RPC_PORT: '70000' })).toThrow(/^KONA_NODE_RPC_PORT: /)
})

test('a required flag says how to give it', () => {
  const missing = () => required(undefined, table.port)
  expect(missing).toThrow(ConfigError)
  expect(missing).toThrow('give --rpc.port <port>, or set TAKT_NODE_RPC_PORT or KONA_NODE_RPC_PORT')
})

test('help shows one name with default and variables', () => {
  const command = new Command('x')
  addFlags(command, 'RPC:', table)
  const help = command.helpInformation()
  expect(help).toContain('--rpc.port <port>')
  expect(help).not.toContain('--port ')
  expect(help.replace(/\s+/g, ' ')).toContain('(default 7545; env TAKT_NODE_RPC_PORT')
})

function read(args: readonly string[], env: Environment = {}) {
  const command = new Command('x').exitOverride()
  addFlags(command, 'RPC:', table)
  command.parse(args, { from: 'user' })
  return readFlags(command, table, env)
}
