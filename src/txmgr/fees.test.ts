import { expect, test } from 'vitest'
import { fc } from '../testing/seededCheck.ts'
import { firstFees, raiseFees, type TxFees } from './fees.ts'

const gwei = 1_000_000_000n
const limits = { feeLimitMultiplier: 5, feeLimitThresholdWei: 100n * gwei, minBlobFeeWei: gwei }
const calm = { tip: gwei, baseFee: 10n * gwei, blobBaseFee: 1n }

test('blobs are offered twice their base fee, and at least a gwei', () => {
  expect(firstFees(calm, true, limits).blobFeeCap).toBe(gwei)
  expect(firstFees({ ...calm, blobBaseFee: 3n * gwei }, true, limits).blobFeeCap).toBe(6n * gwei)
  expect(firstFees(calm, false, limits).blobFeeCap).toBeUndefined()
})

test('a raise pays the new tip on top of twice the new base fee', () => {
  const old = firstFees(calm, false, limits)
  const spiked = { tip: 2n * gwei, baseFee: 40n * gwei, blobBaseFee: 1n }
  expect(raiseFees(old, spiked, limits)).toEqual({
    tip: 2n * gwei,
    feeCap: 82n * gwei,
    blobFeeCap: undefined,
  })
})

test('a raise beyond the limit says which fee, and how far', () => {
  const old: TxFees = { tip: gwei, feeCap: 200n * gwei, blobFeeCap: undefined }
  expect(raiseFees(old, calm, limits)).toEqual({
    type: 'limit',
    fee: 'fee cap',
    wanted: 220n * gwei,
    limit: 105n * gwei,
  })
  const dear: TxFees = { tip: gwei, feeCap: 21n * gwei, blobFeeCap: 60n * gwei }
  expect(raiseFees(dear, calm, limits)).toMatchObject({ fee: 'blob fee cap', limit: 5n * gwei })
})

test('pools take every raise as a replacement', () => {
  const fee = fc.bigInt(1n, 10n ** 15n)
  fc.assert(
    fc.property(fee, fee, fee, fee, fee, fee, fc.boolean(), (tip, feeCap, blob, ...rest) => {
      const [newTip, baseFee, blobBaseFee, hasBlobs] = rest
      const old: TxFees = { tip, feeCap, blobFeeCap: hasBlobs ? blob : undefined }
      const free = { ...limits, feeLimitThresholdWei: 10n ** 30n }
      const raise = raiseFees(old, { tip: newTip, baseFee, blobBaseFee }, free) as TxFees
      const percent = hasBlobs ? 200n : 110n
      expect(raise.tip * 100n).toBeGreaterThanOrEqual(tip * percent)
      expect(raise.feeCap * 100n).toBeGreaterThanOrEqual(feeCap * percent)
      expect(raise.tip).toBeGreaterThan(tip)
      expect(raise.feeCap).toBeGreaterThanOrEqual(raise.tip + 2n * baseFee)
      if (hasBlobs) expect(raise.blobFeeCap).toBeGreaterThanOrEqual(2n * blob)
    }),
  )
})
