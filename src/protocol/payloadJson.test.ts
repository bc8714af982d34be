import { describe, expect, test } from 'vitest'
import { testHeader } from '../testing/payloads.ts'
import type { PayloadAttributes } from './payload.ts'
import { headerToEnvelope } from './payloadHeader.ts'
import {
  executionPayloadToJson,
  newPayloadParams,
  payloadAttributesFromJson,
  payloadAttributesToJson,
  payloadEnvelopeFromJson,
  payloadEnvelopeFromParams,
  payloadEnvelopeToJson,
} from './payloadJson.ts'

const isthmus = headerToEnvelope(testHeader({ extraData: new Uint8Array(9) }), [
  Uint8Array.of(0x7e, 0xc0),
])
const attributes: PayloadAttributes = {
  timestamp: 1_012n,
  prevRandao: `0x${'01'.repeat(32)}`,
  suggestedFeeRecipient: '0x4200000000000000000000000000000000000011',
  withdrawals: [],
  parentBeaconBlockRoot: `0x${'02'.repeat(32)}`,
  transactions: [Uint8Array.of(0x7e, 0xc0)],
  noTxPool: true,
  gasLimit: 30_000_000n,
  eip1559Params: new Uint8Array(8),
  minBaseFee: 0n,
}

describe('what the engine answers', () => {
  test.each([3, 4, 5] as const)('to getPayload V%i is read back', (version) => {
    const json = throughText(payloadEnvelopeToJson(version, isthmus, 5n))
    expect(payloadEnvelopeFromJson(json)).toEqual(isthmus)
    expect(json).toMatchObject({ blockValue: '0x5', shouldOverrideBuilder: false })
    expect('executionRequests' in (json as object)).toBe(version >= 4)
  })

  test('to getPayload V2 has neither blobs nor a beacon root', () => {
    const json = payloadEnvelopeToJson(2, { ...isthmus, parentBeaconBlockRoot: undefined })
    expect(Object.keys(json)).toEqual(['executionPayload', 'blockValue'])
  })

  test('leaves out what its fork does not have', () => {
    const bedrock = testHeader({
      withdrawalsRoot: undefined,
      blobGasUsed: undefined,
      excessBlobGas: undefined,
      requestsHash: undefined,
    })
    const json = executionPayloadToJson(headerToEnvelope(bedrock, []).executionPayload)
    expect(Object.keys(json)).toHaveLength(14)
  })
})

describe('what newPayload is given', () => {
  test.each([
    [2, 1],
    [3, 3],
    [4, 4],
  ] as const)('in V%i has %i parameters and is read back', (version, count) => {
    const envelope = version === 2 ? { ...isthmus, parentBeaconBlockRoot: undefined } : isthmus
    const params = newPayloadParams(version, envelope)
    expect(params).toHaveLength(count)
    expect(payloadEnvelopeFromParams(version, params)).toEqual(envelope)
  })

  test.each([
    ['a blob hash', 3, 1, ['0x01'], /blobHashes: expected an empty list/],
    ['a request', 4, 3, ['0x01'], /executionRequests: expected an empty list/],
    ['no beacon root', 3, 2, undefined, /parentBeaconBlockRoot is missing/],
    ['no requests', 4, 3, undefined, /executionRequests is missing/],
  ] as const)('is refused with %s', (_, version, index, value, message) => {
    const params = [...newPayloadParams(version, isthmus)]
    params[index] = value
    expect(() => payloadEnvelopeFromParams(version, params)).toThrow(message)
  })
})

describe('payload attributes', () => {
  test('are the same after writing and reading', () => {
    expect(payloadAttributesFromJson(throughText(payloadAttributesToJson(attributes)))).toEqual(
      attributes,
    )
  })

  test('leave out what their fork does not have', () => {
    const bedrock = {
      ...attributes,
      withdrawals: undefined,
      parentBeaconBlockRoot: undefined,
      eip1559Params: undefined,
      minBaseFee: undefined,
    }
    const json = payloadAttributesToJson(bedrock)
    expect(Object.keys(json)).toHaveLength(6)
    expect(payloadAttributesFromJson(json)).toEqual(bedrock)
  })

  test('need neither transactions nor noTxPool', () => {
    const { transactions: _, noTxPool: __, ...json } = payloadAttributesToJson(attributes)
    const { transactions, noTxPool } = payloadAttributesFromJson(json)
    expect({ transactions, noTxPool }).toEqual({ transactions: [], noTxPool: false })
  })
})

describe('a malformed field is named', () => {
  const json = executionPayloadToJson(isthmus.executionPayload)
  test.each([
    ['missing', { stateRoot: undefined }, /payload: stateRoot is missing/],
    ['null', { gasUsed: null }, /payload: gasUsed is missing/],
    ['short', { blockHash: '0x00' }, /payload: blockHash: expected 32 hex bytes/],
    ['decimal', { blockNumber: 5 }, /payload: blockNumber: expected a 0x-prefixed/],
    ['too large', { timestamp: `0x1${'0'.repeat(16)}` }, /timestamp: .* at most 64 bits/],
    ['odd', { extraData: '0x123' }, /payload: extraData: expected hex bytes/],
    ['too long', { extraData: `0x${'00'.repeat(33)}` }, /extraData: expected at most 32 bytes/],
    ['no list', { transactions: '0x' }, /payload: transactions: expected a list/],
    ['no text', { transactions: [5] }, /payload: transactions: item 0: expected hex bytes/],
    ['a short bloom', { logsBloom: '0x00' }, /payload: logsBloom: expected 256 hex bytes/],
  ])('%s', (_, changes, message) => {
    const changed = { executionPayload: { ...json, ...changes } }
    expect(() => payloadEnvelopeFromJson(changed)).toThrow(message)
  })

  test('and so is a value that is no object at all', () => {
    expect(() => payloadEnvelopeFromJson('0x')).toThrow(/expected a JSON object, got string/)
    expect(() => payloadAttributesFromJson(null)).toThrow(/expected a JSON object/)
  })
})

function throughText(json: unknown): unknown {
  return JSON.parse(JSON.stringify(json))
}
