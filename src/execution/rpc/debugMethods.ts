import { bytesToHex } from '../../base/hex.ts'
import { rlpDecode, rlpEncode } from '../../base/rlp.ts'
import type { RpcMethods } from '../../jsonrpc/dispatch.ts'
import { param } from '../../jsonrpc/params.ts'
import { encodeHeader } from '../../protocol/header.ts'
import { encodeReceipt } from '../../protocol/receipt.ts'
import { transactionType, transactionTypes } from '../../protocol/transaction.ts'
import type { BlockRecord } from '../chain/blockRecord.ts'
import type { ExecutionChainConfig } from '../chainConfig.ts'
import { parseBlockSelector, requireHash } from './blockSelector.ts'
import { parseHash } from './params.ts'
import type { RpcDeps } from './rpcDeps.ts'

/** Consensus bytes of blocks and their parts, and the rules of the chain. */
export function debugMethods({ chain, pool, config }: RpcDeps): RpcMethods {
  const blockOf = (params: unknown[]): BlockRecord =>
    chain.block(requireHash(chain, param(params, 0, parseBlockSelector)))!

  return {
    debug_chainConfig: async () => chainConfigToJson(config),
    debug_getRawHeader: async (params) => bytesToHex(encodeHeader(blockOf(params).header)),
    debug_getRawBlock: async (params) => bytesToHex(encodeBlock(blockOf(params))),
    debug_getRawReceipts: async (params) =>
      blockOf(params).outcomes.map(({ receipt }) => bytesToHex(encodeReceipt(receipt))),
    debug_getRawTransaction: async (params) => {
      const hash = param(params, 0, parseHash)
      const place = chain.transactionPlace(hash)
      const raw =
        place === undefined
          ? pool.get(hash)?.transaction.raw
          : chain.block(place.blockHash)!.transactions[place.index]
      return raw && bytesToHex(raw)
    },
  }
}

/** As in a `genesis.json`. */
function chainConfigToJson({ chainId, forkTimes, chainOpConfig }: ExecutionChainConfig): unknown {
  const times = Object.entries(forkTimes).map(([fork, time]) => [`${fork}Time`, Number(time)])
  const constants = Object.entries(chainOpConfig).map(([name, value]) => [name, Number(value)])
  return {
    chainId: Number(chainId),
    ...Object.fromEntries(times),
    optimism: Object.fromEntries(constants),
  }
}

/** `[header, transactions, ommers, withdrawals?]`, the last from Canyon on; the lists of L1 are empty. */
function encodeBlock({ header, transactions }: BlockRecord): Uint8Array {
  const items = transactions.map((raw) =>
    transactionType(raw) === transactionTypes.legacy ? rlpDecode(raw) : raw,
  )
  const withdrawals = header.withdrawalsRoot === undefined ? [] : [[]]
  return rlpEncode([rlpDecode(encodeHeader(header)), items, [], ...withdrawals])
}
