/** Brings transactions of one account to L1, with and without blobs, in order and for a bounded price. */

export { isRefusal, type L1Head, type L1TxBackend, type Refusal, type TxCall } from './backend.ts'
export type {
  BlobProver,
  FeeSuggestion,
  Signer,
  TxCandidate,
  TxManager,
  TxManagerControl,
  TxManagerSettings,
  TxReceipt,
  UnsignedTransaction,
} from './interface.ts'
export { createLocalSigner, createMnemonicSigner } from './localSigner.ts'
export type { ConfirmedTx, TxObserver } from './observer.ts'
export { defaultTxManagerOptions, type TxManagerOptions, txManagerOptions } from './options.ts'
export { type TxOutcome, TxQueue } from './queue.ts'
export { TxError, type TxErrorCode } from './txError.ts'
export { createTxManager, type TxManagerDeps } from './txManager.ts'
