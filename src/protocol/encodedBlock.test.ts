import { describe, expect, it } from 'vitest'
import { DecodeError } from '../base/errors.ts'
import { type RlpItem, rlpDecode, rlpEncode } from '../base/rlp.ts'
import { l1BlockOn } from '../testing/rpcL1.ts'
import { fc } from '../testing/seededCheck.ts'
import { decodeBlock } from './encodedBlock.ts'
import { encodeHeader } from './header.ts'

const { header, hash } = l1BlockOn(undefined)

/** A transaction without type is part of the list, any other a byte string in it. */
function encodeBlock(transactions: readonly RlpItem[], rest: readonly RlpItem[] = [[], []]) {
  return rlpEncode([rlpDecode(encodeHeader(header)), transactions, ...rest])
}

describe('an encoded block', () => {
  const typed = Uint8Array.of(2, 0xc1, 0x80)
  const untyped = [Uint8Array.of(1), new Uint8Array(100)]

  it('gives its header and hash', () => {
    expect(decodeBlock(encodeBlock([]))).toEqual({ hash, header, transactions: [] })
  })

  it('gives the bytes of transactions with and without type', () => {
    const { transactions } = decodeBlock(encodeBlock([typed, untyped, typed]))
    expect(transactions).toEqual([typed, rlpEncode(untyped), typed])
  })

  it('keeps nothing of the rest in memory with its header', () => {
    const decoded = decodeBlock(encodeBlock([new Uint8Array(100_000)]))
    expect(decoded.header.logsBloom.buffer.byteLength).toBeLessThan(2_000)
  })

  it('may be from before withdrawals', () => {
    expect(decodeBlock(encodeBlock([typed], [[]])).transactions).toEqual([typed])
  })

  it.each([
    ['is a byte string', rlpEncode(encodeBlock([]))],
    ['is followed by something', Uint8Array.of(...encodeBlock([]), 0)],
    ['has a byte string for transactions', rlpEncode([rlpDecode(encodeHeader(header)), typed])],
    ['begins with a byte string', rlpEncode([typed, []])],
  ])('is refused when it %s', (_, encoded) => {
    expect(() => decodeBlock(encoded)).toThrow(expect.objectContaining({ code: 'BLOCK_FIELDS' }))
  })

  it('is refused when its header has too few fields', () => {
    const encoded = rlpEncode([[typed], []])
    expect(() => decodeBlock(encoded)).toThrow(expect.objectContaining({ code: 'HEADER_FIELDS' }))
  })

  it('is refused when it is cut off anywhere', () => {
    const encoded = encodeBlock([typed, untyped])
    for (let length = 0; length < encoded.length; length++) {
      expect(() => decodeBlock(encoded.subarray(0, length))).toThrow(DecodeError)
    }
  })

  it('never fails with anything but a DecodeError', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 700 }), (bytes) => {
        try {
          decodeBlock(bytes)
        } catch (error) {
          expect(error).toBeInstanceOf(DecodeError)
        }
      }),
    )
  })
})
