import { describe, expect, test } from 'vitest'
import { fc } from '../../testing/seededCheck.ts'
import { FillSearch } from './fillSearch.ts'

/** Fills a channel block by block as the encoder does, and counts the compressions. */
function fill(
  blockSizes: readonly number[],
  target: number,
  compressedSize: (rawBytes: number) => number,
  approxRatio = 0.6,
) {
  const search = new FillSearch(target, approxRatio)
  const raw = (count: number) => blockSizes.slice(0, count).reduce((sum, size) => sum + size, 0)
  let measures = 0
  for (let blockCount = 0; ; ) {
    const advice = search.advise(blockCount, raw)
    if (advice.type === 'full') return { blockCount: advice.blockCount, measures }
    if (advice.type === 'measure') {
      measures++
      const rawBytes = raw(advice.blockCount)
      const compressedBytes = compressedSize(rawBytes)
      search.report({ blockCount: advice.blockCount, rawBytes, compressedBytes })
    } else if (blockCount === blockSizes.length) return { blockCount: undefined, measures }
    else blockCount++
  }
}

const sizes = fc.array(fc.integer({ min: 1, max: 5_000 }), { minLength: 1, maxLength: 200 })

describe('filling a channel', () => {
  test('never ends with more than fits, but for a first block that is too large', () => {
    fc.assert(
      fc.property(
        sizes,
        fc.integer({ min: 100, max: 60_000 }),
        fc.double({ min: 0.05, max: 1.2, noNaN: true }),
        fc.double({ min: 0.05, max: 1, noNaN: true }),
        (blocks, target, ratio, guess) => {
          const compressedSize = (raw: number) => Math.ceil(20 + raw * ratio)
          const { blockCount } = fill(blocks, target, compressedSize, guess)
          if (blockCount === undefined || blockCount === 1) return
          const raw = blocks.slice(0, blockCount).reduce((sum, size) => sum + size, 0)
          expect(compressedSize(raw)).toBeLessThanOrEqual(target)
        },
      ),
    )
  })

  test('leaves less room than a block takes', () => {
    const blocks = Array.from({ length: 500 }, (_, index) => 900 + (index % 7) * 50)
    const compressedSize = (raw: number) => Math.ceil(100 + raw * 0.4)
    for (const guess of [0.3, 0.4, 0.6, 1]) {
      const { blockCount, measures } = fill(blocks, 130_000, compressedSize, guess)
      const next = blocks.slice(0, blockCount! + 1).reduce((sum, size) => sum + size, 0)
      expect(compressedSize(next)).toBeGreaterThan(130_000)
      expect(measures).toBeLessThanOrEqual(6)
    }
  })

  test('compresses nothing while it is far from full', () => {
    expect(fill([1_000, 1_000, 1_000], 130_000, () => 0)).toEqual({
      blockCount: undefined,
      measures: 0,
    })
  })

  test('gives a block that is too large a channel of its own', () => {
    expect(fill([50_000, 10], 1_000, (raw) => raw).blockCount).toBe(1)
  })

  test('takes the exact measure over the guess when data compress better and better', () => {
    const blocks = Array.from({ length: 2_000 }, () => 1_000)
    const { blockCount } = fill(blocks, 100_000, (raw) => Math.ceil(1_500 * Math.sqrt(raw / 100)))
    expect(blockCount).toBeGreaterThan(420)
    expect(blockCount).toBeLessThanOrEqual(444)
  })
})
