import { describe, expect, test } from 'vitest'
import { DecodeError } from '../../base/errors.ts'
import { fc } from '../../testing/seededCheck.ts'
import { blobBytes, decodeBlob, encodeBlob, maxBlobDataBytes } from './blobCodec.ts'

function codeOf(blob: Uint8Array): string {
  try {
    decodeBlob(blob)
    return 'accepted'
  } catch (error) {
    if (error instanceof DecodeError) return error.code
    throw error
  }
}

function altered(blob: Uint8Array, index: number, value: number): Uint8Array {
  const copy = blob.slice()
  copy[index] = value
  return copy
}

describe('blobs', () => {
  test('give back any data that fits', () => {
    const length = fc.oneof(fc.nat(300), fc.constantFrom(maxBlobDataBytes, maxBlobDataBytes - 1))
    fc.assert(
      fc.property(length, fc.nat(255), (bytes, salt) => {
        const data = Uint8Array.from({ length: bytes }, (_, i) => (i * 167 + salt) & 0xff)
        expect(decodeBlob(encodeBlob(data))).toEqual(data)
      }),
      { numRuns: 40 },
    )
  })

  test('use only the low six bits of each field element’s first byte', () => {
    const blob = encodeBlob(new Uint8Array(maxBlobDataBytes).fill(0xff))
    for (let element = 0; element < 4096; element++) expect(blob[32 * element]! & 0xc0).toBe(0)
    expect(codeOf(altered(blob, 64, 0x40))).toBe('BLOB_FIELD_ELEMENT')
  })

  test('are refused with a code that names the rule', () => {
    const blob = encodeBlob(Uint8Array.of(1, 2, 3))
    expect(codeOf(blob.subarray(1))).toBe('BLOB_SIZE')
    expect(codeOf(altered(blob, 1, 1))).toBe('BLOB_VERSION')
    expect(codeOf(altered(blob, 2, 2))).toBe('BLOB_LENGTH')
    expect(codeOf(altered(blob, 8, 1))).toBe('BLOB_TRAILING')
    expect(codeOf(altered(blob, blobBytes - 1, 1))).toBe('BLOB_TRAILING')
    expect(() => encodeBlob(new Uint8Array(maxBlobDataBytes + 1))).toThrow('do not fit')
  })

  test('decode only what encodes to the same blob', () => {
    const blob = encodeBlob(Uint8Array.from({ length: 400 }, (_, i) => i & 0xff))
    fc.assert(
      fc.property(fc.nat(600), fc.nat(255), (index, value) => {
        const candidate = altered(blob, index, value)
        if (codeOf(candidate) === 'accepted')
          expect(encodeBlob(decodeBlob(candidate))).toEqual(candidate)
      }),
      { numRuns: 200 },
    )
  })
})
