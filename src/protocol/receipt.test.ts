import { expect, test } from 'vitest'
import { DecodeError } from '../base/errors.ts'
import { bytesToHex } from '../base/hex.ts'
import { rlpEncode } from '../base/rlp.ts'
import { fc } from '../testing/seededCheck.ts'
import { logsBloom } from './logsBloom.ts'
import { decodeReceipt, encodeReceipt, type Receipt } from './receipt.ts'

const hex = (size: number) => fc.uint8Array({ minLength: size, maxLength: size }).map(bytesToHex)
const logs = fc.array(
  fc.record({
    address: hex(20),
    topics: fc.array(hex(32), { maxLength: 4 }),
    data: fc.uint8Array({ maxLength: 70 }),
  }),
  { maxLength: 3 },
)
const uint64 = fc.bigInt(0n, 2n ** 64n - 1n)
const receipts: fc.Arbitrary<Receipt> = fc
  .tuple(fc.constantFrom(0, 1, 2, 4, 0x7e), fc.boolean(), uint64, logs, uint64)
  .map(([type, succeeded, cumulativeGasUsed, list, nonce]) => ({
    type,
    succeeded,
    cumulativeGasUsed,
    logsBloom: logsBloom(list),
    logs: list,
    depositNonce: type === 0x7e ? nonce : undefined,
    depositReceiptVersion: type === 0x7e ? 1n : undefined,
  }))

test('a receipt is the same after encoding and decoding', () => {
  fc.assert(
    fc.property(receipts, (receipt) => {
      expect(decodeReceipt(encodeReceipt(receipt))).toEqual(receipt)
    }),
  )
})

test('a receipt cut short at any byte is refused', () => {
  const [receipt] = fc.sample(receipts, { numRuns: 1, seed: 3 })
  const encoded = encodeReceipt(receipt!)
  for (let length = 0; length < encoded.length; length++) {
    expect(() => decodeReceipt(encoded.subarray(0, length)), `${length}`).toThrow(DecodeError)
  }
})

test('only a deposit has more than four fields', () => {
  const fields = [Uint8Array.of(1), Uint8Array.of(9), new Uint8Array(256), []]
  const five = rlpEncode([...fields, Uint8Array.of(5)])
  expect(() => decodeReceipt(five)).toThrow(/type 0 has 4 to 4 fields, got 5/)
  expect(decodeReceipt(Uint8Array.of(0x7e, ...five)).depositNonce).toBe(5n)
})

test('a status is 0 or 1', () => {
  const fields = [Uint8Array.of(2), Uint8Array.of(9), new Uint8Array(256), []]
  expect(() => decodeReceipt(rlpEncode(fields))).toThrow(/status must be 0 or 1, got 0x02/)
})
