import { describe, expect, test } from 'vitest'
import { type ScheduledFork, scheduledForks } from '../../src/chain/forks.ts'
import { rollupConfigFromJson, rollupConfigToJson } from '../../src/chain/rollupConfigJson.ts'
import { haveVectors, readVectorJson, vectorsNote } from '../../src/testing/vectors.ts'

interface RegistryChain {
  readonly _key: string
  readonly _superchain: string
  readonly chain_id: number
  readonly batch_inbox_addr: string
  readonly block_time: number
  readonly seq_window_size: number
  readonly max_sequencer_drift: number
  readonly hardforks: Readonly<Record<string, number | boolean>>
  readonly optimism: Readonly<Record<string, number>>
  readonly genesis: {
    readonly system_config: Readonly<Record<string, unknown>> & { readonly batcherAddress: string }
  }
  readonly addresses: Readonly<Record<string, string>>
  readonly alt_da?: unknown
}

/** The chain as op-node would write it into rollup.json. */
function rollupJson(chain: RegistryChain): Record<string, unknown> {
  const { batcherAddress, ...systemConfig } = chain.genesis.system_config
  return {
    genesis: { ...chain.genesis, system_config: { ...systemConfig, batcherAddr: batcherAddress } },
    block_time: chain.block_time,
    max_sequencer_drift: chain.max_sequencer_drift,
    seq_window_size: chain.seq_window_size,
    channel_timeout: 300,
    l1_chain_id: chain._superchain === 'mainnet' ? 1 : 11155111,
    l2_chain_id: chain.chain_id,
    regolith_time: 0,
    ...chain.hardforks,
    batch_inbox_address: chain.batch_inbox_addr,
    deposit_contract_address: chain.addresses['OptimismPortalProxy'],
    l1_system_config_address: chain.addresses['SystemConfigProxy'],
    chain_op_config: {
      eip1559Elasticity: chain.optimism['eip1559_elasticity'],
      eip1559Denominator: chain.optimism['eip1559_denominator'],
      eip1559DenominatorCanyon: chain.optimism['eip1559_denominator_canyon'],
    },
    ...(chain.alt_da ? { alt_da: chain.alt_da } : {}),
  }
}

describe.skipIf(!haveVectors)(`chains of the superchain registry${vectorsNote}`, () => {
  const chains = haveVectors
    ? readVectorJson<{ chains: RegistryChain[] }>('registry/chains.json').chains
    : []

  test.each(chains.filter(({ alt_da }) => !alt_da))('$_key is read and written back', (chain) => {
    const config = rollupConfigFromJson(rollupJson(chain))
    expect(config.l2ChainId).toBe(BigInt(chain.chain_id))
    expect(config.keepKarstUpgradeGas).toBe(chain.hardforks['keep_karst_upgrade_gas'] === true)
    for (const fork of scheduledForks.filter(
      (name): name is ScheduledFork => name !== 'regolith',
    )) {
      const time = chain.hardforks[`${fork}_time`]
      expect(config.forkTimes[fork], fork).toBe(time === undefined ? undefined : BigInt(time))
    }
    expect(rollupConfigFromJson(rollupConfigToJson(config))).toEqual(config)
  })

  test.each(chains.filter(({ alt_da }) => alt_da))(
    '$_key is refused for its alternative data availability',
    (chain) => {
      expect(() => rollupConfigFromJson(rollupJson(chain))).toThrow(/alt_da/)
    },
  )
})

describe.skipIf(!haveVectors)(`rollup.json of the derivation vectors${vectorsNote}`, () => {
  test.each(['op-mainnet-regolith-109279674', 'op-sepolia-granite-16491249'])('%s', (folder) => {
    const json = readVectorJson<Record<string, unknown>>(`derivation/${folder}/rollup.json`)
    const config = rollupConfigFromJson(json)
    expect(rollupConfigToJson(config)).toMatchObject({
      l2_chain_id: json['l2_chain_id'],
      chain_op_config: json['chain_op_config'],
      granite_time: json['granite_time'],
    })
  })
})
