import { describe, expect, it } from 'vitest'
import { SealingMargin } from './sealingMargin.ts'

describe('SealingMargin', () => {
  const record = (durations: readonly number[]) => {
    const margin = new SealingMargin({ minMs: 2, maxMs: 250 })
    for (const duration of durations) margin.record(duration)
    return margin.marginMs
  }

  it("begins with op-node's", () => {
    expect(record([])).toBe(50)
  })

  it('covers what is usual', () => {
    expect(record(Array(50).fill(12))).toBe(12)
  })

  it('is not moved by one slow block in a hundred', () => {
    expect(record([...Array(60).fill(8), 200, ...Array(39).fill(8)])).toBe(8)
  })

  it('covers slow blocks that come again, but for what may be late', () => {
    expect(record([...Array(60).fill(8), 40, 42, ...Array(30).fill(8)])).toBe(35)
  })

  it('forgets', () => {
    expect(record([...Array(50).fill(100), ...Array(100).fill(8)])).toBe(8)
  })

  it('stays within its bounds', () => {
    expect(record([0.1, 0.1])).toBe(2)
    expect(record([9_000, 9_000])).toBe(250)
  })
})
