import { DecodeError } from '../base/errors.ts'
import { bytesToHex } from '../base/hex.ts'
import {
  addressFromJson,
  booleanFromJson,
  bytesFromJson,
  hashFromJson,
  JsonFields,
  listFromJson,
  sizedBytesFromJson,
  uint64FromJson,
  uint256FromJson,
} from '../base/jsonFields.ts'
import { encodeQuantity } from '../base/quantity.ts'
import type { ExecutionPayload, PayloadAttributes, PayloadEnvelope, Withdrawal } from './payload.ts'

/**
 * A block as the Engine API's JSON has it, in the shape of its fork: fields that are `undefined` are left out.
 *
 * @see https://specs.optimism.io/protocol/exec-engine.html#engine-api
 */
export function executionPayloadToJson(payload: ExecutionPayload): JsonObject {
  return {
    parentHash: payload.parentHash,
    feeRecipient: payload.feeRecipient,
    stateRoot: payload.stateRoot,
    receiptsRoot: payload.receiptsRoot,
    logsBloom: bytesToHex(payload.logsBloom),
    prevRandao: payload.prevRandao,
    blockNumber: encodeQuantity(payload.blockNumber),
    gasLimit: encodeQuantity(payload.gasLimit),
    gasUsed: encodeQuantity(payload.gasUsed),
    timestamp: encodeQuantity(payload.timestamp),
    extraData: bytesToHex(payload.extraData),
    baseFeePerGas: encodeQuantity(payload.baseFeePerGas),
    blockHash: payload.blockHash,
    transactions: payload.transactions.map(bytesToHex),
    ...(payload.withdrawals && { withdrawals: payload.withdrawals.map(withdrawalToJson) }),
    ...optionalQuantity('blobGasUsed', payload.blobGasUsed),
    ...optionalQuantity('excessBlobGas', payload.excessBlobGas),
    ...(payload.withdrawalsRoot !== undefined && { withdrawalsRoot: payload.withdrawalsRoot }),
  }
}

/** The inverse of {@link executionPayloadToJson}. @throws {DecodeError} `PAYLOAD_JSON` naming the field. */
export function executionPayloadFromJson(json: unknown): ExecutionPayload {
  const fields = new JsonFields(json, 'payload', 'PAYLOAD_JSON')
  return {
    parentHash: fields.read('parentHash', hashFromJson),
    feeRecipient: fields.read('feeRecipient', addressFromJson),
    stateRoot: fields.read('stateRoot', hashFromJson),
    receiptsRoot: fields.read('receiptsRoot', hashFromJson),
    logsBloom: fields.read('logsBloom', sizedBytesFromJson(256)),
    prevRandao: fields.read('prevRandao', hashFromJson),
    blockNumber: fields.read('blockNumber', uint64FromJson),
    gasLimit: fields.read('gasLimit', uint64FromJson),
    gasUsed: fields.read('gasUsed', uint64FromJson),
    timestamp: fields.read('timestamp', uint64FromJson),
    extraData: fields.read('extraData', extraData),
    baseFeePerGas: fields.read('baseFeePerGas', uint256FromJson),
    blockHash: fields.read('blockHash', hashFromJson),
    transactions: fields.read('transactions', listFromJson(bytesFromJson)),
    withdrawals: fields.readOptional('withdrawals', listFromJson(withdrawalFromJson)),
    blobGasUsed: fields.readOptional('blobGasUsed', uint64FromJson),
    excessBlobGas: fields.readOptional('excessBlobGas', uint64FromJson),
    withdrawalsRoot: fields.readOptional('withdrawalsRoot', hashFromJson),
  }
}

/** What a block is to be built from, in the shape of its fork. */
export function payloadAttributesToJson(attributes: PayloadAttributes): JsonObject {
  return {
    timestamp: encodeQuantity(attributes.timestamp),
    prevRandao: attributes.prevRandao,
    suggestedFeeRecipient: attributes.suggestedFeeRecipient,
    ...(attributes.withdrawals && { withdrawals: attributes.withdrawals.map(withdrawalToJson) }),
    ...(attributes.parentBeaconBlockRoot !== undefined && {
      parentBeaconBlockRoot: attributes.parentBeaconBlockRoot,
    }),
    transactions: attributes.transactions.map(bytesToHex),
    noTxPool: attributes.noTxPool,
    gasLimit: encodeQuantity(attributes.gasLimit),
    ...(attributes.eip1559Params && { eip1559Params: bytesToHex(attributes.eip1559Params) }),
    ...optionalQuantity('minBaseFee', attributes.minBaseFee),
  }
}

/**
 * The inverse of {@link payloadAttributesToJson}. `transactions` and `noTxPool` may be absent; `gasLimit` may not.
 *
 * @throws {DecodeError} `PAYLOAD_JSON` naming the field.
 */
