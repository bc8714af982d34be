import { fastLzLength } from './fastLz.ts'

/**
 * Estimated bytes of a transaction in a compressed batch.
 *
 * @param raw - EIP-2718 bytes. Must not change afterwards: the size is remembered.
 * @see https://specs.optimism.io/protocol/fjord/exec-engine.html#fjord-l1-cost-fee-changes-fastlz-estimator
 */
export function estimatedDataSize(raw: Uint8Array): bigint {
  return estimatedDataSizeScaled(raw) / million
}

/** The same in millionths of a byte, as fees are computed from it. */
export function estimatedDataSizeScaled(raw: Uint8Array): bigint {
  let size = knownSizes.get(raw)
  if (size === undefined) {
    const estimate = interceptScaled + perFastLzByteScaled * BigInt(fastLzLength(raw))
    size = estimate < minSizeScaled ? minSizeScaled : estimate
    knownSizes.set(raw, size)
  }
  return size
}

const million = 1_000_000n
const minSizeScaled = 100n * million
const interceptScaled = -42_585_600n
const perFastLzByteScaled = 836_500n

// The pool, the block builder, receipts and the batcher all ask for the same transactions.
const knownSizes = new WeakMap<Uint8Array, bigint>()
