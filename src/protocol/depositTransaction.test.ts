import { describe, expect, test } from 'vitest'
import { DecodeError } from '../base/errors.ts'
import { bytesToHex, type Hex } from '../base/hex.ts'
import { rlpEncode } from '../base/rlp.ts'
import { fc } from '../testing/seededCheck.ts'
import {
  type DepositTransaction,
  decodeDepositTransaction,
  encodeDepositTransaction,
} from './depositTransaction.ts'

const hex = (size: number): fc.Arbitrary<Hex> =>
  fc.uint8Array({ minLength: size, maxLength: size }).map(bytesToHex)

const deposits: fc.Arbitrary<DepositTransaction> = fc.record({
  sourceHash: hex(32),
  from: hex(20),
  to: fc.option(hex(20), { nil: undefined }),
  mint: fc.bigInt(0n, 2n ** 128n),
  value: fc.bigInt(0n, 2n ** 256n - 1n),
  gas: fc.bigInt(0n, 2n ** 64n - 1n),
  isSystemTransaction: fc.boolean(),
  data: fc.uint8Array({ maxLength: 100 }),
})

test('a deposit is the same after encoding and decoding', () => {
  fc.assert(
    fc.property(deposits, (deposit) => {
      expect(decodeDepositTransaction(encodeDepositTransaction(deposit))).toEqual(deposit)
    }),
  )
})

test('a deposit cut short at any byte is refused', () => {
  const [deposit] = fc.sample(deposits, { numRuns: 1, seed: 7 })
  const encoded = encodeDepositTransaction(deposit!)
  for (let length = 0; length < encoded.length; length++) {
    expect(() => decodeDepositTransaction(encoded.subarray(0, length)), `${length}`).toThrow(
      DecodeError,
    )
  }
})

describe('a deposit is refused', () => {
  const fields = () => [
    new Uint8Array(32),
    new Uint8Array(20),
    new Uint8Array(20),
    new Uint8Array(0),
    new Uint8Array(0),
    new Uint8Array(0),
    new Uint8Array(0),
    new Uint8Array(0),
  ]
  const encode = (items: readonly Uint8Array[], type = 0x7e) =>
    Uint8Array.of(type, ...rlpEncode(items))

  test('with another type', () => {
    expect(() => decodeDepositTransaction(encode(fields(), 2))).toThrow(/type 0x7e, got 2/)
  })

  test('with a field too many', () => {
    const items = [...fields(), new Uint8Array(0)]
    expect(() => decodeDepositTransaction(encode(items))).toThrow(/8 fields, got 9/)
  })

  test('with a flag that is neither 0 nor 1', () => {
    expect(() => decodeDepositTransaction(encode(fields().with(6, Uint8Array.of(2))))).toThrow(
      /isSystemTransaction must be 0 or 1, got 0x02/,
    )
  })

  test('with a recipient that is no address', () => {
    const items = fields().with(2, new Uint8Array(19))
    expect(() => decodeDepositTransaction(encode(items))).toThrow(/20 bytes/)
  })

  test('with a number that has leading zeros', () => {
    const items = fields().with(4, Uint8Array.of(0, 1))
    expect(() => decodeDepositTransaction(encode(items))).toThrow(/leading zeros/)
  })
})
