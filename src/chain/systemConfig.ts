import type { Address, Hash } from '../base/hex.ts'

/**
 * What the SystemConfig contract on L1 says about the rollup, as of one L2 block.
 *
 * Not kept as state of its own: rebuilt from the parent L2 block, then updated by ConfigUpdate logs
 * when the epoch advances.
 *
 * @see https://specs.optimism.io/protocol/system-config.html
 */
export interface SystemConfig {
  /** Whose transactions to the batch inbox count. */
  readonly batcherAddress: Address
  /** `overhead` as the contract stores it. Unused from Ecotone on. */
  readonly overhead: Hash
  /** `scalar` as the contract stores it: a number before Ecotone, a packed version-1 value from then on. */
  readonly scalar: Hash
  readonly gasLimit: bigint
  /** EIP-1559 denominator and elasticity from Holocene; 0 and 0 stand for the chain's constants. */
  readonly eip1559Denominator: number
  readonly eip1559Elasticity: number
  /** From Isthmus. */
  readonly operatorFeeScalar: number
  readonly operatorFeeConstant: bigint
  /** Wei, from Jovian. */
  readonly minBaseFee: bigint
  /** From Jovian; 0 stands for the default of 400. */
  readonly daFootprintGasScalar: number
}
