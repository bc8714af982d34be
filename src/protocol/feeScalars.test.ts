import { expect, test } from 'vitest'
import type { Hash } from '../base/hex.ts'
import { fc } from '../testing/seededCheck.ts'
import { decodeFeeScalars, effectiveFeeScalars, encodeFeeScalars } from './feeScalars.ts'

test('scalars are the same after encoding and decoding', () => {
  const scalars = fc.record({
    baseFeeScalar: fc.nat(0xffff_ffff),
    blobBaseFeeScalar: fc.nat(0xffff_ffff),
  })
  fc.assert(
    fc.property(scalars, (value) => {
      expect(decodeFeeScalars(encodeFeeScalars(value))).toEqual(value)
    }),
  )
})

test('version 0 has no blob scalar', () => {
  const scalar: Hash = `0x${'00'.repeat(28)}000a6fe0`
  expect(decodeFeeScalars(scalar)).toEqual({ baseFeeScalar: 684_000, blobBaseFeeScalar: 0 })
})

test('padding breaks both versions, but an old chain keeps its version 0', () => {
  const old: Hash = `0x${'00'.repeat(27)}01000a6fe0`
  expect(decodeFeeScalars(old)).toBeUndefined()
  expect(effectiveFeeScalars(old)).toEqual({ baseFeeScalar: 0xffff_ffff, blobBaseFeeScalar: 0 })
  const broken: Hash = `0x01${'00'.repeat(22)}010000000100000002`
  expect(decodeFeeScalars(broken)).toBeUndefined()
  expect(effectiveFeeScalars(broken)).toBeUndefined()
})

test('an unknown version is nothing', () => {
  expect(effectiveFeeScalars(`0x02${'00'.repeat(31)}`)).toBeUndefined()
})
