import { bytesToBigInt } from '../base/bytes.ts'
import { DecodeError } from '../base/errors.ts'
import { type Address, bytesToHex, type Hash, zeroHash } from '../base/hex.ts'
import { isForkActive } from '../chain/forks.ts'
import type { RollupConfig } from '../chain/rollupConfig.ts'
import type { SystemConfig } from '../chain/systemConfig.ts'
import { decodeFeeScalars } from './feeScalars.ts'

/** Topic of `ConfigUpdate(uint256 indexed version, uint8 indexed updateType, bytes data)`. */
export const configUpdateTopic: Hash =
  '0x1d2b0bda21d56b8bd12d4f94ebacffdfb35f5e226f84b461103bb8beab6353be'

/** What one ConfigUpdate log changes. */
export type SystemConfigUpdate =
  | { readonly type: 'batcher'; readonly batcherAddress: Address }
  | { readonly type: 'feeScalars'; readonly overhead: Hash; readonly scalar: Hash }
  | { readonly type: 'gasLimit'; readonly gasLimit: bigint }
  | { readonly type: 'unsafeBlockSigner'; readonly unsafeBlockSigner: Address }
  | {
      readonly type: 'eip1559Params'
      readonly eip1559Denominator: number
      readonly eip1559Elasticity: number
    }
  | {
      readonly type: 'operatorFee'
      readonly operatorFeeScalar: number
      readonly operatorFeeConstant: bigint
    }
  | { readonly type: 'minBaseFee'; readonly minBaseFee: bigint }
  | { readonly type: 'daFootprintGasScalar'; readonly daFootprintGasScalar: number }

/** A log of the SystemConfig contract. */
export interface ConfigUpdateLog {
  readonly address: Address
  readonly topics: readonly Hash[]
  readonly data: Uint8Array
}

/** Receipts of an L1 block, cut down to what updates are read from. */
export interface ConfigUpdateReceipt {
  readonly succeeded: boolean
  readonly logs: readonly ConfigUpdateLog[]
}

/** The config after an L1 block, and the logs that had to be passed over. */
export interface UpdatedSystemConfig {
  readonly systemConfig: SystemConfig
  readonly dropped: readonly DecodeError[]
}

/**
 * Applies the updates of one L1 block.
 *
 * A malformed log changes nothing and never stops the chain: it is returned for someone to report. From Ecotone on
 * the same goes for a fee scalar in an unknown format.
 *
 * @param l1Timestamp - Of the L1 block: it decides whether Ecotone's reading of the fee scalars applies.
 * @see https://specs.optimism.io/protocol/system-config.html#system-config-updates
 */
export function updateSystemConfig(
  config: RollupConfig,
  systemConfig: SystemConfig,
  receipts: readonly ConfigUpdateReceipt[],
  l1Timestamp: bigint,
): UpdatedSystemConfig {
  const dropped: DecodeError[] = []
  let updated = systemConfig
  for (const receipt of receipts) {
    if (!receipt.succeeded) continue
    for (const log of receipt.logs) {
      if (log.address !== config.l1SystemConfigAddress || log.topics[0] !== configUpdateTopic) {
        continue
      }
      try {
        updated = applyUpdate(config, updated, decodeConfigUpdateLog(log), l1Timestamp)
      } catch (error) {
        if (!(error instanceof DecodeError)) throw error
        dropped.push(error)
      }
    }
  }
  return { systemConfig: updated, dropped }
}

/**
 * Decodes one log.
 *
 * Data is ABI-encoded `bytes`: `32 u256 | length u256 | content`, with one word of content, or two for the fee scalars.
 *
 * @throws {DecodeError} `CONFIG_UPDATE` saying what is wrong.
 */
export function decodeConfigUpdateLog(log: Omit<ConfigUpdateLog, 'address'>): SystemConfigUpdate {
  const [topic, version, updateType] = log.topics
  if (log.topics.length !== 3) throw malformed(`expected 3 topics, got ${log.topics.length}`)
  if (topic !== configUpdateTopic) throw malformed(`unknown event ${topic}`)
  if (version !== zeroHash) throw malformed(`unknown version ${version}`)
  const type = updateTypes.find((_, index) => BigInt(updateType!) === BigInt(index))
  if (type === undefined) throw malformed(`unknown update type ${updateType}`)
  return decoders[type](contentWords(log.data, type === 'feeScalars' ? 2 : 1))
}

