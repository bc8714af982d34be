import { zstdDecompressSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import type { Hash } from '../../src/base/hex.ts'
import { buildGenesis } from '../../src/execution/genesis.ts'
import { genesisFromJson } from '../../src/execution/genesisJson.ts'
import { StateDatabase } from '../../src/execution/state/stateDatabase.ts'
import { haveVectors, readVector, readVectorJson, vectorsNote } from '../../src/testing/vectors.ts'

describe.skipIf(!haveVectors)(`genesis files of public chains${vectorsNote}`, () => {
  const expected = haveVectors
    ? readVectorJson<readonly Expected[]>('registry/genesis/expected.json')
    : []
  const registry = haveVectors ? readVectorJson<Registry>('registry/chains.json') : undefined
  const dictionary = haveVectors ? readVector('registry/genesis/dictionary') : undefined

  it.each(expected)('$key has its state root and hash', ({ key, accounts, ...roots }) => {
    const packed = readVector(`registry/genesis/${key.replace('/', '_')}.json.zst`)
    const json = JSON.parse(zstdDecompressSync(packed, { dictionary: dictionary! }).toString())
    const chain = registry!.chains.find(({ _key }) => _key === key)!
    const genesis = genesisFromJson({ ...json, config: json.config ?? configOf(chain) })
    const block = buildGenesis(genesis, new StateDatabase({}, { node: nothing, code: nothing }))

    expect(genesis.accounts.size).toBe(accounts)
    expect(block.state.root).toBe(roots.stateRoot)
    expect(block.hash).toBe(roots.registryHash)
  })
})

interface Expected {
  readonly key: string
  readonly accounts: number
  readonly stateRoot: Hash
  readonly registryHash: Hash
}

interface Registry {
  readonly chains: readonly RegistryChain[]
}

interface RegistryChain {
  readonly _key: string
  readonly chain_id: number
  readonly hardforks: Readonly<Record<string, number | boolean>>
  readonly optimism: Readonly<
    Record<'eip1559_elasticity' | 'eip1559_denominator' | 'eip1559_denominator_canyon', number>
  >
}

/** The registry leaves `config` out of most genesis files: it has the same facts elsewhere. */
function configOf({ chain_id: chainId, hardforks, optimism }: RegistryChain) {
  const times = Object.entries(hardforks)
    .filter(([name]) => /^[a-z]+_time$/.test(name))
    .map(([name, time]) => [name.replace('_time', 'Time'), time])
  return {
    chainId,
    ...Object.fromEntries(times),
    optimism: {
      eip1559Elasticity: optimism.eip1559_elasticity,
      eip1559Denominator: optimism.eip1559_denominator,
      eip1559DenominatorCanyon: optimism.eip1559_denominator_canyon,
    },
  }
}

function nothing(): undefined {
  return undefined
}
