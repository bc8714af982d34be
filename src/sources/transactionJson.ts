import { concatBytes, emptyBytes } from '../base/bytes.ts'
import { DecodeError } from '../base/errors.ts'
import {
  addressFromJson,
  booleanFromJson,
  bytesFromJson,
  hashFromJson,
  JsonFields,
  listFromJson,
  sizedBytesFromJson,
  uint64FromJson,
  uint256BytesFromJson,
  uint256FromJson,
} from '../base/jsonFields.ts'
import { type RlpItem, rlpEncode } from '../base/rlp.ts'
import { encodeDepositTransaction } from '../protocol/depositTransaction.ts'
import { transactionTypes } from '../protocol/transaction.ts'

/**
 * The EIP-2718 bytes of a transaction, rebuilt from the object that `eth_` methods give.
 *
 * Nothing is checked but that all fields are there: the block's transactions root tells whether the
 * bytes are right.
 *
 * @throws {DecodeError} `TRANSACTION_JSON` naming the field, or for a type that is not known.
 */
export function transactionFromJson(json: unknown): Uint8Array {
  const fields = new JsonFields(json, 'transaction', 'TRANSACTION_JSON')
  const type = Number(fields.readOptional('type', uint64FromJson) ?? 0n)
  switch (type) {
    case transactionTypes.legacy:
      return rlpEncode([
        integer(fields, 'nonce'),
        integer(fields, 'gasPrice'),
        ...callFields(fields),
        integer(fields, 'v'),
        ...signature(fields),
      ])
    case transactionTypes.accessList:
      return typed(type, [
        integer(fields, 'chainId'),
        integer(fields, 'nonce'),
        integer(fields, 'gasPrice'),
        ...callFields(fields),
        accessList(fields),
        parity(fields),
        ...signature(fields),
      ])
    case transactionTypes.dynamicFee:
      return typed(type, [...dynamicFeeFields(fields), parity(fields), ...signature(fields)])
    case transactionTypes.blob:
      return typed(type, [
        ...dynamicFeeFields(fields),
        integer(fields, 'maxFeePerBlobGas'),
        fields.read('blobVersionedHashes', listFromJson(hashBytesFromJson)),
        parity(fields),
        ...signature(fields),
      ])
    case transactionTypes.setCode:
      return typed(type, [
        ...dynamicFeeFields(fields),
        fields.read('authorizationList', listFromJson(authorization)),
        parity(fields),
        ...signature(fields),
      ])
    case transactionTypes.deposit:
      return deposit(fields)
    default:
      throw new DecodeError('TRANSACTION_JSON', `transaction: type ${type} is not known`)
  }
}

const addressBytesFromJson = sizedBytesFromJson(20)
const hashBytesFromJson = sizedBytesFromJson(32)

function deposit(fields: JsonFields): Uint8Array {
  return encodeDepositTransaction({
    sourceHash: fields.read('sourceHash', hashFromJson),
    from: fields.read('from', addressFromJson),
    to: fields.readOptional('to', addressFromJson),
    mint: fields.readOptional('mint', uint256FromJson) ?? 0n,
    value: fields.read('value', uint256FromJson),
    gas: fields.read('gas', uint64FromJson),
    isSystemTransaction: fields.readOptional('isSystemTx', booleanFromJson) ?? false,
    data: fields.read('input', bytesFromJson),
  })
}

function typed(type: number, fields: RlpItem): Uint8Array {
  return concatBytes(Uint8Array.of(type), rlpEncode(fields))
}

function dynamicFeeFields(fields: JsonFields): RlpItem[] {
  return [
    integer(fields, 'chainId'),
    integer(fields, 'nonce'),
    integer(fields, 'maxPriorityFeePerGas'),
    integer(fields, 'maxFeePerGas'),
    ...callFields(fields),
    accessList(fields),
  ]
}

/** What all types share: gas, recipient, value and input. */
function callFields(fields: JsonFields): RlpItem[] {
  return [
    integer(fields, 'gas'),
    fields.readOptional('to', addressBytesFromJson) ?? emptyBytes,
    integer(fields, 'value'),
    fields.read('input', bytesFromJson),
  ]
}

function accessList(fields: JsonFields): RlpItem {
  return fields.read(
    'accessList',
    listFromJson((json): RlpItem => {
      const entry = new JsonFields(json, 'access list entry', 'TRANSACTION_JSON')
      return [
        entry.read('address', addressBytesFromJson),
        entry.read('storageKeys', listFromJson(hashBytesFromJson)),
      ]
    }),
  )
}

function authorization(json: unknown): RlpItem {
  const fields = new JsonFields(json, 'authorization', 'TRANSACTION_JSON')
  return [
    integer(fields, 'chainId'),
    fields.read('address', addressBytesFromJson),
    integer(fields, 'nonce'),
    parity(fields),
    ...signature(fields),
  ]
}

/** Newer nodes say `yParity`, older ones only `v`; for typed transactions they are the same. */
function parity(fields: JsonFields): Uint8Array {
  return fields.readOptional('yParity', uint256BytesFromJson) ?? integer(fields, 'v')
}

function signature(fields: JsonFields): Uint8Array[] {
  return [integer(fields, 'r'), integer(fields, 's')]
}

function integer(fields: JsonFields, name: string): Uint8Array {
  return fields.read(name, uint256BytesFromJson)
}
