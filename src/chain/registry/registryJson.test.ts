import { expect, test } from 'vitest'
import { findRollupConfig } from './registry.ts'
import { parseRegistry } from './registryJson.ts'

const hash = (byte: string) => `0x${byte.repeat(32)}`
const address = (byte: string) => `0x${byte.repeat(20)}`

/** A chain as in the TOML files of the registry. */
const chain = {
  name: 'My Chain',
  public_rpc: 'https://rpc.example',
  superchain_time: 0,
  data_availability_type: 'eth-da',
  chain_id: 4711,
  batch_inbox_addr: address('B2'),
  block_time: 1,
  seq_window_size: 7200,
  max_sequencer_drift: 1800,
  hardforks: { canyon_time: 0, delta_time: 0, ecotone_time: 0, keep_karst_upgrade_gas: true },
  optimism: { eip1559_elasticity: 2, eip1559_denominator: 250, eip1559_denominator_canyon: 250 },
  genesis: {
    l2_time: 1_700_000_000,
    l1: { hash: hash('a1'), number: 19_000_000 },
    l2: { hash: hash('a2'), number: 5 },
    system_config: {
      batcherAddress: address('b1'),
      overhead: hash('00'),
      scalar: `0x01${'0'.repeat(61)}7`,
      gasLimit: 60_000_000,
    },
  },
  roles: { ProxyAdminOwner: address('b5') },
  addresses: { OptimismPortalProxy: address('b3'), SystemConfigProxy: address('b4') },
}

/** The same as kona writes it. */
const konaChain = {
  Name: 'My Chain',
  PublicRPC: 'https://rpc.example',
  SuperchainLevel: 1,
  SuperchainTime: 0,
  DataAvailabilityType: 'eth-da',
  l2_chain_id: 4711,
  batch_inbox_address: address('b2'),
  block_time: 1,
  seq_window_size: 7200,
  max_sequencer_drift: 1800,
  GasPayingToken: null,
  hardfork_configuration: chain.hardforks,
  optimism: { eip1559Elasticity: '0x2', eip1559Denominator: 250, eip1559DenominatorCanyon: 250 },
  alt_da: null,
  genesis: {
    ...chain.genesis,
    system_config: {
      batcherAddr: address('b1'),
      overhead: '0x0',
      scalar: chain.genesis.system_config.scalar,
      gasLimit: 60_000_000,
      baseFeeScalar: null,
    },
  },
  Roles: { ProxyAdminOwner: address('b5'), Guardian: null },
  Addresses: { ...chain.addresses, AddressManager: null },
}

const superchain = {
  name: 'Home',
  hardforks: { canyon_time: 1, fjord_time: 1_800_000_000 },
  l1: { chain_id: 900, public_rpc: 'https://l1.example', explorer: '' },
}

const files = {
  tables: { superchains: { home: superchain }, chains: [{ ...chain, _superchain: 'home' }] },
  kona: { superchains: [{ name: 'home', config: superchain, chains: [konaChain] }] },
}

function find(file: unknown, name = '4711') {
  return findRollupConfig(name, parseRegistry(JSON.stringify(file)))
}

test.each(Object.entries(files))('a chain is read from %s', (_, file) => {
  const config = find(file)
  expect(config).toMatchObject({
    l1ChainId: 900n,
    l2ChainId: 4711n,
    blockTime: 1n,
    seqWindowSize: 7200n,
    maxSequencerDrift: 1800n,
    channelTimeout: 300n,
    keepKarstUpgradeGas: true,
    batchInboxAddress: address('b2'),
    depositContractAddress: address('b3'),
    l1SystemConfigAddress: address('b4'),
    forkTimes: { regolith: 0n, canyon: 0n, delta: 0n, ecotone: 0n, fjord: 1_800_000_000n },
    chainOpConfig: {
      eip1559Elasticity: 2n,
      eip1559Denominator: 250n,
      eip1559DenominatorCanyon: 250n,
    },
  })
  expect(config.genesis).toMatchObject({
    l1: { hash: hash('a1'), number: 19_000_000n },
    l2: { hash: hash('a2'), number: 5n },
    systemConfig: {
      batcherAddress: address('b1'),
      overhead: hash('00'),
      scalar: chain.genesis.system_config.scalar,
      gasLimit: 60_000_000n,
    },
  })
  expect(find(file, 'my-chain')).toEqual(config)
})

test('a list of chains belongs to the superchains that takt knows', () => {
  const config = find([{ ...chain, identifier: 'sepolia/mine' }], 'mine-sepolia')
  expect(config.l1ChainId).toBe(11155111n)
  // It has joined, and so has Sepolia's later forks.
  expect(config.forkTimes.karst).toBe(1781712001n)
})

