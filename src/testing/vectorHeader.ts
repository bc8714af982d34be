import { type Hex, hexToBytes } from '../base/hex.ts'
import type { BlockHeader } from '../protocol/header.ts'

/** A header as the vectors have it: the names and hex of Ethereum JSON-RPC, without the block hash. */
export type VectorHeader = Readonly<Record<string, Hex | null | undefined>>

/** The header of a vector. Fields that are absent or null do not exist in its fork. */
export function headerFromVector(json: VectorHeader): BlockHeader {
  const text = (name: string): Hex => {
    const value = json[name]
    if (!value) throw new Error(`the vector's header has no ${name}`)
    return value
  }
  const optional = <T>(name: string, read: (value: Hex) => T): T | undefined => {
    const value = json[name]
    return value ? read(value) : undefined
  }
  const hash = (value: Hex) => value
  return {
    parentHash: text('parentHash'),
    ommersHash: text('sha3Uncles'),
    beneficiary: text('miner').toLowerCase() as Hex,
    stateRoot: text('stateRoot'),
    transactionsRoot: text('transactionsRoot'),
    receiptsRoot: text('receiptsRoot'),
    logsBloom: hexToBytes(text('logsBloom')),
    difficulty: BigInt(text('difficulty')),
    number: BigInt(text('number')),
    gasLimit: BigInt(text('gasLimit')),
    gasUsed: BigInt(text('gasUsed')),
    timestamp: BigInt(text('timestamp')),
    extraData: hexToBytes(text('extraData')),
    mixHash: text('mixHash'),
    nonce: hexToBytes(text('nonce')),
    baseFeePerGas: optional('baseFeePerGas', BigInt),
    withdrawalsRoot: optional('withdrawalsRoot', hash),
    blobGasUsed: optional('blobGasUsed', BigInt),
    excessBlobGas: optional('excessBlobGas', BigInt),
    parentBeaconBlockRoot: optional('parentBeaconBlockRoot', hash),
    requestsHash: optional('requestsHash', hash),
  }
}