export function payloadAttributesFromJson(json: unknown): PayloadAttributes {
  const fields = new JsonFields(json, 'payload attributes', 'PAYLOAD_JSON')
  return {
    timestamp: fields.read('timestamp', uint64FromJson),
    prevRandao: fields.read('prevRandao', hashFromJson),
    suggestedFeeRecipient: fields.read('suggestedFeeRecipient', addressFromJson),
    withdrawals: fields.readOptional('withdrawals', listFromJson(withdrawalFromJson)),
    parentBeaconBlockRoot: fields.readOptional('parentBeaconBlockRoot', hashFromJson),
    transactions: fields.readOptional('transactions', listFromJson(bytesFromJson)) ?? [],
    noTxPool: fields.readOptional('noTxPool', booleanFromJson) ?? false,
    gasLimit: fields.read('gasLimit', uint64FromJson),
    eip1559Params: fields.readOptional('eip1559Params', sizedBytesFromJson(8)),
    minBaseFee: fields.readOptional('minBaseFee', uint64FromJson),
  }
}

/** Versions of `engine_getPayload` that the OP Stack uses. */
export type GetPayloadVersion = 2 | 3 | 4 | 5
/** Versions of `engine_newPayload` that the OP Stack uses. */
export type NewPayloadVersion = 2 | 3 | 4

/**
 * The result of `engine_getPayloadV2` to `V5`. The L2 has neither blobs nor execution requests, so their fields
 * are empty lists; V5 holds what V4 does.
 *
 * @param blockValueWei - Fees that the block pays to its recipient.
 */
export function payloadEnvelopeToJson(
  version: GetPayloadVersion,
  envelope: PayloadEnvelope,
  blockValueWei = 0n,
): JsonObject {
  return {
    executionPayload: executionPayloadToJson(envelope.executionPayload),
    blockValue: encodeQuantity(blockValueWei),
    ...(version >= 3 && {
      blobsBundle: { commitments: [], proofs: [], blobs: [] },
      shouldOverrideBuilder: false,
      parentBeaconBlockRoot: envelope.parentBeaconBlockRoot,
    }),
    ...(version >= 4 && { executionRequests: [] }),
  }
}

/** The inverse of {@link payloadEnvelopeToJson}, for all versions. @throws {DecodeError} `PAYLOAD_JSON` */
export function payloadEnvelopeFromJson(json: unknown): PayloadEnvelope {
  const fields = new JsonFields(json, 'payload envelope', 'PAYLOAD_JSON')
  return {
    executionPayload: fields.read('executionPayload', executionPayloadFromJson),
    parentBeaconBlockRoot: fields.readOptional('parentBeaconBlockRoot', hashFromJson),
  }
}

/** The parameters of `engine_newPayloadV2` to `V4`. */
export function newPayloadParams(
  version: NewPayloadVersion,
  envelope: PayloadEnvelope,
): readonly unknown[] {
  const payload = executionPayloadToJson(envelope.executionPayload)
  if (version === 2) return [payload]
  const ecotone = [payload, [], envelope.parentBeaconBlockRoot]
  return version === 3 ? ecotone : [...ecotone, []]
}

/**
 * The inverse of {@link newPayloadParams}.
 *
 * @throws {DecodeError} `PAYLOAD_JSON`, also when blob hashes or execution requests are present: the L2 has none.
 */
export function payloadEnvelopeFromParams(
  version: NewPayloadVersion,
  params: readonly unknown[],
): PayloadEnvelope {
  const [payload, blobHashes, parentBeaconBlockRoot, executionRequests] = params
  const fields = new JsonFields(
    { payload, blobHashes, parentBeaconBlockRoot, executionRequests },
    'newPayload parameters',
    'PAYLOAD_JSON',
  )
  if (version >= 3) fields.read('blobHashes', emptyList)
  if (version >= 4) fields.read('executionRequests', emptyList)
  return {
    executionPayload: fields.read('payload', executionPayloadFromJson),
    parentBeaconBlockRoot:
      version >= 3 ? fields.read('parentBeaconBlockRoot', hashFromJson) : undefined,
  }
}

type JsonObject = Record<string, unknown>

function withdrawalToJson(withdrawal: Withdrawal): JsonObject {
  return {
    index: encodeQuantity(withdrawal.index),
    validatorIndex: encodeQuantity(withdrawal.validatorIndex),
    address: withdrawal.address,
    amount: encodeQuantity(withdrawal.amount),
  }
}

/** @throws {DecodeError} `PAYLOAD_JSON` naming the field. */
export function withdrawalFromJson(json: unknown): Withdrawal {
  const fields = new JsonFields(json, 'withdrawal', 'PAYLOAD_JSON')
  return {
    index: fields.read('index', uint64FromJson),
    validatorIndex: fields.read('validatorIndex', uint64FromJson),
    address: fields.read('address', addressFromJson),
    amount: fields.read('amount', uint64FromJson),
  }
}

function optionalQuantity(name: string, value: bigint | undefined): JsonObject {
  return value === undefined ? {} : { [name]: encodeQuantity(value) }
}

function extraData(json: unknown): Uint8Array {
  const data = bytesFromJson(json)
  if (data.length > 32) {
    throw new DecodeError('HEX_INVALID', `expected at most 32 bytes, got ${data.length}`)
  }
  return data
}

function emptyList(json: unknown): readonly [] {
  if (Array.isArray(json) && json.length === 0) return []
  throw new DecodeError('LIST_INVALID', 'expected an empty list: the L2 has no such items')
}