test('a list of chains may name an L1 of its own', () => {
  expect(find([{ ...chain, l1_chain_id: 900 }]).l1ChainId).toBe(900n)
})

const changed = (changes: object) => ({
  ...files.tables,
  chains: [{ ...files.tables.chains[0], ...changes }],
})

test.each<[string, unknown, string]>([
  ['a fork', changed({ hardforks: { ...chain.hardforks, monsoon_time: 0 } }), 'monsoon_time'],
  ['a fork switch', changed({ hardforks: { ...chain.hardforks, keep_fjord: true } }), 'keep_fjord'],
  ['a rule of a chain', changed({ max_blobs: 3 }), 'max_blobs'],
  ['a rule of a fee', changed({ optimism: { ...chain.optimism, floor: 1 } }), 'floor'],
  ['a genesis', changed({ genesis: { ...chain.genesis, l3: {} } }), 'l3'],
  [
    'a system config',
    changed({
      genesis: {
        ...chain.genesis,
        system_config: { ...chain.genesis.system_config, minBaseFee: 1 },
      },
    }),
    'minBaseFee',
  ],
  [
    'a fork of a superchain',
    { superchains: { home: { ...superchain, hardforks: { x_time: 1 } } } },
    'x_time',
  ],
  ['a rule of a superchain', { superchains: { home: { ...superchain, rule: 1 } } }, 'rule'],
  ['a rule of all', { ...files.tables, rules: [] }, 'rules'],
])('an unknown key is refused: %s', (_, file, key) => {
  expect(() => find(file)).toThrow(
    expect.objectContaining({
      code: 'REGISTRY_KEY_UNKNOWN',
      exitCode: 3,
      context: expect.objectContaining({ key }),
    }),
  )
})

test('the refusal names the place', () => {
  expect(() => find(changed({ max_blobs: 3 }))).toThrow(
    'registry: chains[0]: takt does not know the key max_blobs, which may change consensus',
  )
})

test.each<[string, object]>([
  ['it says so', { data_availability_type: 'alt-da' }],
  ['it is set up', { alt_da: { da_commitment_type: 'KeccakCommitment' } }],
])('a chain with alternative data availability is refused: %s', (_, changes) => {
  expect(() => find(changed(changes))).toThrow('its batches are not on Ethereum')
})

test.each(['lagoon_time', 'interop_time'])(
  'a chain with %s is refused, and not the others',
  (fork) => {
    const future = { ...files.tables.chains[0], hardforks: { ...chain.hardforks, [fork]: 1 } }
    const file = {
      ...files.tables,
      chains: [future, { ...files.tables.chains[0], chain_id: 4712 }],
    }
    expect(() => find(file, '4711')).toThrow('it schedules Lagoon')
    expect(find(file, '4712').l2ChainId).toBe(4712n)
  },
)

const { genesis: _genesis, ...withoutGenesis } = chain
test.each<[string, unknown, string]>([
  ['what is no file of chains', 7, 'registry: expected an object'],
  ['a file without superchains', { chains: [] }, 'registry: superchains is missing'],
  ['superchains that are text', { superchains: 'home' }, 'superchains: expected an object'],
  [
    'a chain without genesis',
    [{ ...withoutGenesis, l1_chain_id: 1 }],
    'registry: chains[0]: genesis is missing',
  ],
  [
    "the registry's chainList.json, which has names only",
    [{ name: 'OP Mainnet', identifier: 'mainnet/op', chainId: 10 }],
    'chains[0]: hardforks is missing',
  ],
  ['a homeless chain', [chain], 'names neither a superchain that is known nor l1_chain_id'],
  [
    'an L1 that is not its superchain’s',
    changed({ l1_chain_id: 7 }),
    'l1_chain_id must be 900, that of home',
  ],
  [
    'two chains with one id',
    [
      { ...chain, superchain: 'mainnet' },
      { ...chain, superchain: 'mainnet' },
    ],
    'My Chain has the same chain id',
  ],
  ['one key in two spellings', changed({ chainId: 1 }), 'chain_id and chainId say the same'],
  ['one key under two names', changed({ l2_chain_id: 1 }), 'chain_id and l2_chain_id say the same'],
  ['a fraction', changed({ block_time: 0.5 }), 'chains[0].block_time: expected a whole number'],
  [
    'a short address',
    changed({ batch_inbox_addr: '0xff' }),
    'chains[0].batch_inbox_addr: expected hex',
  ],
  ['a late Regolith', changed({ hardforks: { regolith_time: 1 } }), 'regolith_time must be 0'],
  ['an unknown data availability', changed({ data_availability_type: 'paper' }), 'type paper'],
])('%s is refused', (_, file, problem) => {
  expect(() => find(file)).toThrow(problem)
})

test('what is not JSON is refused', () => {
  expect(() => parseRegistry('name = "op"')).toThrow('registry: is not JSON')
})
