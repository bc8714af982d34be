import type { ChannelSettings } from './channelSettings.ts'

/** What decides how fast the transactions of a channel follow each other. */
export interface ChannelPace {
  /** On their way at one time; 0 sets no bound. */
  readonly maxPendingTx: number
  /** L1 blocks, its own included, until a transaction makes room for the next one. */
  readonly numConfirmations: number
}

/** How many frames of one channel get to L1 within so many L1 blocks from the first to the last; one round at least. */
export function framesInTime(
  { framesPerTransaction }: Pick<ChannelSettings, 'framesPerTransaction'>,
  { maxPendingTx, numConfirmations }: ChannelPace,
  l1Blocks: bigint,
): number {
  if (maxPendingTx === 0) return Number.POSITIVE_INFINITY
  // It may take one more until the last confirmation is noticed, and the next transaction is in the one after that.
  const blocksPerRound = BigInt(numConfirmations) + 1n
  const rounds = l1Blocks > 0n ? 1n + l1Blocks / blocksPerRound : 1n
  return Number(rounds) * maxPendingTx * framesPerTransaction
}
