import { describe, expect, test } from 'vitest'
import { DecodeError } from '../../src/base/errors.ts'
import { bytesToHex, type Hash, type Hex, hexToBytes } from '../../src/base/hex.ts'
import { rlpDecode, rlpEncode, rlpList, rlpUint } from '../../src/base/rlp.ts'
import { forkTimesUpTo } from '../../src/chain/forks.ts'
import { knownL1Chain, parseL1ChainConfig } from '../../src/chain/l1Chain.ts'
import { rollupConfigFromJson } from '../../src/chain/rollupConfigJson.ts'
import { nextBaseFee } from '../../src/protocol/baseFee.ts'
import { blobBaseFee } from '../../src/protocol/blobBaseFee.ts'
import { encodeDepositTransaction } from '../../src/protocol/depositTransaction.ts'
import { decodeExtraData, extraDataForAttributes } from '../../src/protocol/extraData.ts'
import { decodeHeader, encodeHeader, hashHeader } from '../../src/protocol/header.ts'
import { l1AttributesTransaction } from '../../src/protocol/l1AttributesTransaction.ts'
import { l2BlockRefFromPayload } from '../../src/protocol/l2BlockRef.ts'
import { logsBloom } from '../../src/protocol/logsBloom.ts'
import { encodeOutputRoot, outputRoot } from '../../src/protocol/outputRoot.ts'
import {
  assertPayloadBlockHash,
  envelopeToHeader,
  headerToEnvelope,
  payloadBlockHash,
  transactionsRoot,
} from '../../src/protocol/payloadHeader.ts'
import { payloadId } from '../../src/protocol/payloadId.ts'
import {
  newPayloadParams,
  payloadAttributesFromJson,
  payloadEnvelopeFromJson,
  payloadEnvelopeFromParams,
  payloadEnvelopeToJson,
} from '../../src/protocol/payloadJson.ts'
import { assertPayloadShape } from '../../src/protocol/payloadSanity.ts'
import { systemConfigFromPayload } from '../../src/protocol/payloadSystemConfig.ts'
import {
  decodeReceipt,
  encodeReceipt,
  type Log,
  type Receipt,
  receiptsRoot,
} from '../../src/protocol/receipt.ts'
import { headerFromVector, type VectorHeader } from '../../src/testing/vectorHeader.ts'
import { haveVectors, readVectorJson, vectorsNote } from '../../src/testing/vectors.ts'
import { orderedTrieRoot } from '../../src/trie/orderedRoot.ts'

interface PayloadVector {
  readonly id: string
  readonly executionPayload: Readonly<Record<string, unknown>> & { readonly blockHash: Hash }
  readonly parentBeaconBlockRoot: Hash
  readonly transactionsRoot: Hash
  readonly blockHashVerified: boolean
}

describe.skipIf(!haveVectors)(`payloads of real blocks${vectorsNote}`, () => {
  const vectors = haveVectors
    ? readVectorJson<PayloadVector[]>('codec/execution_payloads.json')
    : []
  const envelopeOf = (vector: PayloadVector) =>
    payloadEnvelopeFromParams(4, [vector.executionPayload, [], vector.parentBeaconBlockRoot, []])

  test.each(vectors)('$id goes through the JSON of newPayload and getPayload', (vector) => {
    const envelope = envelopeOf(vector)
    assertPayloadShape(envelope.executionPayload)
    const params = [vector.executionPayload, [], vector.parentBeaconBlockRoot, []]
    expect(newPayloadParams(4, envelope)).toEqual(params)
    expect(payloadEnvelopeFromJson(payloadEnvelopeToJson(5, envelope))).toEqual(envelope)
    expect(envelopeToHeader(envelope).transactionsRoot).toBe(vector.transactionsRoot)
  })

  test.each(vectors.filter((vector) => vector.blockHashVerified))('$id has its hash', (vector) => {
    const envelope = envelopeOf(vector)
    expect(() => assertPayloadBlockHash(envelope)).not.toThrow()
    const header = envelopeToHeader(envelope)
    const { transactions } = envelope.executionPayload
    expect(headerToEnvelope(header, transactions)).toEqual(envelope)
    const forged = { ...envelope.executionPayload, gasUsed: 1n }
    expect(() => assertPayloadBlockHash({ ...envelope, executionPayload: forged })).toThrow(
      /its fields hash to/,
    )
  })
})

interface PayloadIdVector {
  readonly payloadVersion: number
  readonly parentHash: Hash
  readonly attributes: Readonly<Record<string, unknown>> & {
    readonly timestamp: number
    readonly gasLimit: number
  }
  readonly expectedPayloadId: Hex
}

describe.skipIf(!haveVectors)(`payload ids${vectorsNote}`, () => {
  test("are op-geth's", () => {
    for (const vector of readVectorJson<PayloadIdVector[]>('codec/payload_id.json')) {
      const attributes = payloadAttributesFromJson({
        ...vector.attributes,
        timestamp: `0x${vector.attributes.timestamp.toString(16)}`,
        gasLimit: `0x${vector.attributes.gasLimit.toString(16)}`,
      })
      expect(payloadId(vector.parentHash, attributes)).toBe(vector.expectedPayloadId)
    }
  })
})

