import { expect, test } from 'vitest'
import { DecodeError } from '../base/errors.ts'
import { bytesToHex, zeroHash } from '../base/hex.ts'
import { fc } from '../testing/seededCheck.ts'
import {
  decodeL1Attributes,
  encodeL1Attributes,
  type L1Attributes,
  type L1AttributesFormat,
} from './l1Attributes.ts'

const uint = (bits: number) => fc.bigInt(0n, 2n ** BigInt(bits) - 1n)
const hex = (size: number) => fc.uint8Array({ minLength: size, maxLength: size }).map(bytesToHex)
const common = {
  number: uint(64),
  timestamp: uint(64),
  baseFee: uint(256),
  hash: hex(32),
  sequenceNumber: uint(64),
  batcherAddress: hex(20),
}
const absent = {
  overhead: fc.constant(zeroHash),
  scalar: fc.constant(zeroHash),
  baseFeeScalar: fc.constant(0),
  blobBaseFeeScalar: fc.constant(0),
  blobBaseFee: fc.constant(0n),
  operatorFeeScalar: fc.constant(0),
  operatorFeeConstant: fc.constant(0n),
  daFootprintGasScalar: fc.constant(0),
}
const ecotone = {
  ...common,
  ...absent,
  baseFeeScalar: fc.nat(0xffff_ffff),
  blobBaseFeeScalar: fc.nat(0xffff_ffff),
  blobBaseFee: uint(256),
}
const isthmus = {
  ...ecotone,
  operatorFeeScalar: fc.nat(0xffff_ffff),
  operatorFeeConstant: uint(64),
}
const arbitraries: Record<L1AttributesFormat, fc.Arbitrary<L1Attributes>> = {
  bedrock: fc.record({ ...common, ...absent, overhead: hex(32), scalar: hex(32) }),
  ecotone: fc.record(ecotone),
  isthmus: fc.record(isthmus),
  jovian: fc.record({ ...isthmus, daFootprintGasScalar: fc.nat(0xffff) }),
}
const formats = Object.keys(arbitraries) as L1AttributesFormat[]

test.each(formats)('%s attributes are the same after encoding and decoding', (format) => {
  fc.assert(
    fc.property(arbitraries[format], (attributes) => {
      const calldata = encodeL1Attributes(format, attributes)
      expect(decodeL1Attributes(format, calldata)).toEqual(attributes)
    }),
  )
})

test.each(formats)('%s calldata must have its exact length', (format) => {
  const [attributes] = fc.sample(arbitraries[format], { numRuns: 1, seed: 1 })
  const calldata = encodeL1Attributes(format, attributes!)
  for (let length = 0; length < calldata.length; length++) {
    expect(() => decodeL1Attributes(format, calldata.subarray(0, length)), `${length}`).toThrow(
      DecodeError,
    )
  }
  expect(() => decodeL1Attributes(format, Uint8Array.of(...calldata, 0))).toThrow(/bytes, got/)
})

test('one format does not pass for another', () => {
  const [attributes] = fc.sample(arbitraries.isthmus, 1)
  const calldata = encodeL1Attributes('isthmus', attributes!)
  expect(() => decodeL1Attributes('jovian', calldata)).toThrow(/begins with 0x3db6be2b/)
})

test('a batcher that is not padded with zeros is refused', () => {
  const [attributes] = fc.sample(arbitraries.ecotone, 1)
  const calldata = encodeL1Attributes('ecotone', attributes!)
  calldata[132] = 1
  expect(() => decodeL1Attributes('ecotone', calldata)).toThrow(/not an address/)
})

test('a Bedrock number beyond 64 bits is refused', () => {
  const [attributes] = fc.sample(arbitraries.bedrock, 1)
  const calldata = encodeL1Attributes('bedrock', attributes!)
  calldata[4] = 1
  expect(() => decodeL1Attributes('bedrock', calldata)).toThrow(/does not fit into 64 bits/)
})
