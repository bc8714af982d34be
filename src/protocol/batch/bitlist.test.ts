import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { bitAt, checkBitlist, countBits, encodeBitlist } from './bitlist.ts'

describe('bitlists', () => {
  test('come back as they were written', () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { maxLength: 100 }), (bits) => {
        const bytes = encodeBitlist(bits)
        expect(checkBitlist(bytes, 0, bits.length)).toBe(bytes.length)
        expect(bits.map((_, index) => bitAt(bytes, bytes.length, index) === 1)).toEqual(bits)
        expect(countBits(bytes, 0, bytes.length)).toBe(bits.filter(Boolean).length)
      }),
    )
  })

  test('are big-endian: bit 0 is the lowest of the last byte', () => {
    expect(encodeBitlist([true, ...Array<boolean>(8).fill(false)])).toEqual(Uint8Array.of(0, 1))
  })

  test('set no bit beyond their count', () => {
    expect(() => checkBitlist(Uint8Array.of(0x08), 0, 3)).toThrow('beyond its 3 bits')
    expect(checkBitlist(Uint8Array.of(0x07), 0, 3)).toBe(1)
  })

  test('lie inside the bytes', () => {
    expect(() => checkBitlist(Uint8Array.of(0xff), 0, 9)).toThrow('runs past the end')
  })
})
