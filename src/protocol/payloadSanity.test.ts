import { expect, test } from 'vitest'
import { testHeader } from '../testing/payloads.ts'
import { headerToEnvelope } from './payloadHeader.ts'
import { assertPayloadShape, countLeadingDeposits } from './payloadSanity.ts'

const deposit = Uint8Array.of(0x7e, 0xc0)
const transfer = Uint8Array.of(0x02, 0xc0)
const shapeOf = (...transactions: readonly Uint8Array[]) =>
  assertPayloadShape(headerToEnvelope(testHeader(), transactions).executionPayload)

test('deposits come first, and users behind them', () => {
  expect(() => shapeOf(deposit)).not.toThrow()
  expect(() => shapeOf(deposit, deposit, transfer, transfer)).not.toThrow()
})

test.each([
  ['PAYLOAD_EMPTY', []],
  ['PAYLOAD_NO_DEPOSIT', [transfer, deposit]],
  ['PAYLOAD_NO_DEPOSIT', [new Uint8Array(0)]],
  ['PAYLOAD_LATE_DEPOSIT', [deposit, transfer, deposit]],
])('%s', (code, transactions) => {
  expect(() => shapeOf(...transactions)).toThrow(expect.objectContaining({ code }))
})

test('leading deposits are counted to the first other transaction', () => {
  expect(countLeadingDeposits([])).toBe(0)
  expect(countLeadingDeposits([deposit, deposit])).toBe(2)
  expect(countLeadingDeposits([deposit, transfer, deposit])).toBe(1)
})
