import { readChain, readForks } from './chainJson.ts'
import type { RegistryEntry, SuperchainFacts } from './facts.ts'
import { mainnet } from './mainnet.ts'
import type { Registry } from './registry.ts'
import {
  entriesOf,
  invalidRegistry,
  listOf,
  RegistryTable,
  readCount,
  readText,
} from './registryTable.ts'
import { sepolia } from './sepolia.ts'

/**
 * Parses a file of chains, in one of the forms that the facts of the superchain-registry come in:
 *
 * - `{ superchains: [{ name, config, chains: […] }] }`, as kona has them in its `configs.json`;
 * - `{ superchains: { <name>: {…} }, chains: […] }`, the registry's TOML files as JSON;
 * - `[…]`, chains alone. Each names its superchain (`mainnet`, `sepolia`) or, with `l1_chain_id`, its L1.
 *
 * @throws {ConfigError} `REGISTRY_INVALID`; `REGISTRY_KEY_UNKNOWN` for any key that takt does not know.
 * @see https://github.com/ethereum-optimism/superchain-registry
 */
export function parseRegistry(text: string): Registry {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch (cause) {
    throw invalidRegistry('', `is not JSON: ${(cause as Error).message}`, cause)
  }
  const superchains = new Map<string, Superchain>()
  if (Array.isArray(json)) {
    addChains(superchains, json, 'chains')
  } else {
    const file = new RegistryTable(json, '')
    file.skip('source')
    file.need((value, path) => addSuperchains(superchains, value, path), 'superchains')
    file.take((value, path) => addChains(superchains, listOf(value, path), path), 'chains')
    file.end()
  }
  return [...superchains.values()]
}

type Superchain = SuperchainFacts & { readonly chains: RegistryEntry[] }
type Superchains = Map<string, Superchain>

function addSuperchains(superchains: Superchains, json: unknown, path: string): void {
  if (!Array.isArray(json)) {
    for (const [name, config] of entriesOf(json, path)) {
      superchains.set(name, readSuperchain(name, config, `${path}.${name}`))
    }
    return
  }
  json.forEach((item, index) => {
    const at = `${path}[${index}]`
    const table = new RegistryTable(item, at)
    const name = table.need(readText, 'name')
    if (superchains.has(name)) throw invalidRegistry(at, `${name} is given twice`)
    superchains.set(
      name,
      table.need((config, path) => readSuperchain(name, config, path), 'config'),
    )
    table.take((chains, path) => addChains(superchains, listOf(chains, path), path, name), 'chains')
    table.end()
  })
}

function readSuperchain(name: string, json: unknown, path: string): Superchain {
  const table = new RegistryTable(json, path)
  const forks = table.take(readForks, 'hardforks')?.forks ?? {}
  const l1ChainId = table.need(readL1, 'l1')
  table.skip('name', 'superchain_config_addr', 'protocol_versions_addr', 'safer_safes_addr')
  table.skip('op_contracts_manager_addr', 'op_contracts_manager_proxy_addr')
  table.end()
  return { name, l1ChainId, forks, chains: [] }
}

function readL1(json: unknown, path: string): number {
  const table = new RegistryTable(json, path)
  const chainId = table.need(readCount, 'chain_id')
  table.skip('public_rpc', 'explorer')
  table.end()
  return chainId
}

/** @param superchain - Of all these chains; without it each says where it belongs. */
function addChains(
  superchains: Superchains,
  items: readonly unknown[],
  path: string,
  superchain?: string,
): void {
  items.forEach((item, index) => {
    const at = `${path}[${index}]`
    const { entry, ...chain } = readChain(item, at)
    const home = homeOf(superchains, { ...chain, superchain: superchain ?? chain.superchain })
    if (home === undefined) {
      throw invalidRegistry(at, 'names neither a superchain that is known nor l1_chain_id')
    }
    if (home.l1ChainId !== (chain.l1ChainId ?? home.l1ChainId)) {
      throw invalidRegistry(at, `l1_chain_id must be ${home.l1ChainId}, that of ${home.name}`)
    }
    const twin = home.chains.find(({ chainId }) => chainId === entry.chainId)
    if (twin !== undefined) throw invalidRegistry(at, `${twin.name} has the same chain id`)
    home.chains.push(entry)
  })
}

/** The superchain of a chain: one of the file, or one that takt knows, or else one for its L1. */
function homeOf(
  superchains: Superchains,
  chain: { readonly superchain: string | undefined; readonly l1ChainId: number | undefined },
): Superchain | undefined {
  const { l1ChainId } = chain
  const name = chain.superchain ?? (l1ChainId === undefined ? undefined : `l1-${l1ChainId}`)
  if (name === undefined) return undefined
  const known = superchains.get(name)
  if (known !== undefined) return known
  const builtIn = [mainnet, sepolia].find((superchain) => superchain.name === name)
  const l1 = builtIn?.l1ChainId ?? l1ChainId
  if (l1 === undefined) return undefined
  const added = { name, l1ChainId: l1, forks: builtIn?.forks ?? {}, chains: [] }
  superchains.set(name, added)
  return added
}
