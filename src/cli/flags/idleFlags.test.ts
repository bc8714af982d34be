import { Command } from 'commander'
import { expect, test } from 'vitest'
import { type LogFields, silentLogger } from '../../runtime/logger.ts'
import { addFlags, type Environment } from './flag.ts'
import { heedIdleFlags, idleFlags } from './idleFlags.ts'
import type { Service } from './serviceEnv.ts'

test('altda.enabled is refused: batches would go where nobody looks for them', () => {
  expect(() => heed('batcher', ['--altda.enabled'])).toThrow(/--altda.enabled is not supported/)
  expect(() => heed('batcher', [], { OP_BATCHER_ALTDA_ENABLED: 'true' })).toThrow(
    expect.objectContaining({ code: 'FLAG_UNSUPPORTED', exitCode: 2 }),
  )
  expect(heed('batcher', ['--altda.enabled=false', '--altda.da-server=http://da'])).toEqual([])
})

test.each(['supervisor-rpcs', 'supernode-rpcs'])('%s is refused', (flag) => {
  expect(() => heed('proposer', [`--${flag}=http://a`])).toThrow(
    new RegExp(`--${flag} is not supported: .* output roots of one chain`),
  )
})

test('pprof is taken, with one warning', () => {
  expect(heed('proposer', ['--pprof.enabled', '--pprof.port=1', '--pprof.type=cpu'])).toHaveLength(
    1,
  )
  expect(heed('proposer', ['--pprof.port=1'])).toEqual([])
})

test('help does not show them', () => {
  const command = new Command('x')
  addFlags(command, 'Idle:', idleFlags('batcher'))
  expect(command.helpInformation()).not.toContain('pprof')
})

/** @returns the warnings. */
function heed(service: Service, args: readonly string[], env: Environment = {}) {
  const command = new Command('x').exitOverride()
  addFlags(command, 'Idle:', idleFlags(service))
  command.parse(args, { from: 'user' })
  const warnings: [string, LogFields?][] = []
  const warn = (...line: [string, LogFields?]) => warnings.push(line)
  heedIdleFlags(command, env, service, { logger: { ...silentLogger, warn } })
  return warnings
}
