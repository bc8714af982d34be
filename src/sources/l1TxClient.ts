import { bytesToHex } from '../base/hex.ts'
import {
  bytesFromJson,
  hashFromJson,
  JsonFields,
  listFromJson,
  uint64FromJson,
  uint256FromJson,
} from '../base/jsonFields.ts'
import { minBigInt } from '../base/minMaxBigInt.ts'
import { encodeQuantity } from '../base/quantity.ts'
import type { JsonRpcClient } from '../jsonrpc/client.ts'
import { transactionTypes } from '../protocol/transaction.ts'
import type { L1TxBackend, TxCall } from '../txmgr/backend.ts'
import type { TxReceipt } from '../txmgr/interface.ts'
import { ask, askOrRefusal } from './l1Answers.ts'
import { logFromJson, statusFromJson } from './receiptJson.ts'

/** L1 over JSON-RPC, as the transaction manager needs it. */
export function createL1TxClient(deps: { readonly rpc: JsonRpcClient }): L1TxBackend {
  const { rpc } = deps
  return {
    head: (signal) => ask(rpc, 'eth_getBlockByNumber', ['latest', false], headFromJson, signal),
    suggestedTip: (signal) => ask(rpc, 'eth_maxPriorityFeePerGas', [], uint256FromJson, signal),
    blobBaseFee: (signal) => ask(rpc, 'eth_blobBaseFee', [], uint256FromJson, signal),
    blobTips: (number, signal) =>
      ask(rpc, 'eth_getBlockByNumber', [encodeQuantity(number), true], blobTipsFromJson, signal),
    nonce: (address, label, signal) =>
      ask(rpc, 'eth_getTransactionCount', [address, label], uint64FromJson, signal),
    balance: (address, signal) =>
      ask(rpc, 'eth_getBalance', [address, 'latest'], uint256FromJson, signal),
    estimateGas: (call, signal) =>
      askOrRefusal(rpc, 'eth_estimateGas', [callToJson(call)], uint64FromJson, signal),
    call: (call, signal) =>
      askOrRefusal(rpc, 'eth_call', [callToJson(call), 'latest'], bytesFromJson, signal),
    sendRawTransaction: (raw, signal) =>
      askOrRefusal(rpc, 'eth_sendRawTransaction', [bytesToHex(raw)], () => undefined, signal),
    receipt: (hash, signal) =>
      ask(rpc, 'eth_getTransactionReceipt', [hash], receiptOrNothingFromJson, signal),
  }
}

function callToJson(call: TxCall) {
  return {
    from: call.from,
    ...(call.to === undefined ? {} : { to: call.to }),
    input: bytesToHex(call.data),
    value: encodeQuantity(call.value),
    gas: encodeQuantity(call.gas),
    maxPriorityFeePerGas: encodeQuantity(call.maxPriorityFeePerGas),
    maxFeePerGas: encodeQuantity(call.maxFeePerGas),
    ...(call.blobs === undefined
      ? {}
      : {
          maxFeePerBlobGas: encodeQuantity(call.blobs.maxFeePerBlobGas),
          blobVersionedHashes: call.blobs.versionedHashes,
        }),
  }
}

function headFromJson(json: unknown) {
  const fields = new JsonFields(json, 'L1 block', 'BLOCK_JSON')
  return {
    hash: fields.read('hash', hashFromJson),
    number: fields.read('number', uint64FromJson),
    baseFee: fields.read('baseFeePerGas', uint256FromJson),
  }
}

/** None of a block that L1 does not have: it may have been reorganized. */
function blobTipsFromJson(json: unknown): readonly bigint[] {
  if (json === null) return []
  const fields = new JsonFields(json, 'L1 block', 'BLOCK_JSON')
  const baseFee = fields.read('baseFeePerGas', uint256FromJson)
  return fields.read('transactions', listFromJson(blobTipFromJson(baseFee))).flat()
}

function blobTipFromJson(baseFee: bigint) {
  return (json: unknown): readonly bigint[] => {
    const fields = new JsonFields(json, 'L1 transaction', 'TRANSACTION_JSON')
    if (fields.read('type', uint64FromJson) !== BigInt(transactionTypes.blob)) return []
    const most = fields.read('maxPriorityFeePerGas', uint256FromJson)
    const unspent = fields.read('maxFeePerGas', uint256FromJson) - baseFee
    return [minBigInt(unspent, most)]
  }
}

function receiptOrNothingFromJson(json: unknown): TxReceipt | undefined {
  if (json === null) return undefined
  const fields = new JsonFields(json, 'receipt', 'RECEIPT_JSON')
  return {
    transactionHash: fields.read('transactionHash', hashFromJson),
    succeeded: fields.read('status', statusFromJson),
    blockHash: fields.read('blockHash', hashFromJson),
    blockNumber: fields.read('blockNumber', uint64FromJson),
    gasUsed: fields.read('gasUsed', uint64FromJson),
    effectiveGasPrice: fields.readOptional('effectiveGasPrice', uint256FromJson) ?? 0n,
    blobGasUsed: fields.readOptional('blobGasUsed', uint64FromJson) ?? 0n,
    blobGasPrice: fields.readOptional('blobGasPrice', uint256FromJson) ?? 0n,
    logs: fields.read('logs', listFromJson(logFromJson)),
  }
}
