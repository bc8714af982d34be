import type { Hash, Hex } from '../../base/hex.ts'
import { withoutUndefined } from '../../base/withoutUndefined.ts'
import { scheduledForks } from '../forks.ts'
import type { ChainFacts, ForkFacts, RegistryEntry } from './facts.ts'
import {
  invalidRegistry,
  RegistryTable,
  readAddress,
  readBoolean,
  readCount,
  readHash,
  readText,
  readWord,
} from './registryTable.ts'

/** A chain of a registry file, and what it says of where it belongs. */
export interface ChainJson {
  readonly entry: RegistryEntry
  readonly superchain: string | undefined
  readonly l1ChainId: number | undefined
}

/** Reads one chain. @throws {ConfigError} `REGISTRY_INVALID`, `REGISTRY_KEY_UNKNOWN` */
export function readChain(json: unknown, path: string): ChainJson {
  const table = new RegistryTable(json, path)
  const name = table.need(readText, 'name')
  const chainId = table.need(readCount, 'chain_id', 'l2_chain_id')
  // The registry's identifier is `<superchain>/<key>`.
  const [key, superchain] = (table.take(readText, 'identifier', '_key') ?? name)
    .split('/')
    .reverse()
  const named = { key: (key as string).toLowerCase().replaceAll(' ', '-'), name, chainId }
  const home = {
    superchain: table.take(readText, 'superchain', '_superchain') ?? superchain,
    l1ChainId: table.take(readCount, 'l1_chain_id'),
  }
  const hasAltDa = table.take((value) => value, 'alt_da') !== undefined
  const availability = table.take(readText, 'data_availability_type') ?? 'eth-da'
  if (!['eth-da', 'alt-da'].includes(availability)) {
    throw invalidRegistry(path, `takt does not know the data availability type ${availability}`)
  }
  const facts = readFacts(table)
  for (const keys of keysThatInform) table.skip(keys)
  table.end()
  const isAltDa = hasAltDa || availability === 'alt-da'
  const entry = isAltDa ? { ...named, refusal: 'alt-da' as const } : { ...named, ...facts }
  return { entry, ...home }
}

/** Reads a table of forks. */
export function readForks(
  json: unknown,
  path: string,
): { readonly forks: ForkFacts; readonly keepKarstUpgradeGas: boolean } {
  const table = new RegistryTable(json, path)
  const regolith = table.take(readCount, 'regolith_time') ?? 0
  if (regolith !== 0)
    throw invalidRegistry(path, 'regolith_time must be 0: it is as old as Bedrock')
  const times = {
    ...Object.fromEntries(
      scheduledForks.slice(1).map((fork) => [fork, table.take(readCount, `${fork}_time`)]),
    ),
    pectraBlobSchedule: table.take(readCount, 'pectra_blob_schedule_time'),
    lagoon: table.take(readCount, 'lagoon_time', 'interop_time'),
  }
  const keepKarstUpgradeGas = table.take(readBoolean, 'keep_karst_upgrade_gas') ?? false
  table.end()
  return { forks: withoutUndefined(times), keepKarstUpgradeGas }
}

// Lagoon gives `interop` its meaning, and a chain that schedules Lagoon is refused.
const keysThatInform = [
  ...['public_rpc', 'sequencer_rpc', 'rpc', 'explorer', 'explorers', 'roles', 'parent', 'interop'],
  ...['governed_by_optimism', 'superchain_level', 'standard_chain_candidate', 'fault_proofs'],
  ...['gas_paying_token', 'deployment_tx_hash', 'deployment_l2_contracts_version'],
]

function readFacts(table: RegistryTable): Omit<ChainFacts, 'key' | 'name' | 'chainId'> {
  const { forks, keepKarstUpgradeGas } = table.need(
    readForks,
    'hardforks',
    'hardfork_configuration',
  )
  return {
    forks,
    keepKarstUpgradeGas,
    ...table.need(readGenesis, 'genesis'),
    batchInbox: table.need(readAddress, 'batch_inbox_addr', 'batch_inbox_address'),
    ...table.need(readAddresses, 'addresses'),
    blockTime: table.need(readCount, 'block_time'),
    seqWindowSize: table.need(readCount, 'seq_window_size'),
    maxSequencerDrift: table.need(readCount, 'max_sequencer_drift'),
    ...withoutUndefined({
      superchainTime: table.take(readCount, 'superchain_time'),
      eip1559: table.take(readEip1559, 'optimism'),
    }),
  }
}

function readEip1559(json: unknown, path: string): readonly [number, number, number] {
  const table = new RegistryTable(json, path)
  const elasticity = table.need(readCount, 'eip1559_elasticity')
  const denominator = table.need(readCount, 'eip1559_denominator')
  const denominatorCanyon = table.need(readCount, 'eip1559_denominator_canyon')
  table.end()
  return [elasticity, denominator, denominatorCanyon]
}

function readGenesis(json: unknown, path: string) {
  const table = new RegistryTable(json, path)
  const genesis = {
    l1: table.need(readBlockId, 'l1'),
    l2: table.need(readBlockId, 'l2'),
    l2Time: table.need(readCount, 'l2_time'),
    ...table.need(readSystemConfig, 'system_config'),
  }
  table.end()
  return genesis
}

function readBlockId(
  json: unknown,
  path: string,
): { readonly number: number; readonly hash: Hash } {
  const table = new RegistryTable(json, path)
  const id = { number: table.need(readCount, 'number'), hash: table.need(readHash, 'hash') }
  table.end()
  return id
}

function readSystemConfig(json: unknown, path: string) {
  const table = new RegistryTable(json, path)
  const config = {
    batcher: table.need(readAddress, 'batcher_address', 'batcher_addr'),
    overhead: table.need(readWord, 'overhead'),
    scalar: table.need(readWord, 'scalar'),
    gasLimit: table.need(readCount, 'gas_limit'),
  }
  table.end()
  return config
}

/** The two contracts on L1 that derivation reads. The others change nothing. */
function readAddresses(json: unknown, path: string): Record<'portal' | 'systemConfig', Hex> {
  const table = new RegistryTable(json, path)
  return {
    portal: table.need(readAddress, 'OptimismPortalProxy'),
    systemConfig: table.need(readAddress, 'SystemConfigProxy'),
  }
}
