import { describe, expect, test } from 'vitest'
import { fc } from '../../testing/seededCheck.ts'
import { BitColumn } from './bitColumn.ts'
import { bitAt, checkBitlist, countBits } from './bitlist.ts'

function encodeBitlist(bits: readonly boolean[], count = bits.length): Uint8Array {
  const column = new BitColumn()
  for (const bit of bits) column.append(bit)
  return column.encode(count)
}

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

  test('of the first bits are what these alone would give', () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { maxLength: 1_200 }), fc.nat(1_200), (bits, cut) => {
        const count = Math.min(cut, bits.length)
        expect(encodeBitlist(bits, count)).toEqual(encodeBitlist(bits.slice(0, count)))
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
