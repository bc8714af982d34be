import { describe, expect, test } from 'vitest'
import { fc } from '../../testing/seededCheck.ts'
import { encodeUvarint, readUvarint, wordsToBigInt } from './varint.ts'

function read(bytes: readonly number[] | Uint8Array): { value: bigint; end: number } {
  const words = new Uint32Array(2)
  const end = readUvarint(Uint8Array.from(bytes), 0, words, 0)
  return { value: wordsToBigInt(words, 0), end }
}

describe('varints', () => {
  test('come back as they were written', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), (value) => {
        const bytes = encodeUvarint(value)
        expect(read(bytes)).toEqual({ value, end: bytes.length })
      }),
    )
  })

  test('may be padded', () => {
    expect(read([0x80, 0x80, 0x00])).toEqual({ value: 0n, end: 3 })
  })

  test('end inside the bytes', () => {
    expect(() => read([])).toThrow('runs past the end')
    expect(() => read([0xff, 0xff])).toThrow('runs past the end')
  })

  test('have at most 64 bits', () => {
    const most = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01]
    expect(read(most).value).toBe(2n ** 64n - 1n)
    expect(() => read([...most.slice(0, 9), 0x02])).toThrow('exceeds 64 bits')
    expect(() => read(Array(11).fill(0x80))).toThrow('exceeds 64 bits')
  })
})
