import type { ForkRules } from '../chainConfig.ts'
import { fastLzLength } from './fastLz.ts'
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
    ? (estimatedSizeScaled(raw) * price) / (million * million)
    : (calldataGas(raw, rules) * price) / (16n * million)
}

/** L1 gas that receipts report for a transaction: of meaning before Fjord, kept for its readers since. */
export function l1GasUsed(raw: Uint8Array, { l1 }: FeeParameters, rules: ForkRules): bigint {
  if (rules.isActive('fjord')) return (estimatedSizeScaled(raw) * 16n) / million
  return calldataGas(raw, rules) + (l1.type === 'bedrock' ? l1.overhead : 0n)
}

/**
 * Estimated bytes of a transaction in a compressed batch.
 *
 * @see https://specs.optimism.io/protocol/fjord/exec-engine.html#fjord-l1-cost-fee-changes-fastlz-estimator
 */
export function estimatedDataSize(raw: Uint8Array): bigint {
  return estimatedSizeScaled(raw) / million
}

const million = 1_000_000n
const minSizeScaled = 100n * million
const interceptScaled = -42_585_600n
const perFastLzByteScaled = 836_500n

// The pool, the block builder and receipts all ask for the same transactions.
const knownSizes = new WeakMap<Uint8Array, bigint>()

/** @param raw - Must not change afterwards: its size is remembered. */
function estimatedSizeScaled(raw: Uint8Array): bigint {
  let size = knownSizes.get(raw)
  if (size === undefined) {
    const estimate = interceptScaled + perFastLzByteScaled * BigInt(fastLzLength(raw))
    size = estimate < minSizeScaled ? minSizeScaled : estimate
    knownSizes.set(raw, size)
  }
  return size
}

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
