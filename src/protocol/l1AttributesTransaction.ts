import { ChainError, DecodeError } from '../base/errors.ts'
import { zeroHash } from '../base/hex.ts'
import { l1InfoDepositor, predeploys } from '../chain/addresses.ts'
import { isForkActive } from '../chain/forks.ts'
import type { L1BlockRef } from '../chain/refs.ts'
import { isForkActivationBlock, type RollupConfig } from '../chain/rollupConfig.ts'
import type { SystemConfig } from '../chain/systemConfig.ts'
import { cancunBlobBaseFee } from './blobBaseFee.ts'
import { depositSourceHash } from './depositSource.ts'
import { type DepositTransaction, decodeDepositTransaction } from './depositTransaction.ts'
import { effectiveFeeScalars } from './feeScalars.ts'
import type { BlockHeader } from './header.ts'
import {
  decodeL1Attributes,
  encodeL1Attributes,
  type L1Attributes,
  type L1AttributesFormat,
} from './l1Attributes.ts'

/** The L1 block that an L2 block takes its attributes from. */
export interface L1Origin {
  /** Its hash is that of the header. */
  readonly ref: L1BlockRef
  readonly header: BlockHeader
  /** Wei by L1's own schedule; `undefined` before Cancun. */
  readonly blobBaseFee: bigint | undefined
}

/** What 0 in the SystemConfig stands for. */
export const defaultDaFootprintGasScalar = 400

/**
 * The transaction that begins an L2 block.
 *
 * @throws {ChainError} critical `FEE_SCALAR_INVALID` when the SystemConfig holds a scalar that no rule lets in.
 * @see https://specs.optimism.io/protocol/deposits.html#l1-attributes-deposited-transaction
 */
export function l1AttributesTransaction(
  config: RollupConfig,
  systemConfig: SystemConfig,
  origin: L1Origin,
  sequenceNumber: bigint,
  l2Timestamp: bigint,
): DepositTransaction {
  const format = l1AttributesFormatAt(config, l2Timestamp)
  const attributes = l1AttributesOf(config, systemConfig, origin, sequenceNumber, format)
  const isRegolith = isForkActive(config, 'regolith', l2Timestamp)
  return {
    sourceHash: depositSourceHash({ type: 'l1Info', l1BlockHash: origin.ref.hash, sequenceNumber }),
    from: l1InfoDepositor,
    to: predeploys.l1Block,
    mint: 0n,
    value: 0n,
    gas: isRegolith ? 1_000_000n : 150_000_000n,
    isSystemTransaction: !isRegolith,
    data: encodeL1Attributes(format, attributes),
  }
}

/**
 * The format of an L2 block of that timestamp. The activation block of a fork still uses the old one: the L1Block
 * contract is replaced only by the upgrade transactions behind it.
 */
export function l1AttributesFormatAt(
  config: RollupConfig,
  l2Timestamp: bigint,
): L1AttributesFormat {
  const switched = (fork: 'ecotone' | 'isthmus' | 'jovian') =>
    isForkActive(config, fork, l2Timestamp) && !isForkActivationBlock(config, fork, l2Timestamp)
  if (switched('jovian')) return 'jovian'
  if (switched('isthmus')) return 'isthmus'
  if (switched('ecotone')) return 'ecotone'
  return 'bedrock'
}

/**
 * The attributes in the first transaction of an L2 block.
 *
 * @throws {DecodeError} `L1_ATTRIBUTES_MISSING` without a transaction; `DEPOSIT_*`, `L1_ATTRIBUTES` for another one.
 */
export function l1AttributesOfBlock(
  config: RollupConfig,
  transactions: readonly Uint8Array[],
  l2Timestamp: bigint,
): L1Attributes {
  const first = transactions[0]
  if (first === undefined) {
    throw new DecodeError(
      'L1_ATTRIBUTES_MISSING',
      'an L2 block begins with its L1-attributes transaction, got a block without transactions',
    )
  }
  const { data } = decodeDepositTransaction(first)
  return decodeL1Attributes(l1AttributesFormatAt(config, l2Timestamp), data)
}

function l1AttributesOf(
  config: RollupConfig,
  systemConfig: SystemConfig,
  origin: L1Origin,
  sequenceNumber: bigint,
  format: L1AttributesFormat,
): L1Attributes {
  const { ref, header } = origin
  const common = {
    number: ref.number,
    timestamp: ref.timestamp,
    baseFee: header.baseFeePerGas ?? 0n,
    hash: ref.hash,
    sequenceNumber,
    batcherAddress: systemConfig.batcherAddress,
    operatorFeeScalar: systemConfig.operatorFeeScalar,
    operatorFeeConstant: systemConfig.operatorFeeConstant,
    daFootprintGasScalar: systemConfig.daFootprintGasScalar || defaultDaFootprintGasScalar,
  }
  if (format === 'bedrock') {
    return {
      ...common,
      overhead: systemConfig.overhead,
      scalar: systemConfig.scalar,
      baseFeeScalar: 0,
      blobBaseFeeScalar: 0,
      blobBaseFee: 0n,
    }
  }
  const scalars = effectiveFeeScalars(systemConfig.scalar)
  if (scalars === undefined) {
    throw new ChainError(
      'critical',
      'FEE_SCALAR_INVALID',
      `fee scalar ${systemConfig.scalar} of the system config has an unknown version or padding`,
      { metaMessages: ['Check genesis.system_config.scalar of the rollup config.'] },
    )
  }
  return {
    ...common,
    overhead: zeroHash,
    scalar: zeroHash,
    ...scalars,
    blobBaseFee: blobBaseFeeOf(config, origin),
  }
}

/** Chains whose L1 got Pectra before they knew of it keep the price of the old schedule until a set time. */
function blobBaseFeeOf(config: RollupConfig, origin: L1Origin): bigint {
  const { pectraBlobScheduleTime } = config
  const { excessBlobGas } = origin.header
  if (
    pectraBlobScheduleTime !== undefined &&
    origin.ref.timestamp < pectraBlobScheduleTime &&
    excessBlobGas !== undefined
  ) {
    return cancunBlobBaseFee(excessBlobGas)
  }
  // Before Cancun on L1: the least price of EIP-4844.
  return origin.blobBaseFee ?? 1n
}
