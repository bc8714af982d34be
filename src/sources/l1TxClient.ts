import { DecodeError } from '../base/errors.ts'
import { bytesToHex, hexToBytes } from '../base/hex.ts'
import {
  bytesFromJson,
  hashFromJson,
  JsonFields,
  listFromJson,
  uint64FromJson,
  uint256FromJson,
} from '../base/jsonFields.ts'
import { encodeQuantity } from '../base/quantity.ts'
import type { JsonRpcClient } from '../jsonrpc/client.ts'
import { isRateLimit, RpcError, rpcErrorCodes } from '../jsonrpc/rpcError.ts'
import type { L1TxBackend, Refusal, TxCall } from '../txmgr/backend.ts'
import type { TxReceipt } from '../txmgr/interface.ts'
import { logFromJson, statusFromJson } from './receiptJson.ts'
import { sourceError } from './sourceError.ts'

/** L1 over JSON-RPC, as the transaction manager needs it. */
export function createL1TxClient(deps: { readonly rpc: JsonRpcClient }): L1TxBackend {
  async function ask<T>(
    method: string,
    params: readonly unknown[],
    parse: (json: unknown) => T,
    signal: AbortSignal | undefined,
  ): Promise<T> {
    try {
      return parse(await deps.rpc.request(method, params, { signal }))
    } catch (error) {
      throw sourceError(error, 'L1', 'L1')
    }
  }

  /** As `ask`, where no is an answer too. */
  async function tryOut<T>(
    method: string,
    params: readonly unknown[],
    parse: (json: unknown) => T,
    signal: AbortSignal | undefined,
  ): Promise<T | Refusal> {
    try {
      return parse(await deps.rpc.request(method, params, { signal }))
    } catch (error) {
      if (error instanceof RpcError && isRefusal(error)) return refusal(error)
      throw sourceError(error, 'L1', 'L1')
    }
  }

  return {
    head: (signal) => ask('eth_getBlockByNumber', ['latest', false], headFromJson, signal),
    suggestedTip: (signal) => ask('eth_maxPriorityFeePerGas', [], uint256FromJson, signal),
    blobBaseFee: (signal) => ask('eth_blobBaseFee', [], uint256FromJson, signal),
    nonce: (address, label, signal) =>
      ask('eth_getTransactionCount', [address, label], uint64FromJson, signal),
    balance: (address, signal) =>
      ask('eth_getBalance', [address, 'latest'], uint256FromJson, signal),
    estimateGas: (call, signal) =>
      tryOut('eth_estimateGas', [callToJson(call)], uint64FromJson, signal),
    call: (call, signal) => tryOut('eth_call', [callToJson(call), 'latest'], bytesFromJson, signal),
    sendRawTransaction: (raw, signal) =>
      tryOut('eth_sendRawTransaction', [bytesToHex(raw)], () => undefined, signal),
    receipt: (hash, signal) =>
      ask('eth_getTransactionReceipt', [hash], receiptOrNothingFromJson, signal),
  }
}

/** Whether the error speaks of what was sent, not of the endpoint. */
function isRefusal(error: RpcError): boolean {
  return !isRateLimit(error) && error.rpcCode !== rpcErrorCodes.methodNotFound
}

function refusal({ shortMessage, data }: RpcError): Refusal {
  return { type: 'refused', message: shortMessage, data: revertDataFromJson(data) }
}

/** Nodes disagree on what stands beside the message; only hex is what a contract reverted with. */
function revertDataFromJson(json: unknown): Uint8Array | undefined {
  try {
    return typeof json === 'string' ? hexToBytes(json) : undefined
  } catch (error) {
    if (error instanceof DecodeError) return undefined
    throw error
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
