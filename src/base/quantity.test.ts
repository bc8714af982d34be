import { expect, test } from 'vitest'
import { encodeQuantity, parseQuantity } from './quantity.ts'

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