/** In the order of the contract's `UpdateType`. */
const updateTypes = [
  'batcher',
  'feeScalars',
  'gasLimit',
  'unsafeBlockSigner',
  'eip1559Params',
  'operatorFee',
  'minBaseFee',
  'daFootprintGasScalar',
] as const satisfies readonly SystemConfigUpdate['type'][]

type Words = readonly [first: Uint8Array, second: Uint8Array]

const decoders: {
  readonly [Type in SystemConfigUpdate['type']]: (words: Words) => SystemConfigUpdate
} = {
  batcher: ([word]) => ({ type: 'batcher', batcherAddress: address(word) }),
  feeScalars: ([overhead, scalar]) => ({
    type: 'feeScalars',
    overhead: bytesToHex(overhead),
    scalar: bytesToHex(scalar),
  }),
  gasLimit: ([word]) => ({ type: 'gasLimit', gasLimit: uint(word, 64) }),
  unsafeBlockSigner: ([word]) => ({
    type: 'unsafeBlockSigner',
    unsafeBlockSigner: address(word),
  }),
  eip1559Params: ([word]) => {
    const packed = uint(word, 64)
    const eip1559Denominator = Number(packed >> 32n)
    const eip1559Elasticity = Number(packed & 0xffff_ffffn)
    if ((eip1559Denominator === 0) !== (eip1559Elasticity === 0)) {
      throw malformed(
        `EIP-1559 denominator ${eip1559Denominator} with elasticity ${eip1559Elasticity}`,
      )
    }
    return { type: 'eip1559Params', eip1559Denominator, eip1559Elasticity }
  },
  // The contract packs scalar and constant into the low 12 bytes; the rest is not looked at.
  operatorFee: ([word]) => ({
    type: 'operatorFee',
    operatorFeeScalar: Number(bytesToBigInt(word.subarray(20, 24))),
    operatorFeeConstant: bytesToBigInt(word.subarray(24)),
  }),
  minBaseFee: ([word]) => ({ type: 'minBaseFee', minBaseFee: uint(word, 64) }),
  daFootprintGasScalar: ([word]) => ({
    type: 'daFootprintGasScalar',
    daFootprintGasScalar: Number(uint(word, 16)),
  }),
}

function applyUpdate(
  config: RollupConfig,
  systemConfig: SystemConfig,
  update: SystemConfigUpdate,
  l1Timestamp: bigint,
): SystemConfig {
  const { type, ...changes } = update
  // Policy for gossip, not part of the chain's rules.
  if (type === 'unsafeBlockSigner') return systemConfig
  if (type !== 'feeScalars' || !isForkActive(config, 'ecotone', l1Timestamp)) {
    return { ...systemConfig, ...changes }
  }
  const { scalar } = update
  if (decodeFeeScalars(scalar) === undefined) {
    throw malformed(`fee scalar ${scalar} has an unknown version or padding`)
  }
  return { ...systemConfig, overhead: zeroHash, scalar }
}

function contentWords(data: Uint8Array, count: 1 | 2): Words {
  const lengthBytes = 64 + 32 * count
  if (data.length !== lengthBytes) {
    throw malformed(`expected ${lengthBytes} bytes of data, got ${data.length}`)
  }
  const pointer = bytesToBigInt(data.subarray(0, 32))
  if (pointer !== 32n) throw malformed(`content must begin at byte 32, got ${pointer}`)
  const length = bytesToBigInt(data.subarray(32, 64))
  if (length !== BigInt(32 * count)) {
    throw malformed(`content must have ${32 * count} bytes, got ${length}`)
  }
  return [data.subarray(64, 96), data.subarray(96, 128)]
}

function uint(word: Uint8Array, bits: number): bigint {
  const value = bytesToBigInt(word)
  if (value >> BigInt(bits) !== 0n) throw malformed(`${value} does not fit into ${bits} bits`)
  return value
}

function address(word: Uint8Array): Address {
  if (bytesToBigInt(word.subarray(0, 12)) !== 0n) {
    throw malformed(`${bytesToHex(word)} is not an address padded with zeros`)
  }
  return bytesToHex(word.subarray(12))
}

function malformed(problem: string): DecodeError {
  return new DecodeError('CONFIG_UPDATE', `malformed ConfigUpdate log: ${problem}`)
}
