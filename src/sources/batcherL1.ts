import { DecodeError } from '../base/errors.ts'
import type { Address, Hex } from '../base/hex.ts'
import { bytesToHex } from '../base/hex.ts'
import { bytesFromJson, uint64FromJson } from '../base/jsonFields.ts'
import { keccak256Hex } from '../base/keccak.ts'
import { encodeQuantity } from '../base/quantity.ts'
import type { BatcherL1 } from '../batcher/interface.ts'
import type { JsonRpcClient } from '../jsonrpc/client.ts'
import { blockHashFromJson } from './blockJson.ts'
import { ask } from './l1Answers.ts'

/** L1 over JSON-RPC, as the batcher asks it. */
export function createBatcherL1(
  options: { readonly systemConfig: Address },
  deps: { readonly rpc: JsonRpcClient },
): BatcherL1 {
  const { rpc } = deps
  return {
    transactionCount(account, block, signal) {
      const label = typeof block === 'bigint' ? encodeQuantity(block) : block
      return ask(rpc, 'eth_getTransactionCount', [account, label], uint64FromJson, signal)
    },
    blockHash(number, signal) {
      const params = [encodeQuantity(number), false]
      return ask(rpc, 'eth_getBlockByNumber', params, blockHashFromJson, signal)
    },
    batcherOfSystemConfig(signal) {
      const call = { to: options.systemConfig, input: batcherHashSelector }
      return ask(rpc, 'eth_call', [call, 'latest'], addressOfHashFromJson, signal)
    },
  }
}

// `batcherHash()`
const batcherHashSelector = keccak256Hex(new TextEncoder().encode('batcherHash()')).slice(
  0,
  10,
) as Hex

/** Version 0 of a batcher hash: an address behind twelve zeros. */
function addressOfHashFromJson(json: unknown): Address {
  const bytes = bytesFromJson(json)
  const isAddress = bytes.length === 32 && bytes.subarray(0, 12).every((byte) => byte === 0)
  if (isAddress) return bytesToHex(bytes.subarray(12))
  throw new DecodeError(
    'BATCHER_HASH',
    `SystemConfig's batcherHash() is ${bytesToHex(bytes)}, no address`,
  )
}
