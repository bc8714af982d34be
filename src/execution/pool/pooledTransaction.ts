import type { SignedTransaction } from '../../protocol/signedTransaction.ts'

/** A transaction as the pool orders it. Nothing of it changes while it is in the pool. */
export interface PooledTransaction
  extends Pick<
    SignedTransaction,
    'hash' | 'sender' | 'nonce' | 'maxFeePerGas' | 'maxPriorityFeePerGas'
  > {
  readonly transaction: SignedTransaction
  /** Wei that the sender must own: value, gas limit × fee cap, L1 fee and operator fee. */
  readonly cost: bigint
  /** Place in the order of arrival. */
  readonly arrival: number
  readonly arrivedAtMs: number
}

/**
 * What one gas of the transaction pays to the sequencer, wei.
 *
 * @returns `undefined` when its fee cap is below the base fee.
 */
export function effectiveTip(
  { maxFeePerGas, maxPriorityFeePerGas }: PooledTransaction,
  baseFeePerGas: bigint,
): bigint | undefined {
  const room = maxFeePerGas - baseFeePerGas
  if (room < 0n) return undefined
  return room < maxPriorityFeePerGas ? room : maxPriorityFeePerGas
}
