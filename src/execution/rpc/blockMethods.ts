import { bytesToHex, type Hash } from '../../base/hex.ts'
import { encodeQuantity } from '../../base/quantity.ts'
import type { RpcMethods } from '../../jsonrpc/dispatch.ts'
import { optionalParam, param } from '../../jsonrpc/params.ts'
import type { BlockRecord } from '../chain/blockRecord.ts'
import { WorldState } from '../state/worldState.ts'
import { decodeTransaction } from '../transaction/transaction.ts'
import { blockToJson } from './blockJson.ts'
import {
  type BlockSelector,
  parseBlockNumber,
  parseBlockSelector,
  selectHash,
} from './blockSelector.ts'
import { parseFlag, parseHash, parseUint64 } from './params.ts'
import { createReceiptFormatter } from './receiptJson.ts'
import type { RpcDeps } from './rpcDeps.ts'
import { transactionToJson } from './transactionJson.ts'

/** Methods that read blocks, transactions and receipts. What is not there is `null`. */
export function blockMethods(deps: RpcDeps): RpcMethods {
  const { chain, pool } = deps

  const blockOf = (selector: BlockSelector): BlockRecord | undefined => {
    const hash = selectHash(chain, selector)
    return hash && chain.block(hash)
  }
  const byHash = (params: unknown[]) => chain.block(param(params, 0, parseHash))
  const byNumber = (params: unknown[]) => blockOf(param(params, 0, parseBlockNumber))

  const getBlock = (find: (params: unknown[]) => BlockRecord | undefined) => {
    return async (params: unknown[]) => {
      const block = find(params)
      return block && blockToJson(block, optionalParam(params, 1, parseFlag) ?? false)
    }
  }
  const transactionCount = (find: (params: unknown[]) => BlockRecord | undefined) => {
    return async (params: unknown[]) => {
      const block = find(params)
      return block && encodeQuantity(block.transactions.length)
    }
  }
  const uncleCount = (find: (params: unknown[]) => BlockRecord | undefined) => {
    return async (params: unknown[]) => find(params) && '0x0'
  }
  const transactionAt = (find: (params: unknown[]) => BlockRecord | undefined) => {
    return async (params: unknown[]) => {
      const block = find(params)
      const index = param(params, 1, parseUint64)
      return block && positionedTransaction(block, index)
    }
  }
  const rawTransactionAt = (find: (params: unknown[]) => BlockRecord | undefined) => {
    return async (params: unknown[]) => {
      const raw = find(params)?.transactions[Number(param(params, 1, parseUint64))]
      return raw && bytesToHex(raw)
    }
  }
  const placeOf = (hash: Hash) => {
    const place = chain.transactionPlace(hash)
    return place && { block: chain.block(place.blockHash)!, index: place.index }
  }
  const receiptsOf = (block: BlockRecord) => {
    const state = WorldState.at(deps.states, block.header.stateRoot)
    return createReceiptFormatter(deps.config, block, state)
  }

  return {
    eth_blockNumber: async () => encodeQuantity(chain.heads.head.number),
    eth_getBlockByHash: getBlock(byHash),
    eth_getBlockByNumber: getBlock(byNumber),
    eth_getBlockTransactionCountByHash: transactionCount(byHash),
    eth_getBlockTransactionCountByNumber: transactionCount(byNumber),
    eth_getUncleCountByBlockHash: uncleCount(byHash),
    eth_getUncleCountByBlockNumber: uncleCount(byNumber),
    eth_getUncleByBlockHashAndIndex: async () => null,
    eth_getUncleByBlockNumberAndIndex: async () => null,
    eth_getTransactionByBlockHashAndIndex: transactionAt(byHash),
    eth_getTransactionByBlockNumberAndIndex: transactionAt(byNumber),
    eth_getRawTransactionByBlockHashAndIndex: rawTransactionAt(byHash),
    eth_getRawTransactionByBlockNumberAndIndex: rawTransactionAt(byNumber),
    eth_getTransactionByHash: async (params) => {
      const hash = param(params, 0, parseHash)
      const place = placeOf(hash)
      if (place !== undefined) return positionedTransaction(place.block, BigInt(place.index))
      const pooled = pool.get(hash)
      return pooled && transactionToJson(pooled.transaction, undefined)
    },
    eth_getRawTransactionByHash: async (params) => {
      const hash = param(params, 0, parseHash)
      const place = placeOf(hash)
      const raw = place?.block.transactions[place.index] ?? pool.get(hash)?.transaction.raw
      return raw && bytesToHex(raw)
    },
    eth_getTransactionReceipt: async (params) => {
      const place = placeOf(param(params, 0, parseHash))
      return place && receiptsOf(place.block).receipt(place.index)
    },
    eth_getBlockReceipts: async (params) => {
      const block = blockOf(param(params, 0, parseBlockSelector))
      if (block === undefined) return undefined
      const formatter = receiptsOf(block)
      return block.transactions.map((_, index) => formatter.receipt(index))
    },
  }
}

function positionedTransaction(block: BlockRecord, index: bigint): unknown {
  const { hash, header, transactions, outcomes } = block
  const at = Number(index)
  const raw = transactions[at]
  return (
    raw &&
    transactionToJson(decodeTransaction(raw), {
      blockHash: hash,
      blockNumber: header.number,
      index: at,
      baseFeePerGas: header.baseFeePerGas ?? 0n,
      outcome: outcomes[at]!,
    })
  )
}
