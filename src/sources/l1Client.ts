import { LRUCache } from 'lru-cache'
import { DecodeError } from '../base/errors.ts'
import type { Hash } from '../base/hex.ts'
import { encodeQuantity } from '../base/quantity.ts'
import type { L1ChainConfig } from '../chain/l1Chain.ts'
import type { L1BlockRef } from '../chain/refs.ts'
import type { L1Block, L1DataProvider, L1Receipt } from '../derive/providers.ts'
import type { JsonRpcClient } from '../jsonrpc/client.ts'
import { blobBaseFee } from '../protocol/blobBaseFee.ts'
import type { Receipt } from '../protocol/receipt.ts'
import { BlockFetcher } from './blockFetcher.ts'
import { type HashedHeader, headerFromJson } from './blockJson.ts'
import { ReceiptFetcher } from './receiptFetcher.ts'
import { isUnknownBlock, sourceError } from './sourceError.ts'

export interface L1ClientOptions {
  /** Decides how blobs are priced. */
  readonly l1Chain: L1ChainConfig
  /** Skip checking header hashes, receipts and transactions roots. */
  readonly trustRpc: boolean
  /** L1 is anvil, whose blocks with blobs need the exception of `hasWrappedBlobsRoot`. */
  readonly isAnvil?: boolean
  /** Blocks, and receipts of blocks, to keep. Default 1000 and 250. */
  readonly cachedBlocks?: number
  readonly cachedReceipts?: number
}

/** Names of L1 blocks in `eth_` methods. */
export type L1Label = 'latest' | 'safe' | 'finalized'

/** A block with the EIP-2718 bytes of its transactions. */
export interface L1BlockWithTransactions {
  readonly block: L1Block
  readonly transactions: readonly Uint8Array[]
}

/** L1 over JSON-RPC. What it gives has been checked against block hashes, unless told to trust. */
export interface L1Client extends L1DataProvider {
  /** `undefined` while L1 has no such block: a young chain has neither a safe nor a finalized one. */
  blockRefByLabel(label: L1Label, signal?: AbortSignal): Promise<L1BlockRef | undefined>
  /** Block and transactions in one request; checked like all else. */
  blockWithTransactions(
    number: bigint,
    signal?: AbortSignal,
  ): Promise<L1BlockWithTransactions | undefined>
  /**
   * Takes in a header that came another way, such as a `newHeads` notification, and spares fetching it.
   *
   * @throws {ChainError} `temporary` `L1_BAD_DATA`
   */
  admitHeader(json: unknown): L1BlockRef
}

/** Every call throws {ChainError} `temporary`: `L1_UNREACHABLE`, `L1_ERROR`, `L1_BAD_DATA`. */
export function createL1Client(
  options: L1ClientOptions,
  deps: { readonly rpc: JsonRpcClient },
): L1Client {
  const { l1Chain, trustRpc, isAnvil = false } = options
  const { rpc } = deps
  const blocks = new LRUCache<Hash, L1Block>({ max: options.cachedBlocks ?? 1000 })
  const receipts = new LRUCache<Hash, readonly L1Receipt[]>({ max: options.cachedReceipts ?? 250 })
  const receiptFetcher = new ReceiptFetcher({ trustRpc }, { rpc })
  const blockFetcher = new BlockFetcher({ trustRpc, isAnvil }, { rpc })

  function admit(hashed: HashedHeader): L1Block {
    const known = blocks.get(hashed.hash)
    if (known !== undefined) return known
    const { header } = hashed
    const block = { ref: toRef(hashed), header, blobBaseFee: blobBaseFee(l1Chain, header) }
    blocks.set(hashed.hash, block)
    return block
  }

  async function fetchBlock(
    method: string,
    id: string,
    signal: AbortSignal | undefined,
  ): Promise<L1Block | undefined> {
    try {
      const json = await rpc.request(method, [id, false], { signal })
      return json === null ? undefined : admit(headerFromJson(json, { trustRpc }))
    } catch (error) {
      if (isUnknownBlock(error)) return undefined
      throw l1Error(error)
    }
  }

  async function blockByHash(hash: Hash, signal?: AbortSignal): Promise<L1Block | undefined> {
    const block = blocks.get(hash) ?? (await fetchBlock('eth_getBlockByHash', hash, signal))
    if (block !== undefined && block.ref.hash !== hash) throw otherBlock(hash, block.ref.hash)
    return block
  }

  async function fetchFullBlock(
    id: Hash | bigint,
    signal: AbortSignal | undefined,
  ): Promise<L1BlockWithTransactions | undefined> {
    try {
      const fetched = await blockFetcher.fetch(id, signal)
      return fetched && { block: admit(fetched), transactions: fetched.transactions }
    } catch (error) {
      if (isUnknownBlock(error)) return undefined
      throw l1Error(error)
    }
  }

  return {
    async blockRefByNumber(number, signal) {
      const block = await fetchBlock('eth_getBlockByNumber', encodeQuantity(number), signal)
      if (block !== undefined && block.ref.number !== number) {
        throw otherBlock(number, block.ref.number)
      }
      return block?.ref
    },
    async blockRefByLabel(label, signal) {
      return (await fetchBlock('eth_getBlockByNumber', label, signal))?.ref
    },
    async blockRefByHash(hash, signal) {
      return (await blockByHash(hash, signal))?.ref
    },
    blockByHash,
    async receiptsByHash(hash, signal) {
      const known = receipts.get(hash)
      if (known !== undefined) return known
      const block = await blockByHash(hash, signal)
      if (block === undefined) return undefined
      try {
        const fetched = await receiptFetcher.fetch({ hash, header: block.header }, signal)
        if (fetched === undefined) return undefined
        const cut = toL1Receipts(fetched)
        receipts.set(hash, cut)
        return cut
      } catch (error) {
        if (isUnknownBlock(error)) return undefined
        throw l1Error(error)
      }
    },
    async transactionsByHash(hash, signal) {
      const full = await fetchFullBlock(hash, signal)
      if (full !== undefined && full.block.ref.hash !== hash) {
        throw otherBlock(hash, full.block.ref.hash)
      }
      return full?.transactions
    },
    async blockWithTransactions(number, signal) {
      const full = await fetchFullBlock(number, signal)
      if (full !== undefined && full.block.ref.number !== number) {
        throw otherBlock(number, full.block.ref.number)
      }
      return full
    },
    admitHeader(json) {
      try {
        return admit(headerFromJson(json, { trustRpc })).ref
      } catch (error) {
        throw l1Error(error)
      }
    },
  }
}

function toRef({ hash, header }: HashedHeader): L1BlockRef {
  const { number, parentHash, timestamp } = header
  return { hash, number, parentHash, timestamp }
}

function toL1Receipts(receipts: readonly Receipt[]): readonly L1Receipt[] {
  let logIndex = 0n
  return receipts.map(({ succeeded, logs }) => ({
    succeeded,
    logs: logs.map((log) => ({ ...log, logIndex: logIndex++ })),
  }))
}

function l1Error(error: unknown): unknown {
  return sourceError(error, 'L1', 'L1')
}

function otherBlock(asked: Hash | bigint, got: Hash | bigint): unknown {
  return l1Error(new DecodeError('BLOCK_OTHER', `asked for block ${asked}, got block ${got}`))
}
