import type { Address, Hash } from '../base/hex.ts'
import type { L1BlockRef, L2BlockRef } from '../chain/refs.ts'
import type { SystemConfig } from '../chain/systemConfig.ts'
import type { L1Origin } from '../protocol/l1AttributesTransaction.ts'
import type { PayloadEnvelope } from '../protocol/payload.ts'

/** A log of an L1 receipt, with what deposits and system-config updates are made from. */
export interface L1Log {
  readonly address: Address
  readonly topics: readonly Hash[]
  readonly data: Uint8Array
  /** Position in the block, over all receipts: part of a deposit's source hash. */
  readonly logIndex: bigint
}

/** A receipt cut down to what derivation reads. Logs of failed transactions do not count. */
export interface L1Receipt {
  readonly succeeded: boolean
  readonly logs: readonly L1Log[]
}

/** An L1 block as its attributes are made from it. */
export type L1Block = L1Origin

/**
 * What the protocol reads of L1. `undefined`: that block does not exist, now or any more.
 *
 * @throws {ChainError} `temporary` when L1 cannot be reached or contradicts itself.
 */
export interface L1Provider {
  blockRefByNumber(number: bigint, signal?: AbortSignal): Promise<L1BlockRef | undefined>
  blockRefByHash(hash: Hash, signal?: AbortSignal): Promise<L1BlockRef | undefined>
  blockByHash(hash: Hash, signal?: AbortSignal): Promise<L1Block | undefined>
  /** All receipts of a block, in order, checked against the header's receipts root. */
  receiptsByHash(hash: Hash, signal?: AbortSignal): Promise<readonly L1Receipt[] | undefined>
}

/** What derivation reads of L1 beside headers and receipts: where batches are. */
export interface L1DataProvider extends L1Provider {
  /** EIP-2718 bytes of all transactions of a block, in order, checked against the header's root. */
  transactionsByHash(hash: Hash, signal?: AbortSignal): Promise<readonly Uint8Array[] | undefined>
}

/** Where the blobs of L1 blocks are read. */
export interface BlobProvider {
  /**
   * The blobs with these versioned hashes, in that order, each checked against its hash.
   *
   * @throws {ChainError} `temporary` while they cannot be had; never fewer blobs than asked for.
   */
  blobsOfBlock(
    block: L1BlockRef,
    versionedHashes: readonly Hash[],
    signal?: AbortSignal,
  ): Promise<readonly Uint8Array[]>
}

/**
 * What derivation reads of the L2 chain that it has made so far. `undefined`: no such block.
 *
 * @throws {ChainError} `temporary` when the engine cannot be reached.
 */
export interface SafeChainProvider {
  blockRefByNumber(number: bigint, signal?: AbortSignal): Promise<L2BlockRef | undefined>
  payloadByNumber(number: bigint, signal?: AbortSignal): Promise<PayloadEnvelope | undefined>
  systemConfigByHash(hash: Hash, signal?: AbortSignal): Promise<SystemConfig>
}
