import { crc32 } from 'node:zlib'
import { bigIntToBytes, concatBytes } from '../../base/bytes.ts'
import { type Address, type Hash, type Hex, hexToBytes } from '../../base/hex.ts'
import { encodeQuantity } from '../../base/quantity.ts'
import { beaconRootsContract, blockHashHistoryContract } from '../../chain/addresses.ts'
import type { Fork } from '../../chain/forks.ts'
import type { RpcMethods } from '../../jsonrpc/dispatch.ts'
import { type ExecutionChainConfig, rulesAt } from '../chainConfig.ts'
import type { RpcDeps } from './rpcDeps.ts'

/**
 * `eth_config`, on chains that schedule Karst, which brought it: what is in force now, next and last.
 *
 * @see https://eips.ethereum.org/EIPS/eip-7910
 */
export function configMethods({ config, chain, clock }: RpcDeps): RpcMethods {
  if (config.forkTimes.karst === undefined) return {}
  const genesisTime = chain.header(chain.genesis.hash)!.timestamp
  const times = activationTimes(config, genesisTime)
  const describe = (time: bigint | undefined) =>
    time === undefined ? null : forkConfig(config, chain.genesis.hash, times, time)
  return {
    eth_config: async () => {
      const now = BigInt(Math.floor(clock.now() / 1000))
      const current = times.findLast((time) => time <= now) ?? genesisTime
      const next = times.find((time) => time > now)
      const last = times.at(-1)
      return {
        current: describe(current),
        next: describe(next),
        last: describe(next === undefined ? undefined : last),
      }
    },
  }
}

/** Each once, oldest first; what was active at genesis counts as activated then. */
function activationTimes({ forkTimes }: ExecutionChainConfig, genesisTime: bigint): bigint[] {
  const times = Object.values(forkTimes).map((time) => (time < genesisTime ? genesisTime : time))
  return [...new Set([genesisTime, ...times])].sort((a, b) => (a < b ? -1 : 1))
}

function forkConfig(
  config: ExecutionChainConfig,
  genesis: Hash,
  times: readonly bigint[],
  time: bigint,
): unknown {
  const rules = rulesAt(config, time)
  const named = (list: readonly (readonly [string, Address, Fork])[]) =>
    Object.fromEntries(
      list.filter(([, , fork]) => rules.isActive(fork)).map(([name, address]) => [name, address]),
    )
  return {
    activationTime: Number(time),
    // The L2 carries no blobs.
    blobSchedule: null,
    chainId: encodeQuantity(config.chainId),
    forkId: forkId(genesis, times.slice(1, times.indexOf(time) + 1)),
    precompiles: named(precompiles),
    systemContracts: named(systemContracts),
  }
}

/** Checksum of the genesis block and the forks since. @see https://eips.ethereum.org/EIPS/eip-2124 */
function forkId(genesis: Hash, passed: readonly bigint[]): Hex {
  const sum = crc32(
    concatBytes(hexToBytes(genesis), ...passed.map((time) => bigIntToBytes(time, 8))),
  )
  return `0x${sum.toString(16).padStart(8, '0')}`
}

const at = (index: number): Address => `0x${index.toString(16).padStart(40, '0')}`

const precompiles = [
  ['ECREC', at(0x01), 'bedrock'],
  ['SHA256', at(0x02), 'bedrock'],
  ['RIPEMD160', at(0x03), 'bedrock'],
  ['ID', at(0x04), 'bedrock'],
  ['MODEXP', at(0x05), 'bedrock'],
  ['BN254_ADD', at(0x06), 'bedrock'],
  ['BN254_MUL', at(0x07), 'bedrock'],
  ['BN254_PAIRING', at(0x08), 'bedrock'],
  ['BLAKE2F', at(0x09), 'bedrock'],
  ['KZG_POINT_EVALUATION', at(0x0a), 'ecotone'],
  ['BLS12_G1ADD', at(0x0b), 'isthmus'],
  ['BLS12_G1MSM', at(0x0c), 'isthmus'],
  ['BLS12_G2ADD', at(0x0d), 'isthmus'],
  ['BLS12_G2MSM', at(0x0e), 'isthmus'],
  ['BLS12_PAIRING_CHECK', at(0x0f), 'isthmus'],
  ['BLS12_MAP_FP_TO_G1', at(0x10), 'isthmus'],
  ['BLS12_MAP_FP2_TO_G2', at(0x11), 'isthmus'],
  ['P256VERIFY', at(0x100), 'fjord'],
] as const satisfies readonly (readonly [string, Address, Fork])[]

const systemContracts = [
  ['BEACON_ROOTS_ADDRESS', beaconRootsContract, 'ecotone'],
  ['HISTORY_STORAGE_ADDRESS', blockHashHistoryContract, 'isthmus'],
] as const satisfies readonly (readonly [string, Address, Fork])[]
