import { DecodeError } from '../base/errors.ts'
import { bytesFromJson, listFromJson } from '../base/jsonFields.ts'
import type { JsonRpcClient } from '../jsonrpc/client.ts'
import { decodeReceipt, type Receipt, receiptsRoot } from '../protocol/receipt.ts'
import { type HashedHeader, transactionHashesFromJson } from './blockJson.ts'
import { CheapestMethod } from './cheapestMethod.ts'
import { receiptFromJson } from './receiptJson.ts'

/** Fetches the receipts of a block by the cheapest method that the endpoint serves. */
export class ReceiptFetcher {
  readonly #rpc: JsonRpcClient
  readonly #trustRpc: boolean
  readonly #methods: CheapestMethod<[HashedHeader, AbortSignal | undefined], readonly Receipt[]>

  constructor(options: { readonly trustRpc: boolean }, deps: { readonly rpc: JsonRpcClient }) {
    this.#trustRpc = options.trustRpc
    this.#rpc = deps.rpc
    this.#methods = new CheapestMethod(
      [rawReceipts, blockReceipts, singleReceipts].map(
        (fetch) => (block, signal) => this.#fetchBy(fetch, block, signal),
      ),
    )
  }

  /**
   * @returns `undefined` when the endpoint does not have the block any more.
   * @throws {DecodeError} `RECEIPTS_ROOT` when they are not those of the header; `RECEIPT_*`
   * @throws {RpcError | RpcTransportError}
   */
  fetch(block: HashedHeader, signal?: AbortSignal): Promise<readonly Receipt[] | undefined> {
    return this.#methods.call(block, signal)
  }

  async #fetchBy(
    fetch: FetchReceipts,
    block: HashedHeader,
    signal: AbortSignal | undefined,
  ): Promise<readonly Receipt[] | undefined> {
    const receipts = await fetch(this.#rpc, block, signal)
    if (receipts !== undefined && !this.#trustRpc) assertRoot(receipts, block)
    return receipts
  }
}

type FetchReceipts = (
  rpc: JsonRpcClient,
  block: HashedHeader,
  signal: AbortSignal | undefined,
) => Promise<readonly Receipt[] | undefined>

/** Consensus bytes: a fraction of the JSON, and nothing to rebuild. */
const rawReceipts: FetchReceipts = async (rpc, block, signal) => {
  const json = await rpc.request('debug_getRawReceipts', [block.hash], { signal })
  return json === null ? undefined : listFromJson(bytesFromJson)(json).map(decodeReceipt)
}

const blockReceipts: FetchReceipts = async (rpc, block, signal) => {
  const json = await rpc.request('eth_getBlockReceipts', [block.hash], { signal })
  return json === null ? undefined : listFromJson(receiptFromJson)(json)
}

const singleReceipts: FetchReceipts = async (rpc, block, signal) => {
  const json = await rpc.request('eth_getBlockByHash', [block.hash, false], { signal })
  if (json === null) return undefined
  const receipts = await Promise.all(
    transactionHashesFromJson(json).map((hash) =>
      rpc.request('eth_getTransactionReceipt', [hash], { signal }),
    ),
  )
  return receipts.includes(null) ? undefined : receipts.map(receiptFromJson)
}

function assertRoot(receipts: readonly Receipt[], { hash, header }: HashedHeader): void {
  const computed = receiptsRoot(receipts)
  if (computed === header.receiptsRoot) return
  throw new DecodeError(
    'RECEIPTS_ROOT',
    `block ${hash}: its receipts have the root ${computed}, the header says ${header.receiptsRoot}`,
  )
}
