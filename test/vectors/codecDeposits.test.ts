import { describe, expect, test } from 'vitest'
import { bytesToHex, type Hash, type Hex, hexToBytes } from '../../src/base/hex.ts'
import { decodeDepositLog } from '../../src/protocol/depositLog.ts'
import { depositSourceHash } from '../../src/protocol/depositSource.ts'
import {
  decodeDepositTransaction,
  encodeDepositTransaction,
} from '../../src/protocol/depositTransaction.ts'
import {
  decodeL1Attributes,
  encodeL1Attributes,
  type L1AttributesFormat,
} from '../../src/protocol/l1Attributes.ts'
import { transactionHash } from '../../src/protocol/transaction.ts'
import { haveVectors, readVectorJson, vectorsNote } from '../../src/testing/vectors.ts'

interface L1InfoVector {
  readonly id: string
  readonly calldata: Hex
  readonly expected: Readonly<Record<string, string | number>> & { format: L1AttributesFormat }
  readonly depositTx?: Hex
  readonly depositTxHash?: Hash
  readonly sourceHash?: Hash
  readonly gas?: number
  readonly isSystemTx?: number
}

describe.skipIf(!haveVectors)(`L1 attributes of real and published blocks${vectorsNote}`, () => {
  const vectors = haveVectors ? readVectorJson<L1InfoVector[]>('codec/l1_info.json') : []

  test.each(vectors)('$id is read field by field and written back', (vector) => {
    const calldata = hexToBytes(vector.calldata)
    const { format, batcher, ...fields } = vector.expected
    const attributes = decodeL1Attributes(format, calldata)
    expect(attributes.batcherAddress).toBe(batcher)
    for (const [name, value] of Object.entries(fields)) {
      expect(String(attributes[name as keyof typeof attributes]), name).toBe(String(value))
    }
    expect(bytesToHex(encodeL1Attributes(format, attributes))).toBe(vector.calldata)
  })

  test.each(vectors.filter((vector) => vector.depositTx))(
    '$id comes in a deposit of its own source',
    (vector) => {
      const encoded = hexToBytes(vector.depositTx!)
      const deposit = decodeDepositTransaction(encoded)
      const { hash, sequenceNumber } = decodeL1Attributes(vector.expected.format, deposit.data)
      expect(depositSourceHash({ type: 'l1Info', l1BlockHash: hash, sequenceNumber })).toBe(
        vector.sourceHash,
      )
      expect(deposit).toMatchObject({
        sourceHash: vector.sourceHash,
        gas: BigInt(vector.gas!),
        isSystemTransaction: vector.isSystemTx === 1,
      })
      expect(transactionHash(encoded)).toBe(vector.depositTxHash)
      expect(encodeDepositTransaction(deposit)).toEqual(encoded)
    },
  )
})

interface DecodedDeposit {
  readonly sourceHash: Hash
  readonly from: Hex
  readonly to: Hex
  readonly mint: string
  readonly value: string
  readonly gas: number
  readonly isSystemTx: boolean
  readonly data: Hex
}

interface LogVector {
  readonly l1BlockHash: Hash
  readonly logIndex: number
  readonly decoded: DecodedDeposit
}

interface DepositVectors {
  readonly sourceHashes: readonly {
    readonly kind: string
    readonly intent: string
    readonly l1BlockHash: Hash
    readonly seqNumber: number
    readonly expected: Hash
  }[]
  readonly realDeposits: readonly (LogVector & {
    readonly log: { readonly topics: Hash[]; readonly data: Hex }
    readonly expectedDepositTx: Hex
    readonly expectedHash: Hash
  })[]
  readonly unitLog: readonly (LogVector & { readonly topics: Hash[]; readonly data: Hex })[]
}

describe.skipIf(!haveVectors)(`deposits of real and published logs${vectorsNote}`, () => {
  const vectors = haveVectors
    ? readVectorJson<DepositVectors>('codec/deposits.json')
    : { sourceHashes: [], realDeposits: [], unitLog: [] }

  test.each(vectors.sourceHashes.filter(({ kind }) => kind === 'upgrade'))(
    'the upgrade "$intent" has its source hash',
    ({ intent, expected }) => {
      expect(depositSourceHash({ type: 'upgrade', intent })).toBe(expected)
    },
  )

  test.each(vectors.sourceHashes.filter(({ kind }) => kind === 'l1info'))(
    'L1 info of $l1BlockHash has its source hash',
    ({ l1BlockHash, seqNumber, expected }) => {
      const sequenceNumber = BigInt(seqNumber)
      expect(depositSourceHash({ type: 'l1Info', l1BlockHash, sequenceNumber })).toBe(expected)
    },
  )

  test.each(vectors.realDeposits)('log $logIndex of $l1BlockHash', (vector) => {
    const log = {
      topics: vector.log.topics,
      data: hexToBytes(vector.log.data),
      logIndex: BigInt(vector.logIndex),
    }
    const deposit = decodeDepositLog(log, vector.l1BlockHash)
    expect(deposit).toEqual(fromVector(vector.decoded))
    const encoded = encodeDepositTransaction(deposit)
    expect(bytesToHex(encoded)).toBe(vector.expectedDepositTx)
    expect(transactionHash(encoded)).toBe(vector.expectedHash)
    expect(decodeDepositTransaction(encoded)).toEqual(deposit)
  })

  test.each(vectors.unitLog)('log $logIndex of $l1BlockHash', (vector) => {
    const { topics, data, logIndex } = vector
    const log = { topics, data: hexToBytes(data), logIndex: BigInt(logIndex) }
    expect(decodeDepositLog(log, vector.l1BlockHash)).toEqual(fromVector(vector.decoded))
  })
})

function fromVector(decoded: DecodedDeposit) {
  return {
    sourceHash: decoded.sourceHash,
    from: decoded.from,
    to: decoded.to,
    mint: BigInt(decoded.mint),
    value: BigInt(decoded.value),
    gas: BigInt(decoded.gas),
    isSystemTransaction: decoded.isSystemTx,
    data: hexToBytes(decoded.data),
  }
}