interface ExtraDataVector {
  readonly fork: 'holocene' | 'jovian'
  readonly attributesParams: Hex
  readonly minBaseFee?: number | null
  readonly defaultParams?: { readonly denominator: number; readonly elasticity: number }
  readonly expectedExtraData?: Hex
  readonly expectedError?: string
}

describe.skipIf(!haveVectors)(`extra data${vectorsNote}`, () => {
  const vectors = haveVectors ? readVectorJson<ExtraDataVector[]>('codec/extra_data.json') : []
  const make = (vector: ExtraDataVector) =>
    extraDataForAttributes(
      { forkTimes: forkTimesUpTo(vector.fork) },
      {
        eip1559Elasticity: BigInt(vector.defaultParams?.elasticity ?? 6),
        eip1559Denominator: 50n,
        eip1559DenominatorCanyon: BigInt(vector.defaultParams?.denominator ?? 250),
      },
      {
        timestamp: 1n,
        eip1559Params: hexToBytes(vector.attributesParams),
        minBaseFee: typeof vector.minBaseFee === 'number' ? BigInt(vector.minBaseFee) : undefined,
      },
    )

  test.each(vectors.filter(({ expectedExtraData }) => expectedExtraData))(
    '$fork, $attributesParams gives $expectedExtraData',
    (vector) => {
      const extraData = make(vector)
      expect(bytesToHex(extraData)).toBe(vector.expectedExtraData)
      const schedule = { forkTimes: forkTimesUpTo(vector.fork) }
      expect(() => decodeExtraData(schedule, 1n, extraData)).not.toThrow()
    },
  )

  test.each(vectors.filter(({ expectedError }) => expectedError))(
    '$fork: $expectedError',
    (vector) => {
      expect(() => make(vector)).toThrow(DecodeError)
    },
  )
})

interface OutputRootVector {
  readonly id: string
  readonly stateRoot: Hash
  readonly messagePasserStorageRoot: Hash
  readonly blockHash: Hash
  readonly encoded: Hex
  readonly expected: Hash
}

describe.skipIf(!haveVectors)(`output roots${vectorsNote}`, () => {
  const vectors = haveVectors ? readVectorJson<OutputRootVector[]>('codec/output_root.json') : []

  test.each(vectors)('$id', (vector) => {
    const parts = { ...vector, withdrawalStorageRoot: vector.messagePasserStorageRoot }
    expect(bytesToHex(encodeOutputRoot(parts))).toBe(vector.encoded)
    expect(outputRoot(parts)).toBe(vector.expected)
  })
})

interface ReceiptsVector {
  readonly optimismReceiptRoot: {
    readonly receipts: readonly {
      readonly type: string
      readonly status: boolean
      readonly cumulativeGasUsed: number
      readonly logs: readonly (Omit<Log, 'data'> & { readonly data: Hex })[]
      readonly depositNonce: number | null
    }[]
    readonly verified: { readonly withNonce: Hash; readonly withoutNonce: Hash }
  }
}

describe.skipIf(!haveVectors)(`receipts root${vectorsNote}`, () => {
  const load = () => {
    const { receipts, verified } = readVectorJson<ReceiptsVector>(
      'codec/receipts_root.json',
    ).optimismReceiptRoot
    const types: Readonly<Record<string, number>> = { Deposit: 0x7e, Eip1559: 2, Legacy: 0 }
    const parsed = receipts.map((receipt): Receipt => {
      const logs = receipt.logs.map((log) => ({ ...log, data: hexToBytes(log.data) }))
      return {
        type: types[receipt.type]!,
        succeeded: receipt.status,
        cumulativeGasUsed: BigInt(receipt.cumulativeGasUsed),
        logs,
        logsBloom: logsBloom(logs),
        depositNonce: receipt.depositNonce === null ? undefined : BigInt(receipt.depositNonce),
        depositReceiptVersion: undefined,
      }
    })
    return { receipts: parsed, verified }
  }

  test('does not count the deposit nonce before Canyon', () => {
    const { receipts, verified } = load()
    expect(receiptsRoot(receipts)).toBe(verified.withoutNonce)
  })

  test('counts a nonce that is written without a version', () => {
    const { receipts, verified } = load()
    const withNonce = receipts.map((receipt) => {
      const encoded = encodeReceipt(receipt)
      if (receipt.depositNonce === undefined) return encoded
      const fields = rlpList(rlpDecode(encoded.subarray(1)))
      const body = rlpEncode([...fields, rlpUint(receipt.depositNonce)])
      return Uint8Array.of(0x7e, ...body)
    })
    expect(withNonce.map(decodeReceipt)).toEqual(receipts)
    expect(orderedTrieRoot(withNonce)).toBe(verified.withNonce)
  })

  test('counts nonce and version from Canyon on', () => {
    const receipts = load().receipts.map((receipt) =>
      receipt.depositNonce === undefined ? receipt : { ...receipt, depositReceiptVersion: 1n },
    )
    expect(receipts.map(encodeReceipt).map(decodeReceipt)).toEqual(receipts)
    expect(receiptsRoot(receipts)).not.toBe(receiptsRoot(load().receipts))
  })
})

