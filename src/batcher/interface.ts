import type { Address, Hash } from '../base/hex.ts'
import type { PlacedBlock } from '../protocol/l2BlockRef.ts'
import type { ChannelCompression } from './encoder/channelSettings.ts'
import type { SyncPoint } from './encoder/syncPoint.ts'

/** The rollup node, and the L2 chain that it keeps. @throws {ChainError} `temporary` when there is no usable answer. */
export interface BatcherNode {
  syncStatus(signal?: AbortSignal): Promise<SyncPoint>
  /** `undefined` when the chain does not reach so far. */
  blockByNumber(number: bigint, signal?: AbortSignal): Promise<PlacedBlock | undefined>
}

/** What a batcher asks of L1 itself. @throws {ChainError} `temporary` when there is no usable answer. */
export interface BatcherL1 {
  /** How many transactions of an account are in blocks up to that one; with `pending`, in the pool too. */
  transactionCount(
    account: Address,
    block: bigint | 'latest' | 'pending',
    signal?: AbortSignal,
  ): Promise<bigint>
  /** `undefined` when L1 does not reach so far. */
  blockHash(number: bigint, signal?: AbortSignal): Promise<Hash | undefined>
  /** Whose transactions to the batch inbox count: what the chain's SystemConfig contract says now. */
  batcherOfSystemConfig(signal?: AbortSignal): Promise<Address>
}

/** An engine that builds blocks, and can be told to build smaller ones. */
export interface BlockBuilder {
  /** For the log. */
  readonly name: string
  /**
   * @returns `unsupported` when it does not know `miner_setMaxDASize`.
   * @throws {ChainError} `temporary` when there is no usable answer.
   */
  setMaxDataSize(limits: DataLimits, signal?: AbortSignal): Promise<'set' | 'unsupported'>
}

/** How much data transactions and blocks may have. 0 sets no limit. */
export interface DataLimits {
  readonly maxTxBytes: number
  readonly maxBlockBytes: number
}

/** Compresses the data of channels, away from the thread that keeps time. */
export interface ChannelCompressor {
  /** The data of a channel, with the byte that tells how it is compressed. `data` must not change meanwhile. */
  compress(data: Uint8Array, compression: ChannelCompression): Promise<Uint8Array>
}
