import { bytesToBigInt } from '../../base/bytes.ts'
import type { Hash } from '../../base/hex.ts'
import { predeploys } from '../../chain/addresses.ts'
import type { ForkRules } from '../chainConfig.ts'
import type { StorageValue } from '../state/worldState.ts'

/** What the L1Block contract says about fees, as of the block's L1-attributes transaction. */
export interface FeeParameters {
  /** Wei. */
  readonly l1BaseFee: bigint
  /** How the L1 fee is reckoned: by the scalars of before Ecotone, or of Ecotone and later. */
  readonly l1: BedrockScalars | EcotoneScalars
  /** From Isthmus. */
  readonly operator: { readonly scalar: bigint; readonly constant: bigint } | undefined
  /** From Jovian. */
  readonly daFootprintGasScalar: bigint | undefined
}

export interface BedrockScalars {
  readonly type: 'bedrock'
  readonly overhead: bigint
  readonly scalar: bigint
}

export interface EcotoneScalars {
  readonly type: 'ecotone'
  readonly blobBaseFee: bigint
  readonly baseFeeScalar: bigint
  readonly blobBaseFeeScalar: bigint
}

/**
 * Reads the parameters from the storage of the L1Block contract.
 *
 * The first Ecotone block still has Bedrock's scalars: its L1-attributes transaction comes before the upgrade that
 * gives the contract Ecotone's.
 *
 * @param storage - Reads a slot of a contract.
 * @see https://specs.optimism.io/protocol/exec-engine.html#l1-cost-fees-l1-fee-vault
 */
export function readFeeParameters(
  storage: (address: typeof predeploys.l1Block, slot: Hash) => StorageValue,
  rules: ForkRules,
): FeeParameters {
  const read = (slot: Hash) => bytesToBigInt(storage(predeploys.l1Block, slot))
  const operator = rules.isActive('isthmus') ? read(slots.operator) : undefined
  return {
    l1BaseFee: read(slots.l1BaseFee),
    l1: readL1Scalars(read, rules),
    operator:
      operator === undefined
        ? undefined
        : { scalar: bitsOf(operator, 64, 32), constant: bitsOf(operator, 0, 64) },
    daFootprintGasScalar:
      operator !== undefined && rules.isActive('jovian') ? bitsOf(operator, 96, 16) : undefined,
  }
}

function readL1Scalars(
  read: (slot: Hash) => bigint,
  rules: ForkRules,
): BedrockScalars | EcotoneScalars {
  if (rules.isActive('ecotone')) {
    const packed = read(slots.scalars)
    const blobBaseFee = read(slots.blobBaseFee)
    const baseFeeScalar = bitsOf(packed, 96, 32)
    const blobBaseFeeScalar = bitsOf(packed, 64, 32)
    const isUnset = blobBaseFee === 0n && baseFeeScalar === 0n && blobBaseFeeScalar === 0n
    if (!isUnset || rules.isActive('fjord')) {
      return { type: 'ecotone', blobBaseFee, baseFeeScalar, blobBaseFeeScalar }
    }
  }
  return { type: 'bedrock', overhead: read(slots.overhead), scalar: read(slots.scalar) }
}

/** Where the L1Block contract keeps what counts here. */
const slots = {
  l1BaseFee: slot(1),
  /** `… | baseFeeScalar u32 | blobBaseFeeScalar u32 | sequenceNumber u64` */
  scalars: slot(3),
  overhead: slot(5),
  scalar: slot(6),
  blobBaseFee: slot(7),
  /** `… | daFootprintGasScalar u16 | operatorFeeScalar u32 | operatorFeeConstant u64` */
  operator: slot(8),
} as const

function slot(index: number): Hash {
  return `0x${index.toString(16).padStart(64, '0')}`
}

function bitsOf(word: bigint, shift: number, size: number): bigint {
  return BigInt.asUintN(size, word >> BigInt(shift))
}
