import { type ForkSchedule, isForkActive } from '../chain/forks.ts'
import type { ChainOpConfig } from '../chain/rollupConfig.ts'
import { decodeExtraData, defaultEip1559Params } from './extraData.ts'
import type { BlockHeader } from './header.ts'

/**
 * Wei per gas of the block that follows `parent`.
 *
 * The parameters are those of the parent's header from Holocene on, the chain's constants before. From Jovian on
 * data availability counts like gas, and the fee has a floor.
 *
 * @param timestamp - Of the new block: Canyon's constant holds from its own first block on.
 * @throws {DecodeError} `EXTRA_DATA` when the parent's header breaks the rules of its fork.
 * @see https://specs.optimism.io/protocol/holocene/exec-engine.html#base-fee-computation
 * @see https://specs.optimism.io/protocol/jovian/exec-engine.html#minimum-base-fee
 */
export function nextBaseFee(
  schedule: ForkSchedule,
  chain: ChainOpConfig,
  parent: BlockHeader,
  timestamp: bigint,
): bigint {
  const ofParent = decodeExtraData(schedule, parent.timestamp, parent.extraData)
  const params = ofParent ?? defaultEip1559Params(schedule, chain, timestamp)
  const fee = eip1559BaseFee(
    parent.baseFeePerGas ?? 0n,
    meteredGas(schedule, parent),
    parent.gasLimit / BigInt(params.elasticity),
    BigInt(params.denominator),
  )
  const floor = ofParent?.minBaseFee ?? 0n
  return fee < floor ? floor : fee
}

function meteredGas(schedule: ForkSchedule, parent: BlockHeader): bigint {
  const { gasUsed, blobGasUsed = 0n } = parent
  const countsData = isForkActive(schedule, 'jovian', parent.timestamp)
  return countsData && blobGasUsed > gasUsed ? blobGasUsed : gasUsed
}

function eip1559BaseFee(
  parentFee: bigint,
  gas: bigint,
  target: bigint,
  denominator: bigint,
): bigint {
  if (gas === target || target === 0n) return parentFee
  if (gas < target) return parentFee - (parentFee * (target - gas)) / target / denominator
  const rise = (parentFee * (gas - target)) / target / denominator
  return parentFee + (rise > 1n ? rise : 1n)
}
