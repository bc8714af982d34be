import type { Address, Hash } from '../base/hex.ts'
import type { BlockId } from '../chain/refs.ts'
import type { TxReceipt } from './interface.ts'

/**
 * L1 as the transaction manager needs it.
 *
 * What L1 refuses is a return value; every call throws {ChainError} `temporary` when no usable answer came, and the
 * signal's reason when it aborts.
 */
export interface L1TxBackend {
  head(signal?: AbortSignal): Promise<L1Head>
  /** What L1 deems a good tip, in wei per gas. */
  suggestedTip(signal?: AbortSignal): Promise<bigint>
  /** Of the next block, in wei per blob gas. */
  blobBaseFee(signal?: AbortSignal): Promise<bigint>
  /** What the transactions with blobs of a block tipped, in wei per gas. */
  blobTips(blockNumber: bigint, signal?: AbortSignal): Promise<readonly bigint[]>
  /** How many transactions of the account are in blocks, or with `pending` in the pool too. */
  nonce(address: Address, label: 'latest' | 'pending', signal?: AbortSignal): Promise<bigint>
  /** In wei. */
  balance(address: Address, signal?: AbortSignal): Promise<bigint>
  estimateGas(call: TxCall, signal?: AbortSignal): Promise<bigint | Refusal>
  /** Runs a call on the newest block without sending it. */
  call(call: TxCall, signal?: AbortSignal): Promise<Uint8Array | Refusal>
  /** @returns a refusal, or `undefined` when the node took it. */
  sendRawTransaction(raw: Uint8Array, signal?: AbortSignal): Promise<Refusal | undefined>
  /** `undefined` while the transaction is in no block. */
  receipt(transactionHash: Hash, signal?: AbortSignal): Promise<TxReceipt | undefined>
}

export interface L1Head extends BlockId {
  /** In wei per gas. */
  readonly baseFee: bigint
}

/** A transaction to be tried out. */
export interface TxCall {
  readonly from: Address
  readonly to: Address | undefined
  readonly data: Uint8Array
  readonly value: bigint
  readonly gas: bigint
  readonly maxPriorityFeePerGas: bigint
  readonly maxFeePerGas: bigint
  readonly blobs:
    | { readonly maxFeePerBlobGas: bigint; readonly versionedHashes: readonly Hash[] }
    | undefined
}

/** L1 answered that it does not take what it was given. */
export interface Refusal {
  readonly type: 'refused'
  /** In the words of the node: there is no standard. */
  readonly message: string
  /** What a contract reverted with. */
  readonly data: Uint8Array | undefined
}

/** Whether an answer is a refusal. */
export function isRefusal<T>(answer: T | Refusal): answer is Refusal {
  return typeof answer === 'object' && answer !== null && 'type' in answer
}
