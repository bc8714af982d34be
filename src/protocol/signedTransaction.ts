import { concatBytes } from '../base/bytes.ts'
import { DecodeError } from '../base/errors.ts'
import { type Address, bytesToHex, type Hash } from '../base/hex.ts'
import { keccak256, keccak256Hex } from '../base/keccak.ts'
import {
  type RlpItem,
  rlpBytes,
  rlpEncode,
  rlpInteger,
  rlpList,
  rlpListPrefix,
  rlpSpan,
  rlpUint,
} from '../base/rlp.ts'
import { hasLowS, recoverAddress } from '../base/secp256k1.ts'
import { transactionFields, transactionType, transactionTypes } from './transaction.ts'

/** Accounts and slots that a transaction pays for in advance (EIP-2930). */
export type AccessList = readonly {
  readonly address: Address
  readonly storageKeys: readonly Hash[]
}[]

/** An account's consent to run the code of `address` as its own (EIP-7702). */
export interface Authorization {
  /** 0 holds on every chain. */
  readonly chainId: bigint
  readonly address: Address
  readonly nonce: bigint
  readonly yParity: number
  /** r and s, 32 bytes each. */
  readonly signature: Uint8Array
}

/** EIP-2718 types of transactions that users may send to an L2. */
export type SignedTransactionType = (typeof transactionTypes)[
  | 'legacy'
  | 'accessList'
  | 'dynamicFee'
  | 'setCode']

/**
 * A signed transaction. Hash and sender are worked out when they are first asked for, and kept.
 */
export class SignedTransaction {
  readonly type: SignedTransactionType
  /** EIP-2718 bytes. */
  readonly raw: Uint8Array
  /** `undefined` for a legacy transaction without replay protection. */
  readonly chainId: bigint | undefined
  readonly nonce: bigint
  /** Wei; of types 0 and 1 the gas price. */
  readonly maxPriorityFeePerGas: bigint
  /** Wei; of types 0 and 1 the gas price. */
  readonly maxFeePerGas: bigint
  readonly gasLimit: bigint
  /** `undefined` creates a contract. */
  readonly to: Address | undefined
  /** Wei. */
  readonly value: bigint
  readonly data: Uint8Array
  readonly yParity: number
  /** r and s, 32 bytes each. */
  readonly signature: Uint8Array

  readonly accessList: AccessList
  readonly authorizations: readonly Authorization[]

  readonly #layout: Layout
  #hash: Hash | undefined
  #sender: Address | undefined

  /**
   * Takes the bytes apart. They must not change afterwards.
   *
   * @throws {DecodeError} `TRANSACTION_TYPE`, `TRANSACTION_FIELDS`, `TRANSACTION_SIGNATURE`, `RLP_*`
   */
  constructor(raw: Uint8Array) {
    const type = transactionType(raw)
    const layout = layouts[type as SignedTransactionType]
    if (layout === undefined) {
      throw new DecodeError(
        'TRANSACTION_TYPE',
        `transactions of type 0x${type.toString(16)} are not taken by this chain`,
      )
    }
    const fields = transactionFields(raw)
    if (fields.length !== layout.length) {
      throw new DecodeError(
        'TRANSACTION_FIELDS',
        `a transaction of type ${type} has ${layout.length} fields, got ${fields.length}`,
      )
    }
    this.type = type as SignedTransactionType
    this.raw = raw
    this.#layout = layout
    this.nonce = rlpInteger(fields[layout.nonce], 8)
    this.maxPriorityFeePerGas = rlpInteger(fields[layout.tip ?? layout.fee])
    this.maxFeePerGas = rlpInteger(fields[layout.fee])
    this.gasLimit = rlpInteger(fields[layout.gas], 8)
    this.to = decodeTo(rlpBytes(fields[layout.to]), type)
    this.value = rlpInteger(fields[layout.value])
    this.data = rlpBytes(fields[layout.data])
    const v = rlpInteger(fields[layout.v])
    if (type === transactionTypes.legacy) {
      const { chainId, yParity } = decodeLegacyV(v)
      this.chainId = chainId
      this.yParity = yParity
    } else {
      this.chainId = rlpInteger(fields[0])
      this.yParity = decodeParity(v)
    }
    this.signature = joinSignature(fields[layout.r], fields[layout.s])
    this.accessList =
      layout.accessList === undefined ? [] : decodeAccessList(fields[layout.accessList])
    this.authorizations =
      layout.authorizations === undefined ? [] : decodeAuthorizations(fields[layout.authorizations])
  }

  get hash(): Hash {
    this.#hash ??= keccak256Hex(this.raw)
    return this.#hash
  }

  /** @throws {DecodeError} `TRANSACTION_SIGNATURE` when no key fits the signature, or s is high. */
  get sender(): Address {
    this.#sender ??= this.#recoverSender()
    return this.#sender
  }

