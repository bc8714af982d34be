import { equalBytes } from '../base/bytes.ts'
import { bytesFromJson } from '../base/jsonFields.ts'
import { rlpEncode, rlpList } from '../base/rlp.ts'
import type { JsonRpcClient } from '../jsonrpc/client.ts'
import type { BlockHeader } from '../protocol/header.ts'
import { transactionFields, transactionHash, transactionTypes } from '../protocol/transaction.ts'
import { hasTransactionsRoot } from './blockJson.ts'

/**
 * Whether the header commits to the transactions with their blobs wrapped around them.
 *
 * The network form of a blob transaction, `0x03 || rlp([transaction, blobs, commitments, proofs])`, has no place
 * in a block; anvil up to 1.7.1 nevertheless computes `transactionsRoot` over it. Its raw transactions are fetched,
 * and each must hold the one that the block lists.
 */
export async function hasWrappedBlobsRoot(
  header: BlockHeader,
  transactions: readonly Uint8Array[],
  rpc: JsonRpcClient,
  signal?: AbortSignal,
): Promise<boolean> {
  const wrapped = await Promise.all(
    transactions.map(async (transaction) => {
      if (transaction[0] !== transactionTypes.blob) return transaction
      const params = [transactionHash(transaction)]
      return bytesFromJson(await rpc.request('eth_getRawTransactionByHash', params, { signal }))
    }),
  )
  const areSame = wrapped.every((bytes, index) => {
    const transaction = transactions[index]!
    return bytes === transaction || isWrapped(bytes, transaction)
  })
  return areSame && hasTransactionsRoot(header, wrapped)
}

function isWrapped(wrapped: Uint8Array, transaction: Uint8Array): boolean {
  if (wrapped[0] !== transactionTypes.blob) return false
  const inner = rlpEncode(rlpList(transactionFields(wrapped)[0]))
  return equalBytes(inner, transaction.subarray(1))
}
