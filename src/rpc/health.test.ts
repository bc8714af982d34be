import { describe, expect, it } from 'vitest'
import { healthProblems, healthResponse } from './health.ts'

const unsafe = {
  hash: `0x${'22'.repeat(32)}`,
  number: 7n,
  parentHash: `0x${'21'.repeat(32)}`,
  timestamp: 1_000n,
  l1Origin: { hash: `0x${'11'.repeat(32)}`, number: 3n },
  sequenceNumber: 0n,
} as const
const inputs = {
  blockTime: 2n,
  isSequencing: true,
  unsafe,
  unsafeSinceMs: 1_000_000,
  l1SinceMs: 9_000_000,
  derivation: { isIdle: true, sinceMs: 0 },
}

describe('a node', () => {
  it('is well while its head moves', () => {
    expect(healthProblems({ ...inputs, nowMs: 1_009_000 })).toEqual([])
  })

  it('is not when its head stands still while it sequences', () => {
    expect(healthProblems({ ...inputs, nowMs: 1_012_000 })).toEqual([
      'sequencing, but unsafe head 7 has not moved for 12 s',
    ])
  })

  it('with long blocks is given longer', () => {
    expect(healthProblems({ ...inputs, blockTime: 12n, nowMs: 1_059_000 })).toEqual([])
    expect(healthProblems({ ...inputs, blockTime: 12n, nowMs: 1_061_000 })).toHaveLength(1)
  })

  it('that catches up is well although its head is old', () => {
    expect(healthProblems({ ...inputs, unsafeSinceMs: 9_000_000, nowMs: 9_001_000 })).toEqual([])
  })

  it('that is stopped may stand still', () => {
    expect(healthProblems({ ...inputs, isSequencing: false, nowMs: 9_000_000 })).toEqual([])
  })

  it('is not well while L1 has no new blocks', () => {
    const idle = { ...inputs, isSequencing: false, l1SinceMs: 1_000_000 }
    expect(healthProblems({ ...idle, nowMs: 1_120_000 })).toEqual([])
    expect(healthProblems({ ...idle, nowMs: 1_125_000 })).toEqual(['no new L1 block for 125 s'])
  })

  it('is not well while derivation is stuck', () => {
    const stuck = {
      ...inputs,
      isSequencing: false,
      derivation: { isIdle: false, sinceMs: 1_000_000 },
    }
    expect(healthProblems({ ...stuck, nowMs: 1_060_000 })).toEqual([])
    expect(healthProblems({ ...stuck, nowMs: 1_075_000 })).toEqual([
      'there is L1 data to read, but derivation has not come forward for 75 s',
    ])
  })

  it('that derives nothing is well', () => {
    const nowMs = 9_000_000
    expect(
      healthProblems({ ...inputs, isSequencing: false, derivation: undefined, nowMs }),
    ).toEqual([])
  })

  it('is not well before it knows its heads', () => {
    expect(healthProblems({ ...inputs, unsafe: undefined, nowMs: 0 })).toHaveLength(1)
  })
})

describe('the health page', () => {
  it('says the version, and why not', () => {
    expect(healthResponse('1.2.3', [])).toMatchObject({ status: 200, body: '{"version":"1.2.3"}' })
    expect(healthResponse('1.2.3', ['stuck'])).toMatchObject({
      status: 503,
      body: '{"version":"1.2.3","reasons":["stuck"]}',
    })
  })
})
