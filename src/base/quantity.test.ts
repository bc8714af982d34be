import { expect, test } from 'vitest'
import { fc } from '../testing/seededCheck.ts'
import { bigIntToMinimalBytes, bytesToBigInt } from './bytes.ts'
import { encodeQuantity, parseQuantity, parseQuantityBytes } from './quantity.ts'

test('numbers are hex without leading zeros', () => {
  expect(encodeQuantity(0n)).toBe('0x0')
  expect(encodeQuantity(1024)).toBe('0x400')
  expect(parseQuantity('0x400')).toBe(1024n)
  expect(parseQuantity('0x0400')).toBe(1024n)
})

test.each(['', '0x', '1', '-0x1', '0xg', 5, null, undefined, `0x1${'0'.repeat(16)}`])(
  '%s is no 64-bit quantity',
  (json) => {
    expect(() => parseQuantity(json)).toThrow(/at most 64 bits/)
  },
)

test('wider numbers are read when asked for', () => {
  expect(parseQuantity(`0x${'f'.repeat(64)}`, 256)).toBe(2n ** 256n - 1n)
})

test('read as bytes, a quantity is the same number without leading zeros', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: 2n ** 256n - 1n }), fc.nat(3), (value, zeros) => {
      const digits = `${'0'.repeat(zeros)}${value.toString(16)}`
      for (const text of [digits, digits.toUpperCase()]) {
        const bytes = parseQuantityBytes(`0x${text}`)
        expect(bytesToBigInt(bytes)).toBe(value)
        expect(bytes).toEqual(bigIntToMinimalBytes(value))
      }
    }),
  )
})

test.each([
  '',
  '0x',
  '1',
  '-0x1',
  '0xg',
  '0x1g',
  '0x 1',
  '0x1:',
  5,
  null,
  undefined,
  `0x1${'0'.repeat(64)}`,
])('%s is no 256-bit quantity to be read as bytes', (json) => {
  expect(() => parseQuantityBytes(json)).toThrow(/at most 256 bits/)
})
