import type { Hash } from '../base/hex.ts'
import { encodeQuantity } from '../base/quantity.ts'
import type { RollupConfig } from '../chain/rollupConfig.ts'
import type { L1Block } from '../derive/providers.ts'
import { headerToJson } from '../execution/rpc/blockJson.ts'
import { transactionToJson } from '../execution/rpc/transactionJson.ts'
import { decodeTransaction } from '../execution/transaction/transaction.ts'
import type { RpcMethods } from '../jsonrpc/dispatch.ts'
import { RpcError, rpcErrorCodes } from '../jsonrpc/rpcError.ts'
import type { DataL1 } from './dataL1.ts'

/** The JSON-RPC of an L1 node over an L1 in memory, as far as a node reads it. */
export function rpcDataL1Methods(
  l1: DataL1,
  config: RollupConfig,
  finalized: () => bigint | undefined = () => undefined,
): RpcMethods {
  const answer = async (block: L1Block | undefined, isFull: unknown) => {
    if (block === undefined) return null
    const { hash } = block.ref
    const transactions = isFull ? await l1.transactionsByHash(hash) : []
    return {
      ...headerToJson(block.header, hash),
      transactions: transactions!.map((encoded) =>
        transactionToJson(decodeTransaction(encoded), undefined),
      ),
    }
  }
  const byNumber = async (number: bigint | undefined) =>
    number === undefined || number > l1.head.number ? undefined : l1.blockByHash(l1.at(number).hash)
  return {
    eth_chainId: async () => encodeQuantity(config.l1ChainId),
    eth_getBlockByHash: async ([hash, isFull]) =>
      answer(await l1.blockByHash(hash as Hash), isFull),
    eth_getBlockByNumber: async ([id, isFull]) => {
      if (id === 'latest') return answer(await byNumber(l1.head.number), isFull)
      if (id !== 'safe' && id !== 'finalized')
        return answer(await byNumber(BigInt(id as string)), isFull)
      const block = await byNumber(finalized())
      if (block !== undefined) return answer(block, isFull)
      throw new RpcError(rpcErrorCodes.serverError, `${id} block not found`)
    },
  }
}
