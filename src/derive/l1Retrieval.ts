import { ChainError, DecodeError } from '../base/errors.ts'
import type { Address, Hash } from '../base/hex.ts'
import { isForkActive } from '../chain/forks.ts'
import type { L1BlockRef } from '../chain/refs.ts'
import type { RollupConfig } from '../chain/rollupConfig.ts'
import { decodeBlob } from '../protocol/batch/blobCodec.ts'
import { readInboxTransaction } from '../protocol/batch/inboxTransaction.ts'
import type { L1Traversal } from './l1Traversal.ts'
import type { DerivationObserver } from './observer.ts'
import type { BlobProvider, L1DataProvider } from './providers.ts'
import { exhausted, item, type Pull } from './pull.ts'

/**
 * The stage that reads what the batcher posted in the current L1 block: calldata, or blobs from Ecotone on.
 *
 * @see https://specs.optimism.io/protocol/derivation.html#l1-retrieval
 * @see https://specs.optimism.io/protocol/ecotone/derivation.html#ecotone-blob-retrieval
 */
export class L1Retrieval {
  readonly #config: RollupConfig
  readonly #prev: L1Traversal
  readonly #deps: L1RetrievalDeps
  /** The block whose data is in the queue, or was. */
  #opened: L1BlockRef | undefined
  #queue: Uint8Array[] = []

  constructor(config: RollupConfig, prev: L1Traversal, deps: L1RetrievalDeps) {
    this.#config = config
    this.#prev = prev
    this.#deps = deps
  }

  /**
   * The data of the next batcher transaction or blob.
   *
   * @throws {ChainError} `reset` `L1_BLOCK_GONE` when L1 no longer has the block; what the providers throw.
   *   The block is then read again from its start.
   */
  async pull(signal?: AbortSignal): Promise<Pull<Uint8Array>> {
    const { origin } = this.#prev
    if (this.#opened !== origin) {
      this.#queue = await this.#read(origin, signal)
      this.#opened = origin
    }
    const next = this.#queue.shift()
    return next === undefined ? exhausted : item(next)
  }

  async #read(origin: L1BlockRef, signal: AbortSignal | undefined): Promise<Uint8Array[]> {
    const transactions = await this.#deps.l1.transactionsByHash(origin.hash, signal)
    if (transactions === undefined) {
      throw new ChainError(
        'reset',
        'L1_BLOCK_GONE',
        `L1 block ${origin.number} ${origin.hash} is gone before its transactions were read`,
      )
    }
    const { batcherAddress } = this.#prev.systemConfig
    const posted = postedData(this.#config, transactions, batcherAddress, origin)
    const hashes = posted.flatMap((data) => (data.type === 'blob' ? [data.versionedHash] : []))
    const blobs =
      hashes.length > 0 ? await this.#deps.blobs.blobsOfBlock(origin, hashes, signal) : []
    let blob = 0
    return posted.flatMap((data) => {
      if (data.type === 'calldata') return [data.calldata]
      return this.#blobData(blobs[blob++]!, data.versionedHash, origin)
    })
  }

  #blobData(blob: Uint8Array, versionedHash: Hash, origin: L1BlockRef): Uint8Array[] {
    try {
      return [decodeBlob(blob)]
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error
      this.#deps.observe({ type: 'blobDropped', versionedHash, error }, origin)
      return []
    }
  }
}

export interface L1RetrievalDeps {
  readonly l1: L1DataProvider
  readonly blobs: BlobProvider
  readonly observe: DerivationObserver
}

/** Where a piece of batcher data is, in the order of the block. */
type PostedData =
  | { readonly type: 'calldata'; readonly calldata: Uint8Array }
  | { readonly type: 'blob'; readonly versionedHash: Hash }

/** What the batcher posted in a block. From Ecotone on a blob transaction's calldata does not count. */
function postedData(
  config: RollupConfig,
  transactions: readonly Uint8Array[],
  batcher: Address,
  origin: L1BlockRef,
): PostedData[] {
  const readsBlobs = isForkActive(config, 'ecotone', origin.timestamp)
  return transactions.flatMap((raw): PostedData[] => {
    const posted = readInboxTransaction(raw, config.batchInboxAddress, config.l1ChainId)
    if (posted === undefined || posted.sender !== batcher) return []
    if (posted.blobHashes === undefined || !readsBlobs) {
      return [{ type: 'calldata', calldata: posted.calldata }]
    }
    return posted.blobHashes.map((versionedHash) => ({ type: 'blob', versionedHash }))
  })
}
