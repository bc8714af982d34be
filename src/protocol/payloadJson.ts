import { DecodeError } from '../base/errors.ts'
import { bytesToHex, type Hex, hexToBytes, parseHex } from '../base/hex.ts'
import { encodeQuantity, parseQuantity } from '../base/quantity.ts'
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
  const fields = new Fields(json, 'payload')
  return {
    parentHash: fields.read('parentHash', hash),
    feeRecipient: fields.read('feeRecipient', address),
    stateRoot: fields.read('stateRoot', hash),
    receiptsRoot: fields.read('receiptsRoot', hash),
    logsBloom: fields.read('logsBloom', sizedBytes(256)),
    prevRandao: fields.read('prevRandao', hash),
    blockNumber: fields.read('blockNumber', uint64),
    gasLimit: fields.read('gasLimit', uint64),
    gasUsed: fields.read('gasUsed', uint64),
    timestamp: fields.read('timestamp', uint64),
    extraData: fields.read('extraData', extraData),
    baseFeePerGas: fields.read('baseFeePerGas', uint256),
    blockHash: fields.read('blockHash', hash),
    transactions: fields.read('transactions', listOf(bytes)),
    withdrawals: fields.readOptional('withdrawals', listOf(withdrawalFromJson)),
    blobGasUsed: fields.readOptional('blobGasUsed', uint64),
    excessBlobGas: fields.readOptional('excessBlobGas', uint64),
    withdrawalsRoot: fields.readOptional('withdrawalsRoot', hash),
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
  const fields = new Fields(json, 'payload attributes')
  return {
    timestamp: fields.read('timestamp', uint64),
    prevRandao: fields.read('prevRandao', hash),
    suggestedFeeRecipient: fields.read('suggestedFeeRecipient', address),
    withdrawals: fields.readOptional('withdrawals', listOf(withdrawalFromJson)),
    parentBeaconBlockRoot: fields.readOptional('parentBeaconBlockRoot', hash),
    transactions: fields.readOptional('transactions', listOf(bytes)) ?? [],
    noTxPool: fields.readOptional('noTxPool', flag) ?? false,
    gasLimit: fields.read('gasLimit', uint64),
    eip1559Params: fields.readOptional('eip1559Params', sizedBytes(8)),
    minBaseFee: fields.readOptional('minBaseFee', uint64),
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
  const fields = new Fields(json, 'payload envelope')
  return {
    executionPayload: fields.read('executionPayload', executionPayloadFromJson),
    parentBeaconBlockRoot: fields.readOptional('parentBeaconBlockRoot', hash),
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
  const fields = new Fields(
    { payload, blobHashes, parentBeaconBlockRoot, executionRequests },
    'newPayload parameters',
  )
  if (version >= 3) fields.read('blobHashes', emptyList)
  if (version >= 4) fields.read('executionRequests', emptyList)
  return {
    executionPayload: fields.read('payload', executionPayloadFromJson),
    parentBeaconBlockRoot: version >= 3 ? fields.read('parentBeaconBlockRoot', hash) : undefined,
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

function withdrawalFromJson(json: unknown): Withdrawal {
  const fields = new Fields(json, 'withdrawal')
  return {
    index: fields.read('index', uint64),
    validatorIndex: fields.read('validatorIndex', uint64),
    address: fields.read('address', address),
    amount: fields.read('amount', uint64),
  }
}

function optionalQuantity(name: string, value: bigint | undefined): JsonObject {
  return value === undefined ? {} : { [name]: encodeQuantity(value) }
}

/** Reads the fields of one JSON object and names the one that is wrong. */
class Fields {
  readonly #json: JsonObject
  readonly #what: string

  constructor(json: unknown, what: string) {
    if (typeof json !== 'object' || json === null) {
      throw new DecodeError('PAYLOAD_JSON', `${what}: expected a JSON object, got ${typeof json}`)
    }
    this.#json = json as JsonObject
    this.#what = what
  }

  read<T>(name: string, parse: (value: unknown) => T): T {
    const value = this.readOptional(name, parse)
    if (value === undefined) {
      throw new DecodeError('PAYLOAD_JSON', `${this.#what}: ${name} is missing`)
    }
    return value
  }

  readOptional<T>(name: string, parse: (value: unknown) => T): T | undefined {
    const value = this.#json[name]
    if (value === undefined || value === null) return undefined
    try {
      return parse(value)
    } catch (cause) {
      if (!(cause instanceof DecodeError)) throw cause
      throw new DecodeError('PAYLOAD_JSON', `${this.#what}: ${name}: ${cause.shortMessage}`, {
        cause,
      })
    }
  }
}

const hash = (json: unknown): Hex => parseHex(json, 32)
const address = (json: unknown): Hex => parseHex(json, 20)
const uint64 = (json: unknown): bigint => parseQuantity(json, 64)
const uint256 = (json: unknown): bigint => parseQuantity(json, 256)

function bytes(json: unknown): Uint8Array {
  if (typeof json !== 'string') {
    throw new DecodeError('HEX_INVALID', `expected hex bytes, got ${typeof json}`)
  }
  return hexToBytes(json)
}

function sizedBytes(size: number): (json: unknown) => Uint8Array {
  return (json) => hexToBytes(parseHex(json, size))
}

function extraData(json: unknown): Uint8Array {
  const data = bytes(json)
  if (data.length > 32) {
    throw new DecodeError('HEX_INVALID', `expected at most 32 bytes, got ${data.length}`)
  }
  return data
}

function flag(json: unknown): boolean {
  if (typeof json === 'boolean') return json
  throw new DecodeError('FLAG_INVALID', `expected true or false, got ${String(json)}`)
}

function listOf<T>(parse: (value: unknown) => T): (json: unknown) => T[] {
  return (json) => {
    if (!Array.isArray(json)) {
      throw new DecodeError('LIST_INVALID', `expected a list, got ${typeof json}`)
    }
    return json.map(parse)
  }
}

function emptyList(json: unknown): readonly [] {
  if (Array.isArray(json) && json.length === 0) return []
  throw new DecodeError('LIST_INVALID', 'expected an empty list: the L2 has no such items')
}
