import { expect, test } from 'vitest'
import { ConfigError } from '../../base/errors.ts'
import type { ChainFacts, SuperchainFacts } from './facts.ts'
import { findRollupConfig, followedChains, superchainRegistry } from './registry.ts'

const idOf = (chain: string) => findRollupConfig(chain, superchainRegistry).l2ChainId

test.each([
  ['10', 10n],
  ['0xa', 10n],
  ['op-mainnet', 10n],
  ['OP-Mainnet', 10n],
  ['mainnet/op', 10n],
  ['op', 10n],
  ['optimism', 10n],
  ['mainnet', 10n],
  ['sepolia', 11155420n],
  ['op-sepolia', 11155420n],
  ['unichain', 130n],
  ['unichain-mainnet', 130n],
  ['unichain-sepolia', 1301n],
  ['sepolia/unichain', 1301n],
  // Its key has the superchain in it already; op-node's name has it twice.
  ['settlus-mainnet', 5371n],
  ['settlus-mainnet-mainnet', 5371n],
  // A key of Sepolia alone, with an underscore in the registry.
  ['soneium-minato', 1946n],
  ['radius_testnet', 863n],
  ['sepolia-devnet-2', 420130015n],
])('%s is chain %i', (chain, id) => {
  expect(idOf(chain)).toBe(id)
})

test.each([
  ['op-mainet', '--chain op-mainnet, if that is meant'],
  ['unichain-seplia', '--chain unichain-sepolia, if that is meant'],
  ['inc', '--chain ink, if that is meant'],
])('%s is unknown, but something is near to it', (chain, advice) => {
  expect(errorOf(() => idOf(chain))).toMatchObject({
    code: 'CHAIN_UNKNOWN',
    exitCode: 2,
    metaMessages: [advice, expect.stringContaining('--rollup.config')],
  })
})

test.each(['arbitrum-one', '901', ''])('"%s" is unknown, and nothing is near to it', (chain) => {
  const { metaMessages } = errorOf(() => idOf(chain))
  expect(metaMessages).toEqual([expect.stringContaining('--rollup.config')])
})

test.each([
  ['celo', 'takt cannot follow Celo: its batches are not on Ethereum'],
  ['base', 'takt cannot follow Base: it has left the Superchain'],
  ['84532', 'takt cannot follow Base Sepolia: it has left the Superchain'],
])('%s is refused', (chain, message) => {
  const error = errorOf(() => idOf(chain))
  expect(error).toMatchObject({ code: 'CHAIN_REFUSED', exitCode: 2 })
  expect(error.message).toContain(message)
})

test('every name that is shown is one that is known', () => {
  const names = superchainRegistry.flatMap(followedChains)
  expect(new Set(names.map(idOf)).size).toBe(names.length)
  expect(names).toHaveLength(41)
})

const chain: ChainFacts = {
  key: 'own',
  name: 'Own',
  chainId: 901,
  l1: { number: 1, hash: `0x${'a1'.repeat(32)}` },
  l2: { hash: `0x${'a2'.repeat(32)}` },
  l2Time: 1_000,
  batcher: `0x${'b1'.repeat(20)}`,
  overhead: '0x0',
  scalar: '0xa6fe0',
  batchInbox: `0x${'b2'.repeat(20)}`,
  portal: `0x${'b3'.repeat(20)}`,
  systemConfig: `0x${'b4'.repeat(20)}`,
}
const forks = { canyon: 500, delta: 800, ecotone: 1_000, fjord: 1_200 }
const own = (facts: Partial<ChainFacts>, superchainForks: SuperchainFacts['forks'] = forks) =>
  findRollupConfig('own', [
    { name: 'home', l1ChainId: 900, forks: superchainForks, chains: [{ ...chain, ...facts }] },
  ])

test('a chain that has not joined its superchain inherits no fork', () => {
  expect(own({ forks: { canyon: 7 } }).forkTimes).toEqual({ regolith: 0n, canyon: 7n })
})

test('forks from before the genesis are inherited as forks at genesis, later ones as they are', () => {
  expect(own({ superchainTime: 0 }).forkTimes).toEqual({
    regolith: 0n,
    canyon: 0n,
    delta: 0n,
    ecotone: 0n,
    fjord: 1_200n,
  })
})

test('forks from before the chain joined are not inherited', () => {
  const { forkTimes } = own({ superchainTime: 1_200, forks: { canyon: 0, delta: 0, ecotone: 9 } })
  expect(forkTimes).toEqual({ regolith: 0n, canyon: 0n, delta: 0n, ecotone: 9n, fjord: 1_200n })
})

test('a time of its own is stronger than one that is inherited', () => {
  expect(own({ superchainTime: 0, forks: { fjord: 1_500 } }).forkTimes.fjord).toBe(1_500n)
})

test('a chain that inherits Lagoon is refused', () => {
  const error = errorOf(() => own({ superchainTime: 0 }, { ...forks, lagoon: 9_000 }))
  expect(error.message).toContain('it schedules Lagoon')
})

test('facts that contradict each other are refused', () => {
  const error = errorOf(() => own({ forks: { delta: 3 } }))
  expect(error).toMatchObject({ code: 'ROLLUP_CONFIG_INVALID', exitCode: 3 })
  expect(error.message).toContain(
    'own-home in the registry: delta_time: is set to 3, but canyon_time',
  )
})

function errorOf(find: () => unknown): ConfigError {
  try {
    find()
  } catch (error) {
    if (error instanceof ConfigError) return error
    throw error
  }
  throw new Error('no error was thrown')
}
