import type { ForkRules } from '../chainConfig.ts'
import type { FeeParameters } from './feeParameters.ts'

/**
 * Wei that goes to the chain's operator for that much gas; 0 before Isthmus.
 *
 * Bought for the whole gas limit in advance; what the unused gas cost is given back.
 *
 * @see https://specs.optimism.io/protocol/isthmus/exec-engine.html#operator-fee
 * @see https://specs.optimism.io/protocol/jovian/exec-engine.html#operator-fee
 */
export function operatorFee(gas: bigint, { operator }: FeeParameters, rules: ForkRules): bigint {
  if (operator === undefined) return 0n
  const { scalar, constant } = operator
  return (rules.isActive('jovian') ? gas * scalar * 100n : (gas * scalar) / 1_000_000n) + constant
}
