import { expect, test } from 'vitest'
import { bigIntToBytes, concatBytes } from '../../src/base/bytes.ts'
import { DecodeError } from '../../src/base/errors.ts'
import { zeroHash } from '../../src/base/hex.ts'
import { decodeDepositLog, depositEventTopic } from '../../src/protocol/depositLog.ts'
import { decodeDepositTransaction } from '../../src/protocol/depositTransaction.ts'
import { decodeExtraData, encodeExtraData } from '../../src/protocol/extraData.ts'
import { decodeHeader, encodeHeader } from '../../src/protocol/header.ts'
import { decodeL1Attributes } from '../../src/protocol/l1Attributes.ts'
import {
  payloadAttributesFromJson,
  payloadEnvelopeFromJson,
  payloadEnvelopeFromParams,
} from '../../src/protocol/payloadJson.ts'
import { decodeReceipt, encodeReceipt } from '../../src/protocol/receipt.ts'
import { configUpdateTopic, decodeConfigUpdateLog } from '../../src/protocol/systemConfigUpdate.ts'
import { transactionFields } from '../../src/protocol/transaction.ts'
import { testHeader, testL1InfoTransaction, testOrigin } from '../../src/testing/payloads.ts'
import { testRollupConfig, testSystemConfig } from '../../src/testing/rollupConfig.ts'
import { fc } from '../../src/testing/seededCheck.ts'

const config = testRollupConfig('jovian')
const l1Info = testL1InfoTransaction(
  config,
  testSystemConfig,
  testOrigin(1n, `0x${'11'.repeat(32)}`, 990n),
  0n,
  1_010n,
)
const receipt = encodeReceipt({
  type: 0x7e,
  succeeded: true,
  cumulativeGasUsed: 21_000n,
  logsBloom: new Uint8Array(256),
  logs: [{ address: `0x${'01'.repeat(20)}`, topics: [zeroHash], data: new Uint8Array(40) }],
  depositNonce: 5n,
  depositReceiptVersion: 1n,
})
const word = (value: bigint) => bigIntToBytes(value, 32)
const depositData = concatBytes(word(32n), word(73n), new Uint8Array(96))
const updateData = concatBytes(word(32n), word(32n), word(5n))

/** Each decoder with bytes that it takes; what it makes of broken ones is the question. */
const decoders: readonly (readonly [string, Uint8Array, (bytes: Uint8Array) => unknown])[] = [
  ['a header', encodeHeader(testHeader()), decodeHeader],
  ['a deposit', l1Info, decodeDepositTransaction],
  ['a transaction', l1Info, transactionFields],
  ['a receipt', receipt, decodeReceipt],
  [
    'L1 attributes',
    decodeDepositTransaction(l1Info).data,
    (bytes) => decodeL1Attributes('jovian', bytes),
  ],
  [
    'extra data',
    encodeExtraData({ denominator: 250, elasticity: 6, minBaseFee: 1n }),
    (bytes) => decodeExtraData(config, 1_010n, bytes),
  ],
  [
    'a deposit log',
    depositData,
    (data) => {
      const topics = [depositEventTopic, zeroHash, zeroHash, zeroHash]
      return decodeDepositLog({ topics, data, logIndex: 0n }, zeroHash)
    },
  ],
  [
    'a config update',
    updateData,
    (data) => decodeConfigUpdateLog({ topics: [configUpdateTopic, zeroHash, zeroHash], data }),
  ],
]

test.each(decoders)(
  '%s is read, and broken bytes are a decode error, never another',
  (_, valid, decode) => {
    expect(() => decode(valid)).not.toThrow()
    const edit = fc.tuple(fc.nat(valid.length - 1), fc.nat(255))
    const mutated = fc
      .tuple(
        fc.array(edit, { maxLength: 4 }),
        fc.nat(valid.length),
        fc.uint8Array({ maxLength: 8 }),
      )
      .map(([edits, length, tail]) => {
        const bytes = concatBytes(valid.subarray(0, length), tail)
        for (const [at, value] of edits) if (at < bytes.length) bytes[at] = value
        return bytes
      })
    fc.assert(
      fc.property(fc.oneof(mutated, fc.uint8Array({ maxLength: 300 })), (bytes) => {
        onlyDecodeErrors(() => decode(bytes))
      }),
      { numRuns: 300 },
    )
  },
)

test('JSON of any shape is a decode error, never another', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (json) => {
      onlyDecodeErrors(() => payloadEnvelopeFromJson(json))
      onlyDecodeErrors(() => payloadEnvelopeFromJson({ executionPayload: json }))
      onlyDecodeErrors(() => payloadEnvelopeFromParams(4, [json, [], zeroHash, []]))
      onlyDecodeErrors(() => payloadAttributesFromJson(json))
    }),
    { numRuns: 300 },
  )
})

function onlyDecodeErrors(decode: () => unknown): void {
  try {
    decode()
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error
  }
}
