import type { Hash } from '../base/hex.ts'
import { bytesFromJson } from '../base/jsonFields.ts'
import { encodeQuantity } from '../base/quantity.ts'
import type { JsonRpcClient } from '../jsonrpc/client.ts'
import { decodeBlock } from '../protocol/encodedBlock.ts'
import {
  type HashedHeader,
  hasTransactionsRoot,
  headerFromJson,
  transactionsFromJson,
  wrongTransactions,
} from './blockJson.ts'
import { CheapestMethod } from './cheapestMethod.ts'
import { hasWrappedBlobsRoot } from './wrappedBlobs.ts'

export interface BlockFetcherOptions {
  readonly trustRpc: boolean
  /** See `L1ClientOptions`. */
  readonly isAnvil: boolean
}

/** A block with the EIP-2718 bytes of its transactions. */
export interface FetchedBlock extends HashedHeader {
  readonly transactions: readonly Uint8Array[]
}

/** Fetches blocks with all their transactions, by the cheapest method that the endpoint serves. */
export class BlockFetcher {
  readonly #options: BlockFetcherOptions
  readonly #rpc: JsonRpcClient
  readonly #methods: CheapestMethod<[Hash | bigint, AbortSignal | undefined], FetchedBlock>

  constructor(options: BlockFetcherOptions, deps: { readonly rpc: JsonRpcClient }) {
    this.#options = options
    this.#rpc = deps.rpc
    // What anvil says of blocks with blobs needs its exception, which is about JSON.
    const methods = options.isAnvil ? [jsonBlock] : [rawBlock, jsonBlock]
    this.#methods = new CheapestMethod(
      methods.map((fetch) => (id, signal) => this.#fetchBy(fetch, id, signal)),
    )
  }

  /**
   * @param id - Hash or number.
   * @returns `undefined` when the endpoint does not have the block.
   * @throws {DecodeError} `BLOCK_HASH`, `TRANSACTIONS_ROOT`; `BLOCK_JSON`, `BLOCK_FIELDS`, `HEADER_FIELDS`, `RLP_*`
   * @throws {RpcError | RpcTransportError}
   */
  fetch(id: Hash | bigint, signal?: AbortSignal): Promise<FetchedBlock | undefined> {
    return this.#methods.call(id, signal)
  }

  async #fetchBy(
    fetch: FetchBlock,
    id: Hash | bigint,
    signal: AbortSignal | undefined,
  ): Promise<FetchedBlock | undefined> {
    const block = await fetch(this.#rpc, id, this.#options.trustRpc, signal)
    if (block === undefined || (await this.#isWhole(block, signal))) return block
    throw wrongTransactions(block.hash, block.header)
  }

  async #isWhole({ header, transactions }: FetchedBlock, signal?: AbortSignal): Promise<boolean> {
    const { trustRpc, isAnvil } = this.#options
    if (trustRpc || hasTransactionsRoot(header, transactions)) return true
    return isAnvil && hasWrappedBlobsRoot(header, transactions, this.#rpc, signal)
  }
}

type FetchBlock = (
  rpc: JsonRpcClient,
  id: Hash | bigint,
  trustRpc: boolean,
  signal: AbortSignal | undefined,
) => Promise<FetchedBlock | undefined>

/** Consensus bytes: half of the JSON, and nothing to rebuild. */
const rawBlock: FetchBlock = async (rpc, id, _, signal) => {
  const json = await rpc.request('debug_getRawBlock', [blockParam(id)], { signal })
  return json === null ? undefined : decodeBlock(bytesFromJson(json))
}

const jsonBlock: FetchBlock = async (rpc, id, trustRpc, signal) => {
  const method = typeof id === 'bigint' ? 'eth_getBlockByNumber' : 'eth_getBlockByHash'
  const json = await rpc.request(method, [blockParam(id), true], { signal })
  if (json === null) return undefined
  return { ...headerFromJson(json, { trustRpc }), transactions: transactionsFromJson(json) }
}

function blockParam(id: Hash | bigint): string {
  return typeof id === 'bigint' ? encodeQuantity(id) : id
}
