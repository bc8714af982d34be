import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import {
  inheritedForks,
  type RegistryEntry,
  type SuperchainFacts,
  usualFacts,
} from '../src/chain/registry/facts.ts'
import { parseRegistry } from '../src/chain/registry/registryJson.ts'

// Writes src/chain/registry/{mainnet,sepolia}.ts anew:
//   node scripts/updateRegistry.ts <registry.json> <commit of the superchain-registry> <its date>
// Afterwards look at the difference, and at the chains that have left: they are kept below.
const [file, commit, date] = process.argv.slice(2)
if (file === undefined || commit === undefined || date === undefined) {
  throw new Error('usage: updateRegistry.ts <registry.json> <commit> <date>')
}

/** Chains that people look for, and that the registry no longer has. */
const departed: Readonly<Record<string, RegistryEntry>> = {
  mainnet: { key: 'base', name: 'Base', chainId: 8453, refusal: 'own-forks' },
  sepolia: { key: 'base', name: 'Base Sepolia', chainId: 84532, refusal: 'own-forks' },
}

const registry = parseRegistry(readFileSync(file, 'utf8'))
const network = (name: string) => registry.filter((superchain) => superchain.name.startsWith(name))
const source = `the superchain-registry at ${commit.slice(0, 12)}, ${date}`
write('mainnet', network('mainnet'))
write('sepolia', network('sepolia'))

function write(name: string, superchains: readonly SuperchainFacts[]): void {
  const path = `src/chain/registry/${name}.ts`
  const declarations = superchains.map((superchain) => {
    const constant = superchain.name.replaceAll(/-(.)/g, (_, letter: string) =>
      letter.toUpperCase(),
    )
    const chains = superchain.chains.map((chain) => compact(superchain, chain))
    const left = departed[superchain.name]
    const all = { ...superchain, chains: left === undefined ? chains : [...chains, left] }
    return `/** Facts of ${source}. */
export const ${constant}: SuperchainFacts = ${JSON.stringify(all)}`
  })
  const text = ["import type { SuperchainFacts } from './facts.ts'", ...declarations].join('\n\n')
  writeFileSync(path, text)
  execFileSync('node_modules/.bin/biome', ['check', '--write', path], { stdio: 'inherit' })
}

/** The chain without what it inherits, and without what is as usual. */
function compact(superchain: SuperchainFacts, entry: RegistryEntry): object {
  if ('refusal' in entry) return entry
  const { key, name, chainId, superchainTime, forks, keepKarstUpgradeGas, l1, l2, ...facts } = entry
  const inherited: Record<string, number> = inheritedForks(superchain, entry)
  const ownForks = Object.entries(forks ?? {}).filter(([fork, time]) => inherited[fork] !== time)
  const usual: Record<string, unknown> = usualFacts
  const unusual = Object.entries(facts).filter(([field, value]) => !isSame(usual[field], value))
  return {
    ...{ key, name, chainId, superchainTime },
    ...(ownForks.length > 0 && { forks: Object.fromEntries(ownForks) }),
    ...(keepKarstUpgradeGas && { keepKarstUpgradeGas }),
    l1,
    l2: l2.number === 0 ? { hash: l2.hash } : l2,
    ...Object.fromEntries(unusual),
  }
}

function isSame(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b)
}
