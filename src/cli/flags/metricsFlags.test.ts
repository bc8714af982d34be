import type { Command } from 'commander'
import { expect, test } from 'vitest'
import { ManualClock } from '../../testing/manualClock.ts'
import { engineCommand } from '../commands/engine.ts'
import { nodeCommand } from '../commands/node.ts'
import type { CliHost } from '../host.ts'
import { readMetricsOptions } from '../openMetrics.ts'
import type { Environment } from './flag.ts'

const off = { enabled: false, host: '127.0.0.1', port: 7300 }

test('metrics are off, and would be served on this machine alone', () => {
  expect(node([])).toEqual(off)
  expect(read(engineCommand, 'engine', [])).toEqual({ ...off, port: 6060 })
})

test('the flags of op-node and kona-node turn them on', () => {
  const args = ['--metrics.enabled', '--metrics.addr', '0.0.0.0', '--metrics.port=9090']
  expect(node(args)).toEqual({ enabled: true, host: '0.0.0.0', port: 9090 })
})

test.each(['TAKT_NODE', 'KONA', 'OP_NODE'])('so do the variables %s_METRICS_…', (prefix) => {
  const env = {
    [`${prefix}_METRICS_ENABLED`]: 'true',
    [`${prefix}_METRICS_ADDR`]: '::',
    [`${prefix}_METRICS_PORT`]: '0',
  }
  expect(node([], env)).toEqual({ enabled: true, host: '::', port: 0 })
})

test('a port that is none is refused', () => {
  expect(() => node(['--metrics.port', '70000'])).toThrow(/--metrics\.port/)
})

function node(args: readonly string[], env: Environment = {}) {
  return read(nodeCommand, 'node', args, env)
}

function read(
  create: (host: CliHost, setExitCode: () => void) => Command,
  program: 'node' | 'engine',
  args: readonly string[],
  env: Environment = {},
) {
  const command = create(host, () => undefined)
  command
    .exitOverride()
    .action(() => undefined)
    .parse(args, { from: 'user' })
  return readMetricsOptions(command, env, program)
}

const host: CliHost = {
  env: {},
  stdout: { isTerminal: false, write: () => undefined },
  stderr: { isTerminal: false, write: () => undefined },
  clock: new ManualClock(),
  onStopSignal: () => () => undefined,
  exit: () => undefined,
}
