import type { Address, Hash } from '../base/hex.ts'
import type { Log } from '../protocol/receipt.ts'
import type { TxManagerOptions } from './options.ts'

/** A transaction that somebody wants on L1. Fees, nonce, gas limit and signature are found when it is sent. */
export interface TxCandidate {
  /** `undefined` deploys a contract, which a transaction with blobs cannot. */
  readonly to: Address | undefined
  /** Calldata. */
  readonly data: Uint8Array
  /** 131,072 bytes each. With at least one of them it becomes an EIP-4844 transaction. */
  readonly blobs?: readonly Uint8Array[]
  /** Estimated when absent. */
  readonly gasLimit?: bigint
  /** In wei. Default 0. */
  readonly value?: bigint
}

/** What L1 says of a transaction that is in a block. */
export interface TxReceipt {
  readonly transactionHash: Hash
  /** False when it reverted: it is on L1, and was paid for, all the same. */
  readonly succeeded: boolean
  readonly blockHash: Hash
  readonly blockNumber: bigint
  readonly gasUsed: bigint
  /** In wei per gas; 0 where L1 does not say. */
  readonly effectiveGasPrice: bigint
  readonly blobGasUsed: bigint
  /** In wei per blob gas; 0 for transactions without blobs. */
  readonly blobGasPrice: bigint
  readonly logs: readonly Log[]
}

/** What a transaction should offer on L1 as it is now, floors and ceilings of the options applied. In wei per gas. */
export interface FeeSuggestion {
  readonly tip: bigint
  /** Of transactions with blobs, where they go by what other blobs tipped; else `tip`. */
  readonly blobTip?: bigint
  readonly baseFee: bigint
  readonly blobBaseFee: bigint
}

/**
 * Brings transactions of one account to L1: in order, for a bounded price, until they are confirmed.
 */
export interface TxManager {
  /** The account that pays. */
  readonly address: Address
  /** L1 blocks, its own included, that confirm a transaction. */
  readonly numConfirmations: number
  /** Transactions that are asked for and not settled. */
  readonly pending: number
  /**
   * Sends a transaction and waits until it has its confirmations.
   *
   * Nonces follow the order of the calls, so calls need not wait for each other. When one of them fails, those
   * asked for after it fail too (`TX_ORDER_LOST`), so that nothing overtakes: send them again, in order.
   *
   * A transaction that was given up on may get into a block nevertheless. When the same is asked for again it is
   * taken up where it was left, so that it does not get in twice.
   *
   * @throws {TxError} when it cannot be brought to L1; its code says why.
   * @throws the signal's reason when it aborts.
   */
  send(candidate: TxCandidate, signal?: AbortSignal): Promise<TxReceipt>
  /**
   * Sends again, as they were, transactions that had their confirmations and are on L1 no more: it was reorganized
   * deeper than that. Those after them do so by themselves when they cannot get in.
   *
   * @returns how many are on their way again; 0 when L1 has them all.
   * @throws {ChainError} `temporary`; {TxError} `TX_CLOSED`
   */
  resendLost(signal?: AbortSignal): Promise<number>
  /**
   * Puts transactions that do nothing in the place of all that L1's pool holds of the account, and waits until they are
   * in a block. For what a former run has left there: nothing may be on its way.
   *
   * @throws {ChainError} `temporary`; {TxError}
   */
  replacePooled(signal: AbortSignal): Promise<void>
  /** @throws {ChainError} `temporary`; {TxError} `TX_FEE_TOO_HIGH` above the ceilings of the options. */
  suggestFees(signal?: AbortSignal): Promise<FeeSuggestion>
  /** What the account has, in wei. @throws {ChainError} `temporary` */
  balance(signal?: AbortSignal): Promise<bigint>
  /** Number of the newest block of L1. @throws {ChainError} `temporary` */
  blockNumber(signal?: AbortSignal): Promise<bigint>
  /** Gives up on what is pending (`TX_CLOSED`) and refuses what is asked for later. */
  close(): Promise<void>
}

/** What an operator may change while transactions are on their way; they heed it too. */
export type TxManagerSettings = Pick<
  TxManagerOptions,
  | 'minBaseFeeWei'
  | 'minTipCapWei'
  | 'minBlobFeeWei'
  | 'feeLimitThresholdWei'
  | 'rebroadcastIntervalMs'
  | 'resubmissionTimeoutMs'
  | 'blobTipCapDynamic'
>

/** What an operator may do to a transaction manager. */
export interface TxManagerControl {
  readonly settings: TxManagerSettings
  /** @throws {ConfigError} `TXMGR_OPTIONS`, and nothing is changed. */
  change(settings: Partial<TxManagerSettings>): void
  /** Forgets what was sent before, for an L1 that is set back on purpose: nothing is sent again. */
  forget(): void
}

/** Signs for one account. */
export interface Signer {
  readonly address: Address
  /**
   * Signs a transaction.
   *
   * @returns its EIP-2718 bytes, without blobs.
   * @throws when the signer refuses or cannot be reached; the signal's reason when it aborts.
   */
  sign(transaction: UnsignedTransaction, signal?: AbortSignal): Promise<Uint8Array>
}

/** A transaction of EIP-1559, or with `blobs` of EIP-4844. */
export interface UnsignedTransaction {
  readonly chainId: bigint
  readonly nonce: bigint
  readonly to: Address | undefined
  readonly data: Uint8Array
  readonly value: bigint
  readonly gasLimit: bigint
  readonly maxPriorityFeePerGas: bigint
  readonly maxFeePerGas: bigint
  readonly blobs:
    | { readonly maxFeePerBlobGas: bigint; readonly versionedHashes: readonly Hash[] }
    | undefined
}

/** Proves blobs, away from the thread that keeps time. */
export interface BlobProver {
  /** 48 bytes. @throws when the blob is not 4,096 field elements. */
  commit(blob: Uint8Array): Promise<Uint8Array>
  /** 48 bytes: the proof of EIP-4844 for the whole blob. */
  prove(blob: Uint8Array, commitment: Uint8Array): Promise<Uint8Array>
  /** 128 of 48 bytes: the proofs of EIP-7594 for its cells. */
  proveCells(blob: Uint8Array): Promise<readonly Uint8Array[]>
}
