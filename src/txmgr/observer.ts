import type { TxCandidate, TxReceipt } from './interface.ts'

/** Hears what becomes of transactions, to count and measure it. Everything must return at once, and not throw. */
export interface TxObserver {
  onSend(candidate: TxCandidate): void
  onConfirmed(confirmed: ConfirmedTx): void
  /** @param error - What `send` throws. */
  onFailed(error: unknown): void
}

/** A transaction that has its confirmations; it may have reverted. */
export interface ConfirmedTx {
  readonly receipt: TxReceipt
  readonly hasBlobs: boolean
  /** How often its fees were raised. */
  readonly raises: number
  /** From the first attempt to publish it. */
  readonly durationMs: number
}
