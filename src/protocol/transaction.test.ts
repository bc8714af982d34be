import { expect, test } from 'vitest'
import { hexToBytes } from '../base/hex.ts'
import { rlpEncode } from '../base/rlp.ts'
import { isDepositTransaction, transactionFields, transactionType } from './transaction.ts'

test('a legacy transaction begins with a list and is of type 0', () => {
  expect(transactionType(hexToBytes('0xc0'))).toBe(0)
  expect(transactionType(hexToBytes('0xf86c'))).toBe(0)
})

test('a typed transaction begins with its type', () => {
  expect(transactionType(hexToBytes('0x02c0'))).toBe(2)
  expect(transactionType(hexToBytes('0x7ec0'))).toBe(0x7e)
  expect(isDepositTransaction(hexToBytes('0x7ec0'))).toBe(true)
  expect(isDepositTransaction(hexToBytes('0x02c0'))).toBe(false)
})

test.each(['0x', '0x00', '0x80', '0xbf'])('%s is no transaction', (hex) => {
  expect(() => transactionType(hexToBytes(hex))).toThrow(/transaction/)
})

test('fields are read only when asked for', () => {
  const fields = [Uint8Array.of(1, 2), [Uint8Array.of(3)]]
  const typed = Uint8Array.of(2, ...rlpEncode(fields))
  expect(transactionFields(typed)).toEqual(fields)
  expect(transactionFields(rlpEncode(fields))).toEqual(fields)
})
