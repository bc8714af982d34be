import { describe, expect, it } from 'vitest'
import { fc } from '../testing/seededCheck.ts'
import { buildWindow } from './schedule.ts'

describe('buildWindow', () => {
  it('opens one block time, and closes one margin, before the block is out', () => {
    expect(buildWindow(100n, 2n, 20)).toEqual({ startMs: 99_980, sealMs: 101_980 })
  })

  it('of a block that began in time does not depend on when', () => {
    expect(buildWindow(100n, 2n, 20, 100_003).sealMs).toBe(101_980)
  })

  it('of a block that begins late is short, not shut', () => {
    expect(buildWindow(100n, 2n, 20, 105_000).sealMs).toBe(105_015)
  })

  it('gives every block time to build, and never seals one too early', () => {
    fc.assert(
      fc.property(
        fc.bigInt(0n, 4_000_000_000n),
        fc.bigInt(1n, 60n),
        fc.double({ min: 0, max: 250, noNaN: true }),
        fc.double({ min: -5_000, max: 100_000, noNaN: true }),
        (timestamp, blockTime, marginMs, delayMs) => {
          const { startMs } = buildWindow(timestamp, blockTime, marginMs)
          const startedMs = startMs + Math.max(delayMs, 0)
          const { sealMs } = buildWindow(timestamp, blockTime, marginMs, startedMs)
          const payloadMs = Number(timestamp + blockTime) * 1000
          expect(sealMs - startedMs).toBeGreaterThanOrEqual(14.9)
          expect(sealMs).toBeGreaterThanOrEqual(payloadMs - marginMs)
          expect(startMs).toBeLessThan(sealMs)
        },
      ),
    )
  })
})
