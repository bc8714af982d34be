import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { Hex } from '../../src/base/hex.ts'
import { scheduledForks } from '../../src/chain/forks.ts'
import { findRollupConfig, superchainRegistry } from '../../src/chain/registry/registry.ts'
import { parseRegistry } from '../../src/chain/registry/registryJson.ts'
import type { RollupConfig } from '../../src/chain/rollupConfig.ts'
import {
  haveVectors,
  readVectorJson,
  vectorsFolder,
  vectorsNote,
} from '../../src/testing/vectors.ts'

interface ChainToml {
  readonly _key: string
  readonly _superchain: string
  readonly chain_id: number
  readonly data_availability_type: string
  readonly batch_inbox_addr: string
  readonly block_time: number
  readonly seq_window_size: number
  readonly max_sequencer_drift: number
  readonly hardforks: Readonly<Record<string, number>> & {
    readonly keep_karst_upgrade_gas?: boolean
  }
  readonly optimism: Readonly<Record<string, number>>
  readonly genesis: {
    readonly l1: { readonly hash: Hex; readonly number: number }
    readonly l2: { readonly hash: Hex; readonly number: number }
    readonly l2_time: number
    readonly system_config: Readonly<Record<'batcherAddress' | 'overhead' | 'scalar', Hex>> & {
      readonly gasLimit: number
    }
  }
  readonly addresses: Readonly<Record<string, string>>
}

interface Chains {
  readonly superchains: Readonly<Record<string, { readonly l1: { readonly chain_id: number } }>>
  readonly chains: readonly ChainToml[]
}

const { superchains, chains }: Chains = haveVectors
  ? readVectorJson('registry/chains.json')
  : { superchains: {}, chains: [] }

/** What op-node makes of the chain. */
function expectedConfig(chain: ChainToml): RollupConfig {
  const { genesis, hardforks, optimism } = chain
  const { batcherAddress, overhead, scalar, gasLimit } = genesis.system_config
  const block = ({ hash, number }: { hash: Hex; number: number }) => ({
    hash,
    number: BigInt(number),
  })
  const time = (fork: string) => hardforks[`${fork}_time`]
  const pectra = time('pectra_blob_schedule')
  const address = (text: string) => text.toLowerCase() as Hex
  return {
    genesis: {
      l1: block(genesis.l1),
      l2: block(genesis.l2),
      l2Time: BigInt(genesis.l2_time),
      systemConfig: {
        batcherAddress: address(batcherAddress),
        overhead,
        scalar,
        gasLimit: BigInt(gasLimit),
        eip1559Denominator: 0,
        eip1559Elasticity: 0,
        operatorFeeScalar: 0,
        operatorFeeConstant: 0n,
        minBaseFee: 0n,
        daFootprintGasScalar: 0,
      },
    },
    blockTime: BigInt(chain.block_time),
    maxSequencerDrift: BigInt(chain.max_sequencer_drift),
    seqWindowSize: BigInt(chain.seq_window_size),
    channelTimeout: 300n,
    l1ChainId: BigInt(superchains[chain._superchain]!.l1.chain_id),
    l2ChainId: BigInt(chain.chain_id),
    forkTimes: {
      regolith: 0n,
      ...Object.fromEntries(
        scheduledForks
          .filter((fork) => time(fork) !== undefined)
          .map((fork) => [fork, BigInt(time(fork)!)]),
      ),
    },
    pectraBlobScheduleTime: pectra === undefined ? undefined : BigInt(pectra),
    batchInboxAddress: address(chain.batch_inbox_addr),
    depositContractAddress: address(chain.addresses['OptimismPortalProxy']!),
    l1SystemConfigAddress: address(chain.addresses['SystemConfigProxy']!),
    protocolVersionsAddress: `0x${'0'.repeat(40)}`,
    chainOpConfig: {
      eip1559Elasticity: BigInt(optimism['eip1559_elasticity']!),
      eip1559Denominator: BigInt(optimism['eip1559_denominator']!),
      eip1559DenominatorCanyon: BigInt(optimism['eip1559_denominator_canyon']!),
    },
    keepKarstUpgradeGas: hardforks.keep_karst_upgrade_gas === true,
  }
}

describe.skipIf(!haveVectors)(`superchain registry${vectorsNote}`, () => {
  const isOnEthereum = (chain: ChainToml) => chain.data_availability_type === 'eth-da'
  const onEthereum = chains.filter(isOnEthereum)
  const elsewhere = chains.filter((chain) => !isOnEthereum(chain))

  test.each(onEthereum)('$_key is known, by name and by id', (chain) => {
    const byName = findRollupConfig(chain._key, superchainRegistry)
    expect(byName).toEqual(expectedConfig(chain))
    expect(findRollupConfig(String(chain.chain_id), superchainRegistry)).toEqual(byName)
  })

  test.each(onEthereum)('$_key is read from the file', (chain) => {
    expect(findRollupConfig(chain._key, fileRegistry())).toEqual(expectedConfig(chain))
  })

  test.each(elsewhere)('$_key is refused: its data is not on Ethereum', (chain) => {
    for (const registry of [superchainRegistry, fileRegistry()]) {
      expect(() => findRollupConfig(String(chain.chain_id), registry)).toThrow(
        'alternative data availability',
      )
    }
  })

  test('there is no chain that the registry does not have, but Base', () => {
    const ids = superchainRegistry.flatMap((superchain) =>
      superchain.chains.map(({ chainId }) => chainId),
    )
    const theirs = chains.map(({ chain_id }) => chain_id)
    expect(ids.filter((id) => !theirs.includes(id))).toEqual([8453, 84532])
    expect(ids).toHaveLength(theirs.length + 2)
  })
})

let parsed: ReturnType<typeof parseRegistry> | undefined
function fileRegistry() {
  parsed ??= parseRegistry(readFileSync(resolve(vectorsFolder, 'registry/chains.json'), 'utf8'))
  return parsed
}
