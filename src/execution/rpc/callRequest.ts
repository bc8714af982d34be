import { bigIntToBytes, concatBytes, emptyBytes, equalBytes } from '../../base/bytes.ts'
import { DecodeError } from '../../base/errors.ts'
import { type Address, zeroAddress } from '../../base/hex.ts'
import type { Parser } from '../../jsonrpc/params.ts'
import type { AccessList, Authorization } from '../../protocol/signedTransaction.ts'
import {
  field,
  parseAddress,
  parseBytes,
  parseList,
  parseObject,
  parseSlot,
  parseUint64,
  parseUint256,
} from './params.ts'

/** A transaction that is only tried out. What the caller left open is filled with geth's defaults. */
export interface CallRequest {
  readonly from: Address
  /** `undefined` creates a contract. */
  readonly to: Address | undefined
  /** `undefined`: as much as allowed. */
  readonly gas: bigint | undefined
  /** Wei; 0 where the caller names no fee: then gas costs nothing. */
  readonly gasPrice: bigint
  /** Wei. */
  readonly value: bigint
  readonly data: Uint8Array
  readonly accessList: AccessList
  readonly authorizations: readonly Authorization[]
}

/** @see https://github.com/ethereum/execution-apis/blob/main/src/schemas/transaction.yaml */
export const parseCallRequest: Parser<CallRequest> = (json) => {
  const object = parseObject(json)
  const gasPrice = field(object, 'gasPrice', parseUint256)
  const maxFeePerGas = field(object, 'maxFeePerGas', parseUint256)
  const maxPriorityFeePerGas = field(object, 'maxPriorityFeePerGas', parseUint256)
  if (gasPrice !== undefined && (maxFeePerGas ?? maxPriorityFeePerGas) !== undefined) {
    throw new DecodeError(
      'CALL_FEES',
      'both gasPrice and (maxFeePerGas or maxPriorityFeePerGas) specified',
    )
  }
  if (maxFeePerGas !== undefined && (maxPriorityFeePerGas ?? 0n) > maxFeePerGas) {
    throw new DecodeError(
      'CALL_FEES',
      `maxFeePerGas (${maxFeePerGas}) < maxPriorityFeePerGas (${maxPriorityFeePerGas})`,
    )
  }
  return {
    from: field(object, 'from', parseAddress) ?? zeroAddress,
    to: field(object, 'to', parseAddress),
    gas: field(object, 'gas', parseUint64),
    gasPrice: gasPrice ?? maxFeePerGas ?? 0n,
    value: field(object, 'value', parseUint256) ?? 0n,
    data: parseCallData(object),
    accessList: field(object, 'accessList', parseList(parseAccess)) ?? [],
    authorizations: field(object, 'authorizationList', parseList(parseAuthorization)) ?? [],
  }
}

function parseCallData(object: Readonly<Record<string, unknown>>): Uint8Array {
  const input = field(object, 'input', parseBytes)
  const data = field(object, 'data', parseBytes)
  if (input !== undefined && data !== undefined && !equalBytes(input, data)) {
    throw new DecodeError(
      'CALL_DATA',
      'both "data" and "input" are set and not equal. Please use "input" to pass transaction call data',
    )
  }
  return input ?? data ?? emptyBytes
}

const parseAccess: Parser<AccessList[number]> = (json) => {
  const object = parseObject(json)
  const address = field(object, 'address', parseAddress)
  if (address === undefined) throw new DecodeError('CALL_ACCESS_LIST', 'address is missing')
  return { address, storageKeys: field(object, 'storageKeys', parseList(parseSlot)) ?? [] }
}

const parseAuthorization: Parser<Authorization> = (json) => {
  const object = parseObject(json)
  const address = field(object, 'address', parseAddress)
  if (address === undefined) throw new DecodeError('CALL_AUTHORIZATION', 'address is missing')
  const scalar = (name: string) => bigIntToBytes(field(object, name, parseUint256) ?? 0n, 32)
  return {
    chainId: field(object, 'chainId', parseUint256) ?? 0n,
    address,
    nonce: field(object, 'nonce', parseUint64) ?? 0n,
    yParity: Number(field(object, 'yParity', parseUint64) ?? 0n),
    signature: concatBytes(scalar('r'), scalar('s')),
  }
}
