import { closestText } from '../../base/closestText.ts'
import { ConfigError } from '../../base/errors.ts'
import { exitCodes } from '../../base/exitCodes.ts'
import type { RollupConfig } from '../rollupConfig.ts'
import { rollupConfigProblems } from '../rollupConfigProblems.ts'
import { chainForks, chainRollupConfig, type RegistryEntry, type SuperchainFacts } from './facts.ts'
import { mainnet } from './mainnet.ts'
import { sepolia, sepoliaDevnet2 } from './sepolia.ts'

/** Chains by superchain. Where keys are the same, the first one wins. */
export type Registry = readonly SuperchainFacts[]

/** The chains that takt knows by itself. */
export const superchainRegistry: Registry = [mainnet, sepolia, sepoliaDevnet2]

/**
 * The rollup config of a chain.
 *
 * @param chain - Its id (`10`, `0xa`) or one of its names: `unichain-sepolia`, `sepolia/unichain`, and a key alone for
 *   the first chain that has it. `mainnet` and `sepolia` are those of OP, as for op-node; `optimism` is OP Mainnet.
 * @throws {ConfigError} `CHAIN_UNKNOWN`, `CHAIN_REFUSED` for one that takt cannot derive, `ROLLUP_CONFIG_INVALID` for
 *   one whose facts contradict each other.
 */
export function findRollupConfig(chain: string, registry: Registry): RollupConfig {
  const { superchain, entry } = findEntry(chain, registry)
  if ('refusal' in entry) throw refused(entry, reasons[entry.refusal])
  if (chainForks(superchain, entry).lagoon !== undefined) throw refused(entry, hasLagoon)
  const config = chainRollupConfig(superchain, entry)
  const [problem] = rollupConfigProblems(config)
  if (problem === undefined) return config
  const message = `${chainName(superchain, entry)} in the registry: ${problem}`
  throw new ConfigError(exitCodes.configFile, 'ROLLUP_CONFIG_INVALID', message, {
    metaMessages: ['Give the rollup.json of the chain by --rollup.config instead.'],
  })
}

/** Names of the chains that can be followed, as {@link findRollupConfig} takes them. */
export function followedChains(superchain: SuperchainFacts): string[] {
  return superchain.chains
    .filter((entry) => !('refusal' in entry))
    .map((entry) => chainName(superchain, entry))
}

interface Found {
  readonly superchain: SuperchainFacts
  readonly entry: RegistryEntry
}

function findEntry(chain: string, registry: Registry): Found {
  const all = registry.flatMap((superchain) =>
    superchain.chains.map((entry) => ({ superchain, entry })),
  )
  const id = /^(\d+|0x[0-9a-f]+)$/i.test(chain) ? BigInt(chain) : undefined
  const wanted = aliases[chain.toLowerCase()] ?? plain(chain)
  const found =
    id === undefined
      ? (all.find((one) => fullNames(one).includes(wanted)) ??
        all.find(({ entry }) => plain(entry.key) === wanted))
      : all.find(({ entry }) => BigInt(entry.chainId) === id)
  if (found !== undefined) return found
  const names = all.flatMap(({ superchain, entry }) => [chainName(superchain, entry), entry.key])
  const meant = id === undefined ? closestText(wanted, names) : undefined
  throw new ConfigError(
    exitCodes.usage,
    'CHAIN_UNKNOWN',
    `no chain ${JSON.stringify(chain)} in the registry`,
    {
      metaMessages: [
        ...(meant === undefined ? [] : [`--chain ${meant}, if that is meant`]),
        '--rollup.config with the rollup.json of the chain, for any chain that is not in it',
      ],
      docsPath: 'README.md#which-chain',
    },
  )
}

const aliases: Readonly<Record<string, string>> = {
  mainnet: 'op-mainnet',
  optimism: 'op-mainnet',
  sepolia: 'op-sepolia',
  'optimism-sepolia': 'op-sepolia',
}

/** The chain's key, then its superchain unless the key has it already: `op-mainnet`, `settlus-mainnet`. */
function chainName({ name }: SuperchainFacts, { key }: RegistryEntry): string {
  return plain(key === name || key.endsWith(`-${name}`) ? key : `${key}-${name}`)
}

function fullNames({ superchain, entry }: Found): string[] {
  const { key } = entry
  const { name } = superchain
  return [chainName(superchain, entry), plain(`${key}-${name}`), plain(`${name}/${key}`)]
}

/** Without what people type one way or another. */
function plain(name: string): string {
  return name.toLowerCase().replaceAll(/[_ ]/g, '-')
}

function refused({ name }: RegistryEntry, reason: string): ConfigError {
  const message = `takt cannot follow ${name}: ${reason}`
  return new ConfigError(exitCodes.usage, 'CHAIN_REFUSED', message)
}

const reasons = {
  'alt-da':
    'its batches are not on Ethereum, but where takt does not read (alternative data availability)',
  'own-forks': 'it has left the Superchain, and has forks of its own since then',
} as const

const hasLagoon =
  'it schedules Lagoon, and the newest fork that this version of takt knows is Karst'
