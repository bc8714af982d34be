import { estimatedDataSizeScaled } from '../../protocol/estimatedDataSize.ts'
import type { ForkRules } from '../chainConfig.ts'
import type { EcotoneScalars, FeeParameters } from './feeParameters.ts'

/**
 * Wei that a signed transaction pays for its data on L1.
 *
 * @param raw - EIP-2718 bytes. Deposits pay nothing and are not asked here.
 * @see https://specs.optimism.io/protocol/exec-engine.html#l1-cost-fees-l1-fee-vault
 */
export function l1Fee(raw: Uint8Array, parameters: FeeParameters, rules: ForkRules): bigint {
  const { l1, l1BaseFee } = parameters
  if (l1.type === 'bedrock') {
    return ((calldataGas(raw, rules) + l1.overhead) * l1BaseFee * l1.scalar) / million
  }
  const price = scaledPrice(l1, l1BaseFee)
  return rules.isActive('fjord')
    ? (estimatedDataSizeScaled(raw) * price) / (million * million)
    : (calldataGas(raw, rules) * price) / (16n * million)
}

/** L1 gas that receipts report for a transaction: of meaning before Fjord, kept for its readers since. */
export function l1GasUsed(raw: Uint8Array, { l1 }: FeeParameters, rules: ForkRules): bigint {
  if (rules.isActive('fjord')) return (estimatedDataSizeScaled(raw) * 16n) / million
  return calldataGas(raw, rules) + (l1.type === 'bedrock' ? l1.overhead : 0n)
}

const million = 1_000_000n

function scaledPrice(scalars: EcotoneScalars, l1BaseFee: bigint): bigint {
  const calldata = 16n * l1BaseFee * scalars.baseFeeScalar
  return calldata + scalars.blobBaseFee * scalars.blobBaseFeeScalar
}

/** What the bytes would cost as calldata on L1; before Regolith with 68 more for a signature. */
function calldataGas(raw: Uint8Array, rules: ForkRules): bigint {
  let zeros = 0
  for (const byte of raw) if (byte === 0) zeros++
  const others = raw.length - zeros + (rules.isActive('regolith') ? 0 : 68)
  return BigInt(4 * zeros + 16 * others)
}
