import { describe, expect, test } from 'vitest'
import { bytesToHex } from '../../base/hex.ts'
import { scheduledForks } from '../../chain/forks.ts'
import { rollupConfigFromJson, rollupConfigToJson } from '../../chain/rollupConfigJson.ts'
import { genesisBlockOf } from '../../execution/chain/genesis.ts'
import { deriveDevnetAccounts } from '../accounts.ts'
import { type DevnetOptions, defaultDevnetOptions } from '../options.ts'
import { loadContractArtifacts } from './contractArtifacts.ts'
import { planL1Deployment } from './l1Deployment.ts'
import { createL2Alloc } from './l2Alloc.ts'
import { createL2Genesis } from './l2Genesis.ts'
import { createRollupConfig } from './rollupConfig.ts'

const accounts = deriveDevnetAccounts(2)
const artifacts = await loadContractArtifacts()

function create(given: Partial<DevnetOptions> = {}) {
  const options = { ...defaultDevnetOptions, ...given }
  const { contracts } = planL1Deployment(options, 1_000n, accounts, artifacts)
  const users = accounts.users.map(({ address }) => address)
  const alloc = createL2Alloc(options, contracts, users[0]!, users, artifacts)
  return { options, contracts, genesis: createL2Genesis(options, 1_000n, alloc) }
}

test('the same devnet has the same genesis block, also after a trip through its file', () => {
  const { genesis } = create()
  const { hash } = genesisBlockOf(genesis)
  expect(genesisBlockOf(create().genesis).hash).toBe(hash)
  expect(genesisBlockOf(JSON.parse(JSON.stringify(genesis))).hash).toBe(hash)
  expect(genesisBlockOf(create({ l2ChainId: 902 }).genesis).hash).not.toBe(hash)
})

test.each([
  ['delta', '0x'],
  ['granite', '0x'],
  ['holocene', '0x00000000fa00000006'],
  ['isthmus', '0x00000000fa00000006'],
  ['jovian', '0x01000000fa000000060000000000000000'],
  ['karst', '0x01000000fa000000060000000000000000'],
] as const)('a genesis block of %s says how the base fee goes on: %s', (fork, extraData) => {
  const { header } = genesisBlockOf(create({ fork }).genesis)
  expect(bytesToHex(header.extraData)).toBe(extraData)
  expect(header.blobGasUsed).toBe(fork === 'delta' ? undefined : 0n)
  expect(header.requestsHash === undefined).toBe(!['isthmus', 'jovian', 'karst'].includes(fork))
})

describe.each(scheduledForks)('up to %s', (fork) => {
  test('genesis and rollup config activate the same forks at genesis', () => {
    const { options, contracts, genesis } = create({ fork })
    const l1 = { hash: `0x${'11'.repeat(32)}`, number: 1n } as const
    const l2 = { hash: genesisBlockOf(genesis).hash, number: 0n }
    const place = { l1, l2, l2Time: 1_000n }
    const rollup = createRollupConfig(options, place, contracts, accounts)
    expect(rollupConfigFromJson(rollupConfigToJson(rollup))).toEqual(rollup)

    const active = Object.keys(rollup.forkTimes)
    expect(active.at(-1)).toBe(fork)
    for (const name of scheduledForks.filter((name) => name !== 'delta')) {
      const expected = active.includes(name) ? 0 : undefined
      expect((genesis.config as Record<string, unknown>)[`${name}Time`]).toBe(expected)
    }
  })
})