  #recoverSender(): Address {
    if (!hasLowS(this.signature)) {
      throw new DecodeError('TRANSACTION_SIGNATURE', `transaction ${this.hash} has a high s`)
    }
    const sender = recoverAddress(this.#signingHash(), this.signature, this.yParity)
    if (sender === undefined) {
      throw new DecodeError(
        'TRANSACTION_SIGNATURE',
        `no key fits the signature of transaction ${this.hash}`,
      )
    }
    return sender
  }

  #signingHash(): Uint8Array {
    const { raw } = this
    const start = this.type === transactionTypes.legacy ? 0 : 1
    const list = rlpSpan(raw, start)
    // The signed fields lie next to each other: their bytes are taken as they are.
    let end = list.start
    for (let i = 0; i < this.#layout.v; i++) end = rlpSpan(raw, end).end
    let signed = raw.subarray(list.start, end)
    if (this.type === transactionTypes.legacy && this.chainId !== undefined) {
      signed = concatBytes(signed, rlpEncode(rlpUint(this.chainId)), Uint8Array.of(0x80, 0x80))
    }
    return keccak256(concatBytes(raw.subarray(0, start), rlpListPrefix(signed.length), signed))
  }
}

/** Where the fields of a type lie. Optional ones are missing from some types. */
interface Layout extends Readonly<Record<RequiredField, number>> {
  readonly tip?: number
  readonly accessList?: number
  readonly authorizations?: number
  readonly length: number
}

type RequiredField = 'nonce' | 'fee' | 'gas' | 'to' | 'value' | 'data' | 'v' | 'r' | 's'

const layouts: Readonly<Record<SignedTransactionType, Layout>> = {
  [transactionTypes.legacy]: layoutOf('nonce fee gas to value data v r s'),
  [transactionTypes.accessList]: layoutOf('chainId nonce fee gas to value data accessList v r s'),
  [transactionTypes.dynamicFee]: layoutOf(
    'chainId nonce tip fee gas to value data accessList v r s',
  ),
  [transactionTypes.setCode]: layoutOf(
    'chainId nonce tip fee gas to value data accessList authorizations v r s',
  ),
}

function layoutOf(fields: string): Layout {
  const names = fields.split(' ')
  const places = Object.fromEntries(names.map((name, index) => [name, index]))
  return { ...(places as Record<RequiredField, number>), length: names.length }
}

function decodeTo(bytes: Uint8Array, type: number): Address | undefined {
  if (bytes.length === 20) return bytesToHex(bytes)
  if (bytes.length === 0 && type !== transactionTypes.setCode) return undefined
  throw new DecodeError(
    'TRANSACTION_FIELDS',
    `a transaction of type ${type} cannot be sent to ${bytes.length} bytes of address`,
  )
}

function decodeLegacyV(v: bigint): { chainId: bigint | undefined; yParity: number } {
  if (v === 27n || v === 28n) return { chainId: undefined, yParity: Number(v - 27n) }
  if (v >= 35n) return { chainId: (v - 35n) >> 1n, yParity: Number((v - 35n) & 1n) }
  throw new DecodeError('TRANSACTION_SIGNATURE', `v must be 27, 28 or at least 35, got ${v}`)
}

function decodeParity(v: bigint): number {
  if (v <= 1n) return Number(v)
  throw new DecodeError('TRANSACTION_SIGNATURE', `y parity must be 0 or 1, got ${v}`)
}

function joinSignature(r: RlpItem | undefined, s: RlpItem | undefined): Uint8Array {
  const signature = new Uint8Array(64)
  const rBytes = scalarBytes(r)
  const sBytes = scalarBytes(s)
  signature.set(rBytes, 32 - rBytes.length)
  signature.set(sBytes, 64 - sBytes.length)
  return signature
}

function scalarBytes(item: RlpItem | undefined): Uint8Array {
  const bytes = rlpBytes(item)
  if (bytes.length > 32 || bytes[0] === 0) {
    throw new DecodeError('TRANSACTION_SIGNATURE', 'r or s has leading zeros or over 32 bytes')
  }
  return bytes
}

function decodeAccessList(item: RlpItem | undefined): AccessList {
  return rlpList(item).map((entry) => {
    const fields = rlpList(entry)
    if (fields.length !== 2) throw badList('access list', 2, fields.length)
    return {
      address: bytesToHex(rlpBytes(fields[0], 20)),
      storageKeys: rlpList(fields[1]).map((key) => bytesToHex(rlpBytes(key, 32))),
    }
  })
}

function decodeAuthorizations(item: RlpItem | undefined): readonly Authorization[] {
  return rlpList(item).map((entry) => {
    const fields = rlpList(entry)
    if (fields.length !== 6) throw badList('authorization', 6, fields.length)
    return {
      chainId: rlpInteger(fields[0]),
      address: bytesToHex(rlpBytes(fields[1], 20)),
      nonce: rlpInteger(fields[2], 8),
      yParity: Number(rlpInteger(fields[3], 1)),
      signature: joinSignature(fields[4], fields[5]),
    }
  })
}

function badList(what: string, wanted: number, got: number): DecodeError {
  return new DecodeError('TRANSACTION_FIELDS', `an ${what} entry has ${wanted} fields, got ${got}`)
}