interface HistoryVector {
  readonly target_block_hash: Hash
  readonly safe_head_header_rlp: Hex
  readonly steps: readonly {
    readonly resolved_block_hash: Hash
    readonly resolved_block_header_rlp: Hex
  }[]
}

interface ExecIndexEntry {
  readonly block: number
  readonly expectedBlockHash: Hash
  readonly expectedHeader?: VectorHeader
}

describe.skipIf(!haveVectors)(`headers${vectorsNote}`, () => {
  test('of OP Mainnet under Isthmus and Jovian are read and written back', () => {
    const vector = readVectorJson<HistoryVector>('codec/eip2935_header_by_number.json')
    for (const step of vector.steps) {
      const encoded = hexToBytes(step.resolved_block_header_rlp)
      expect(hashHeader(decodeHeader(encoded))).toBe(step.resolved_block_hash)
    }
    const safeHead = hexToBytes(vector.safe_head_header_rlp)
    expect(encodeHeader(decodeHeader(safeHead))).toEqual(safeHead)
  })

  const index = haveVectors ? readVectorJson<ExecIndexEntry[]>('exec/index.json') : []
  test.each(index.filter(({ expectedHeader }) => expectedHeader))(
    'of block $block have their hash',
    ({ expectedHeader, expectedBlockHash }) => {
      const header = headerFromVector(expectedHeader!)
      expect(hashHeader(header)).toBe(expectedBlockHash)
      const { executionPayload, parentBeaconBlockRoot } = headerToEnvelope(header, [])
      const empty = payloadBlockHash({ executionPayload, parentBeaconBlockRoot })
      expect(empty).toBe(hashHeader({ ...header, transactionsRoot: transactionsRoot([]) }))
    },
  )
})

interface JovianVector {
  readonly rollupConfig: {
    readonly genesis: { readonly system_config: Readonly<Record<string, unknown>> }
  }
  readonly l1Config: unknown
  readonly l1Origin: VectorHeader
  readonly l1OriginHash: Hash
  readonly block37312299: { readonly header: VectorHeader; readonly transactions: readonly Hex[] }
  readonly nextBlockExpected: { readonly baseFeePerGas: Hex }
}

describe.skipIf(!haveVectors)(`a Jovian block of Base Sepolia${vectorsNote}`, () => {
  const vector = haveVectors
    ? readVectorJson<JovianVector>('jovian_partial/base-sepolia-37312299.json.gz')
    : undefined
  const load = () => {
    const { header: json, transactions } = vector!.block37312299
    const { rollupConfig } = vector!
    const { genesis } = rollupConfig
    // The vector leaves the genesis scalar at zero, which no usable config has.
    const system_config = { ...genesis.system_config, scalar: `0x${'01'.padStart(64, '0')}` }
    const config = rollupConfigFromJson({
      ...rollupConfig,
      genesis: { ...genesis, system_config },
    })
    const header = headerFromVector(json)
    return { config, header, envelope: headerToEnvelope(header, transactions.map(hexToBytes)) }
  }

  test('has the hash of its header and payload', () => {
    const { header, envelope } = load()
    const expected = '0xe3ad7d332dd3d2f1fec2f7fe41baa2bd698ada86131492f885e19d57e694bb51'
    expect(hashHeader(header)).toBe(expected)
    expect(payloadBlockHash(envelope)).toBe(expected)
  })

  test('gives the base fee of the next block', () => {
    const { config, header } = load()
    expect(nextBaseFee(config, config.chainOpConfig, header, header.timestamp + 2n)).toBe(
      BigInt(vector!.nextBlockExpected.baseFeePerGas),
    )
  })

  test('begins with the attributes of its L1 origin, priced by the schedule of Sepolia', () => {
    const { config, envelope } = load()
    const payload = envelope.executionPayload
    const header = headerFromVector(vector!.l1Origin)
    const { number, parentHash, timestamp } = header
    const ref = { hash: hashHeader(header), number, parentHash, timestamp }
    expect(ref.hash).toBe(vector!.l1OriginHash)
    const { sequenceNumber } = l2BlockRefFromPayload(config, payload)
    for (const l1 of [
      knownL1Chain(11155111n)!,
      parseL1ChainConfig(JSON.stringify(vector!.l1Config)),
    ]) {
      const transaction = l1AttributesTransaction(
        config,
        systemConfigFromPayload(config, payload),
        { ref, header, blobBaseFee: blobBaseFee(l1, header) },
        sequenceNumber,
        payload.timestamp,
      )
      expect(encodeDepositTransaction(transaction)).toEqual(payload.transactions[0])
    }
  })

  test('tells the system config', () => {
    const { config, envelope } = load()
    expect(systemConfigFromPayload(config, envelope.executionPayload)).toMatchObject({
      gasLimit: 60_000_000n,
      eip1559Denominator: 50,
      eip1559Elasticity: 4,
      minBaseFee: 200_000n,
    })
  })
})
