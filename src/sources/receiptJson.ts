import { DecodeError } from '../base/errors.ts'
import {
  addressFromJson,
  bytesFromJson,
  hashFromJson,
  JsonFields,
  listFromJson,
  sizedBytesFromJson,
  uint64FromJson,
} from '../base/jsonFields.ts'
import type { Log, Receipt } from '../protocol/receipt.ts'

/**
 * Reads a receipt of `eth_getBlockReceipts` or `eth_getTransactionReceipt`: what the block commits to of it.
 *
 * @throws {DecodeError} `RECEIPT_JSON` naming the field.
 */
export function receiptFromJson(json: unknown): Receipt {
  const fields = new JsonFields(json, 'receipt', 'RECEIPT_JSON')
  return {
    type: Number(fields.readOptional('type', uint64FromJson) ?? 0n),
    succeeded: fields.read('status', statusFromJson),
    cumulativeGasUsed: fields.read('cumulativeGasUsed', uint64FromJson),
    logsBloom: fields.read('logsBloom', sizedBytesFromJson(256)),
    logs: fields.read('logs', listFromJson(logFromJson)),
    depositNonce: fields.readOptional('depositNonce', uint64FromJson),
    depositReceiptVersion: fields.readOptional('depositReceiptVersion', uint64FromJson),
  }
}

/** Reads a log as a receipt holds it. @throws {DecodeError} `RECEIPT_JSON` naming the field. */
export function logFromJson(json: unknown): Log {
  const fields = new JsonFields(json, 'log', 'RECEIPT_JSON')
  return {
    address: fields.read('address', addressFromJson),
    topics: fields.read('topics', listFromJson(hashFromJson)),
    data: fields.read('data', bytesFromJson),
  }
}

/** True for `0x1`, false for `0x0`. @throws {DecodeError} */
export function statusFromJson(json: unknown): boolean {
  const status = uint64FromJson(json)
  if (status > 1n) throw new DecodeError('RECEIPT_STATUS', `expected 0x0 or 0x1, got ${json}`)
  return status === 1n
}
