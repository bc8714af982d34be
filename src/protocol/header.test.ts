import { expect, test } from 'vitest'
import { DecodeError } from '../base/errors.ts'
import { rlpEncode } from '../base/rlp.ts'
import { testHeader } from '../testing/payloads.ts'
import { decodeHeader, encodeHeader } from './header.ts'

const withdrawn = [
  'requestsHash',
  'parentBeaconBlockRoot',
  'excessBlobGas',
  'blobGasUsed',
  'withdrawalsRoot',
  'baseFeePerGas',
] as const

test('a header of any fork is the same after encoding and decoding', () => {
  let header = testHeader()
  expect(decodeHeader(encodeHeader(header))).toEqual(header)
  for (const field of withdrawn) {
    header = { ...header, [field]: undefined }
    expect(decodeHeader(encodeHeader(header))).toEqual(header)
  }
})

test('a header cut short at any byte is refused', () => {
  const encoded = encodeHeader(testHeader())
  for (let length = 0; length < encoded.length; length++) {
    expect(() => decodeHeader(encoded.subarray(0, length)), `${length}`).toThrow(DecodeError)
  }
})

test.each([14, 22])('a list of %i fields is no header', (count) => {
  const fields = Array.from({ length: count }, () => new Uint8Array(32))
  expect(() => decodeHeader(rlpEncode(fields))).toThrow(`15 to 21 fields, got ${count}`)
})
