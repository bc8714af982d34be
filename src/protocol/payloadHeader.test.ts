import { expect, test } from 'vitest'
import { testHeader } from '../testing/payloads.ts'
import { emptyTrieRoot, hashHeader } from './header.ts'
import {
  assertPayloadBlockHash,
  envelopeToHeader,
  headerToEnvelope,
  payloadBlockHash,
  transactionsRoot,
} from './payloadHeader.ts'

const transactions = [Uint8Array.of(0x7e, 1), Uint8Array.of(2, 2)]

test.each([
  ['Isthmus', {}],
  ['Ecotone', { requestsHash: undefined, withdrawalsRoot: emptyTrieRoot }],
  [
    'Canyon',
    {
      requestsHash: undefined,
      withdrawalsRoot: emptyTrieRoot,
      parentBeaconBlockRoot: undefined,
      blobGasUsed: undefined,
      excessBlobGas: undefined,
    },
  ],
  [
    'Bedrock',
    {
      requestsHash: undefined,
      withdrawalsRoot: undefined,
      parentBeaconBlockRoot: undefined,
      blobGasUsed: undefined,
      excessBlobGas: undefined,
    },
  ],
])('a header of %s survives as payload', (_, changes) => {
  const header = testHeader({ ...changes, transactionsRoot: transactionsRoot(transactions) })
  const envelope = headerToEnvelope(header, transactions)
  expect(envelopeToHeader(envelope)).toEqual(header)
  expect(payloadBlockHash(envelope)).toBe(hashHeader(header))
  expect(() => assertPayloadBlockHash(envelope)).not.toThrow()
})

test('a payload with another transaction does not have its hash', () => {
  const header = testHeader({ transactionsRoot: transactionsRoot(transactions) })
  const envelope = headerToEnvelope(header, [transactions[0]!])
  expect(() => assertPayloadBlockHash(envelope)).toThrow(/payload 5 says its hash is/)
})

test('withdrawals are committed to before Isthmus', () => {
  const header = testHeader({ requestsHash: undefined, withdrawalsRoot: emptyTrieRoot })
  const { executionPayload, parentBeaconBlockRoot } = headerToEnvelope(header, [])
  const address = '0x00000000000000000000000000000000000000aa' as const
  const withdrawals = [{ index: 1n, validatorIndex: 2n, address, amount: 3n }]
  const changed = envelopeToHeader({
    executionPayload: { ...executionPayload, withdrawals },
    parentBeaconBlockRoot,
  })
  expect(changed.withdrawalsRoot).not.toBe(emptyTrieRoot)
})

test.each([
  ['without a base fee', { baseFeePerGas: undefined }],
  ['with ommers', { ommersHash: emptyTrieRoot }],
  ['with a difficulty', { difficulty: 1n }],
  ['with a nonce', { nonce: new Uint8Array(8).fill(1) }],
])('a header %s is not of an L2 block', (_, changes) => {
  expect(() => headerToEnvelope(testHeader(changes), [])).toThrow(
    expect.objectContaining({ code: 'HEADER_NOT_L2' }),
  )
})
