import { bigIntToBytes, bytesToBigInt, concatBytes, emptyBytes } from '../base/bytes.ts'
import { DecodeError } from '../base/errors.ts'
import { type ForkSchedule, isForkActive } from '../chain/forks.ts'
import type { ChainOpConfig } from '../chain/rollupConfig.ts'

/** EIP-1559 parameters of one block. Each fits into 32 bits. */
export interface Eip1559Params {
  readonly denominator: number
  readonly elasticity: number
}

/** What the header says about the base fee of the next block. */
export interface FeeParams extends Eip1559Params {
  /** Wei, at least; `undefined` before Jovian. */
  readonly minBaseFee: bigint | undefined
}

/**
 * The header's extra data.
 *
 * Holocene: `0 | denominator u32 | elasticity u32`. Jovian: `1 | denominator u32 | elasticity u32 | minBaseFee u64`.
 * The version follows from whether `minBaseFee` is there.
 *
 * @see https://specs.optimism.io/protocol/holocene/exec-engine.html#eip-1559-parameters-in-block-header
 * @see https://specs.optimism.io/protocol/jovian/exec-engine.html#minimum-base-fee-in-block-header
 */
export function encodeExtraData(params: FeeParams): Uint8Array {
  const { minBaseFee } = params
  const version = Uint8Array.of(minBaseFee === undefined ? 0 : 1)
  const common = [version, encodeEip1559Params(params)]
  return minBaseFee === undefined
    ? concatBytes(...common)
    : concatBytes(...common, bigIntToBytes(minBaseFee, 8))
}

/**
 * Reads and checks the extra data of a block of that timestamp. `undefined` before Holocene, whatever it holds.
 *
 * @throws {DecodeError} `EXTRA_DATA` on a wrong length or version, or a zero denominator or elasticity.
 */
export function decodeExtraData(
  schedule: ForkSchedule,
  timestamp: bigint,
  extraData: Uint8Array,
): FeeParams | undefined {
  if (!isForkActive(schedule, 'holocene', timestamp)) return undefined
  const isJovian = isForkActive(schedule, 'jovian', timestamp)
  const [version, length] = isJovian ? [1, 17] : [0, 9]
  if (extraData.length !== length || extraData[0] !== version) {
    throw new DecodeError(
      'EXTRA_DATA',
      `extra data at ${timestamp} must have version ${version} and ${length} bytes, got version ` +
        `${extraData[0]} and ${extraData.length} bytes`,
    )
  }
  const { denominator, elasticity } = decodeEip1559Params(extraData.subarray(1, 9))
  if (denominator === 0 || elasticity === 0) {
    throw new DecodeError(
      'EXTRA_DATA',
      `extra data has denominator ${denominator} and elasticity ${elasticity}; neither may be 0`,
    )
  }
  const minBaseFee = isJovian ? bytesToBigInt(extraData.subarray(9, 17)) : undefined
  return { denominator, elasticity, minBaseFee }
}

/**
 * The extra data of a block that is built from attributes: empty before Holocene; zero parameters stand for the
 * chain's constants.
 *
 * @throws {DecodeError} `EIP1559_PARAMS`, see {@link assertPayloadFeeParams}.
 */
export function extraDataForAttributes(
  schedule: ForkSchedule,
  chain: ChainOpConfig,
  attributes: PayloadFeeParams,
): Uint8Array {
  assertPayloadFeeParams(schedule, attributes)
  if (attributes.eip1559Params === undefined) return emptyBytes
  const given = decodeEip1559Params(attributes.eip1559Params)
  const params =
    given.denominator === 0 && given.elasticity === 0
      ? defaultEip1559Params(schedule, chain, attributes.timestamp)
      : given
  return encodeExtraData({ ...params, minBaseFee: attributes.minBaseFee })
}

/** The part of payload attributes that extra data is made from. */
export interface PayloadFeeParams {
  readonly timestamp: bigint
  readonly eip1559Params: Uint8Array | undefined
  readonly minBaseFee: bigint | undefined
}

/**
 * Checks that attributes carry the fee parameters of their fork, no more and no less.
 *
 * @throws {DecodeError} `EIP1559_PARAMS`, `MIN_BASE_FEE`
 */
function assertPayloadFeeParams(schedule: ForkSchedule, attributes: PayloadFeeParams): void {
  const { timestamp, eip1559Params, minBaseFee } = attributes
  const isHolocene = isForkActive(schedule, 'holocene', timestamp)
  if (isHolocene !== (eip1559Params !== undefined)) {
    const rule = isHolocene ? 'must be there from Holocene on' : 'must be absent before Holocene'
    throw new DecodeError('EIP1559_PARAMS', `eip1559Params ${rule}, timestamp ${timestamp}`)
  }
  const isJovian = isForkActive(schedule, 'jovian', timestamp)
  if (isJovian !== (minBaseFee !== undefined)) {
    const rule = isJovian ? 'must be there from Jovian on' : 'must be absent before Jovian'
    throw new DecodeError('MIN_BASE_FEE', `minBaseFee ${rule}, timestamp ${timestamp}`)
  }
  if (eip1559Params === undefined) return
  if (eip1559Params.length !== 8) {
    throw new DecodeError('EIP1559_PARAMS', `expected 8 bytes, got ${eip1559Params.length}`)
  }
  const { denominator, elasticity } = decodeEip1559Params(eip1559Params)
  if ((denominator === 0) !== (elasticity === 0)) {
    throw new DecodeError(
      'EIP1559_PARAMS',
      `denominator ${denominator} and elasticity ${elasticity} must both be 0 or neither`,
    )
  }
}

/** `denominator u32 | elasticity u32`, as payload attributes carry them. */
export function encodeEip1559Params(params: Eip1559Params): Uint8Array {
  return concatBytes(
    bigIntToBytes(BigInt(params.denominator), 4),
    bigIntToBytes(BigInt(params.elasticity), 4),
  )
}

/** The inverse of {@link encodeEip1559Params}. @param bytes - Exactly 8. */
export function decodeEip1559Params(bytes: Uint8Array): Eip1559Params {
  return {
    denominator: Number(bytesToBigInt(bytes.subarray(0, 4))),
    elasticity: Number(bytesToBigInt(bytes.subarray(4, 8))),
  }
}

/** The chain's constants, in force where the header carries none. */
export function defaultEip1559Params(
  schedule: ForkSchedule,
  chain: ChainOpConfig,
  timestamp: bigint,
): Eip1559Params {
  const isCanyon = isForkActive(schedule, 'canyon', timestamp)
  return {
    denominator: Number(isCanyon ? chain.eip1559DenominatorCanyon : chain.eip1559Denominator),
    elasticity: Number(chain.eip1559Elasticity),
  }
}
