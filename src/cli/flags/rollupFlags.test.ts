import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Command } from 'commander'
import { afterAll, expect, test } from 'vitest'
import { findRollupConfig, superchainRegistry } from '../../chain/registry/registry.ts'
import { rollupConfigToJson } from '../../chain/rollupConfigJson.ts'
import { addFlags, type Environment } from './flag.ts'
import { givenRollupConfig, overrideFlags, readRollupConfig, rollupFlags } from './rollupFlags.ts'

const folder = mkdtempSync(join(tmpdir(), 'takt-rollup-flags-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const ink = findRollupConfig('ink-mainnet', superchainRegistry)
const rollupJson = join(folder, 'rollup.json')
writeFileSync(rollupJson, JSON.stringify(rollupConfigToJson(ink)))

test.each<[string, string[], Environment]>([
  ['by name', ['--chain', 'ink-mainnet'], {}],
  ['by id', ['--chain=57073'], {}],
  ["by op-node's flag", ['--network', 'ink-mainnet'], {}],
  ["by kona-node's flag", ['--l2-chain-id', '57073'], {}],
  ['by our variable', [], { TAKT_NODE_CHAIN: 'ink' }],
  ["by op-node's variable", [], { OP_NODE_NETWORK: 'ink-mainnet' }],
  ["by kona-node's variable", [], { KONA_NODE_L2_CHAIN_ID: '57073' }],
  ['by file', ['--rollup.config', rollupJson], {}],
  ['by file, in the other spelling', ['--rollup-config', rollupJson], {}],
  [
    'by file, and by an id that is that of the file',
    ['--rollup-cfg', rollupJson, '--chain', '57073'],
    {},
  ],
])('a chain is chosen %s', async (_, args, env) => {
  expect(await read(args, env)).toEqual(ink)
})

test('no chain is an error that names the flags', async () => {
  await expect(read([])).rejects.toMatchObject({ code: 'FLAG_MISSING', exitCode: 2 })
  expect(await given([])).toBeUndefined()
})

test.each(['10', 'op-mainnet'])(
  '--chain %s contradicts the file of another chain',
  async (chain) => {
    await expect(read(['--chain', chain, '--rollup.config', rollupJson])).rejects.toMatchObject({
      code: 'CHAIN_CONFLICT',
      shortMessage: `--chain ${chain} is chain 10, but ${rollupJson} is the config of chain 57073`,
    })
  },
)

test('--registry is where --chain looks', async () => {
  const registry = join(folder, 'registry.json')
  writeFileSync(registry, '[]')
  await expect(read(['--chain', 'ink', '--registry', registry])).rejects.toThrow('no chain "ink"')
})

test('an error in a registry names the file', async () => {
  const registry = join(folder, 'bad.json')
  writeFileSync(registry, '{"superchains":{},"rules":1}')
  await expect(read(['--chain', 'ink', '--registry', registry])).rejects.toMatchObject({
    code: 'REGISTRY_KEY_UNKNOWN',
    exitCode: 3,
    shortMessage: expect.stringContaining(
      `${registry}: registry: takt does not know the key rules`,
    ),
  })
})

const opMainnet = findRollupConfig('op-mainnet', superchainRegistry)

test.each([
  ...['canyon', 'delta', 'ecotone', 'fjord', 'granite', 'holocene', 'isthmus', 'jovian', 'karst'],
] as const)('%s can be moved, in the spellings of op-node and of kona-node', async (fork) => {
  const at = opMainnet.forkTimes[fork]! + 1n
  const moved = { ...opMainnet, forkTimes: { ...opMainnet.forkTimes, [fork]: at } }
  const chosen = ['--chain', 'op-mainnet']
  expect(await read([...chosen, `--override.${fork}`, `${at}`])).toEqual(moved)
  expect(await read([...chosen, `--${fork}-override`, `${at}`])).toEqual(moved)
  for (const prefix of ['TAKT_NODE', 'KONA_NODE', 'OP_NODE']) {
    const env = { [`${prefix}_OVERRIDE_${fork.toUpperCase()}`]: `${at}` }
    expect(await read(chosen, env)).toEqual(moved)
  }
})

test.each<[string[], Environment]>([
  [['--override.pectrablobschedule', '7'], {}],
  [['--pectra-blob-schedule-override', '7'], {}],
  [[], { KONA_NODE_OVERRIDE_PECTRA_BLOB_SCHEDULE: '7' }],
  [[], { OP_NODE_OVERRIDE_PECTRABLOBSCHEDULE: '7' }],
])('the Pectra blob schedule can be moved by %s %s', async (args, env) => {
  const { pectraBlobScheduleTime } = await read(['--chain', 'op-mainnet', ...args], env)
  expect(pectraBlobScheduleTime).toBe(7n)
})

test('a fork is not moved to a time that is none', async () => {
  await expect(read(['--chain', 'ink', '--override.karst', 'soon'])).rejects.toThrow(
    '--override.karst: expected a whole number of at least 0, got "soon"',
  )
})

function parsed(args: readonly string[]): Command {
  const command = new Command().exitOverride()
  addFlags(command, 'Chain:', rollupFlags)
  addFlags(command, 'Fork overrides:', overrideFlags)
  return command.parse(args, { from: 'user' })
}

function read(args: readonly string[], env: Environment = {}) {
  return readRollupConfig(parsed(args), env)
}

function given(args: readonly string[], env: Environment = {}) {
  return givenRollupConfig(parsed(args), env)
}
