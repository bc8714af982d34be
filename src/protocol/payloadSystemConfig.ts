import { zeroHash } from '../base/hex.ts'
import { isForkActivationBlock, type RollupConfig } from '../chain/rollupConfig.ts'
import type { SystemConfig } from '../chain/systemConfig.ts'
import { decodeExtraData } from './extraData.ts'
import { encodeFeeScalars } from './feeScalars.ts'
import type { L1Attributes } from './l1Attributes.ts'
import { l1AttributesFormatAt, l1AttributesOfBlock } from './l1AttributesTransaction.ts'
import { isGenesis, type PlacedBlock } from './l2BlockRef.ts'
import type { ExecutionPayload } from './payload.ts'
import { karstUpgradeGas } from './upgrade/upgradeFacts.ts'

/**
 * The SystemConfig as of an L2 block, rebuilt from what the block itself says: gas limit and extra data of the header,
 * and its L1-attributes transaction. The genesis block has none, its config is in the rollup config.
 *
 * @throws {DecodeError} `GENESIS_HASH`, `EXTRA_DATA`, `L1_ATTRIBUTES*`, `DEPOSIT_*`
 */
export function systemConfigFromPayload(
  config: RollupConfig,
  block: PlacedBlock & Pick<ExecutionPayload, 'gasLimit' | 'extraData'>,
): SystemConfig {
  if (isGenesis(config, block)) return config.genesis.systemConfig
  const { timestamp } = block
  const attributes = l1AttributesOfBlock(config, block.transactions, timestamp)
  const feeParams = decodeExtraData(config, timestamp, block.extraData)
  return {
    batcherAddress: attributes.batcherAddress,
    ...feeConfig(config, attributes, timestamp),
    gasLimit: gasLimitWithoutUpgrade(config, block),
    eip1559Denominator: feeParams?.denominator ?? 0,
    eip1559Elasticity: feeParams?.elasticity ?? 0,
    operatorFeeScalar: attributes.operatorFeeScalar,
    operatorFeeConstant: attributes.operatorFeeConstant,
    minBaseFee: feeParams?.minBaseFee ?? 0n,
    daFootprintGasScalar: attributes.daFootprintGasScalar,
  }
}

/** From Ecotone on the contract's scalar is lost; its version-1 form says the same. */
function feeConfig(
  config: RollupConfig,
  attributes: L1Attributes,
  timestamp: bigint,
): Pick<SystemConfig, 'overhead' | 'scalar'> {
  return l1AttributesFormatAt(config, timestamp) === 'bedrock'
    ? { overhead: attributes.overhead, scalar: attributes.scalar }
    : { overhead: zeroHash, scalar: encodeFeeScalars(attributes) }
}

/**
 * The first Karst block has room for the upgrade transactions on top of the configured gas limit; the blocks behind
 * it must not inherit that, except on chains where they once did.
 */
function gasLimitWithoutUpgrade(
  config: RollupConfig,
  block: Pick<ExecutionPayload, 'gasLimit' | 'timestamp'>,
): bigint {
  const isRaised =
    isForkActivationBlock(config, 'karst', block.timestamp) && !config.keepKarstUpgradeGas
  return isRaised ? block.gasLimit - karstUpgradeGas : block.gasLimit
}
