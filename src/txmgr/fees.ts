import { maxBigInt } from '../base/minMaxBigInt.ts'
import type { FeeSuggestion } from './interface.ts'
import type { TxManagerOptions } from './options.ts'

/** What one transaction offers, in wei per gas. */
export interface TxFees {
  readonly tip: bigint
  readonly feeCap: bigint
  /** Per blob gas; `undefined` without blobs. */
  readonly blobFeeCap: bigint | undefined
}

/** The options that bound what is offered. */
export type FeeLimits = Pick<
  TxManagerOptions,
  'feeLimitMultiplier' | 'feeLimitThresholdWei' | 'minBlobFeeWei'
>

/** A raise that would go beyond the limits. */
export interface FeeLimitReached {
  readonly type: 'limit'
  readonly fee: 'tip' | 'fee cap' | 'blob fee cap'
  readonly wanted: bigint
  readonly limit: bigint
}

/** The fees of a first attempt: the base fees may double before it is priced out. */
export function firstFees(
  suggestion: FeeSuggestion,
  hasBlobs: boolean,
  limits: Pick<FeeLimits, 'minBlobFeeWei'>,
): TxFees {
  const { baseFee, blobBaseFee } = suggestion
  const tip = suggestedTip(suggestion, hasBlobs)
  return {
    tip,
    feeCap: feeCap(baseFee, tip),
    blobFeeCap: hasBlobs ? blobFeeCap(blobBaseFee, limits) : undefined,
  }
}

/**
 * Fees that replace those of a published transaction: each at least 10 % higher, with blobs 100 %, as pools ask, and
 * no lower than what L1 suggests now.
 *
 * Raises end at `feeLimitMultiplier` times what L1 suggests now, but for fees below `feeLimitThresholdWei`.
 */
export function raiseFees(
  old: TxFees,
  suggestion: FeeSuggestion,
  limits: FeeLimits,
): TxFees | FeeLimitReached {
  const hasBlobs = old.blobFeeCap !== undefined
  const tip = maxBigInt(suggestedTip(suggestion, hasBlobs), raised(old.tip, hasBlobs))
  const raise: TxFees = {
    tip,
    feeCap: maxBigInt(feeCap(suggestion.baseFee, tip), raised(old.feeCap, hasBlobs)),
    blobFeeCap:
      old.blobFeeCap === undefined
        ? undefined
        : maxBigInt(blobFeeCap(suggestion.blobBaseFee, limits), raised(old.blobFeeCap, true)),
  }
  return limitReached(raise, suggestion, limits) ?? raise
}

function limitReached(
  raise: TxFees,
  suggestion: FeeSuggestion,
  limits: FeeLimits,
): FeeLimitReached | undefined {
  const multiplier = BigInt(limits.feeLimitMultiplier)
  const tipLimit = suggestedTip(suggestion, raise.blobFeeCap !== undefined) * multiplier
  const checks = [
    ['tip', raise.tip, tipLimit],
    ['fee cap', raise.feeCap, feeCap(suggestion.baseFee * multiplier, tipLimit)],
    [
      'blob fee cap',
      raise.blobFeeCap ?? 0n,
      blobFeeCap(suggestion.blobBaseFee, limits) * multiplier,
    ],
  ] as const
  for (const [fee, wanted, limit] of checks) {
    if (wanted >= limits.feeLimitThresholdWei && wanted > limit) {
      return { type: 'limit', fee, wanted, limit }
    }
  }
  return undefined
}

function suggestedTip({ tip, blobTip = tip }: FeeSuggestion, hasBlobs: boolean): bigint {
  return hasBlobs ? blobTip : tip
}

function feeCap(baseFee: bigint, tip: bigint): bigint {
  return tip + 2n * baseFee
}

function blobFeeCap(blobBaseFee: bigint, limits: Pick<FeeLimits, 'minBlobFeeWei'>): bigint {
  return maxBigInt(2n * blobBaseFee, limits.minBlobFeeWei)
}

/** Rounded up, so that the smallest fee rises too. */
function raised(fee: bigint, hasBlobs: boolean): bigint {
  return (fee * (hasBlobs ? 200n : 110n) + 99n) / 100n
}
