import { describe, expect, it } from 'vitest'
import type { L1BlockRef, L2BlockRef } from '../chain/refs.ts'
import { FakeL1 } from '../testing/fakeL1.ts'
import { ManualClock } from '../testing/manualClock.ts'
import { Finalizer } from './finalizer.ts'

function startL1(length: number): FakeL1 {
  const l1 = new FakeL1({ genesisTime: 1_000n, blockTime: 12n }, { clock: new ManualClock() })
  while (l1.head.number < BigInt(length)) l1.mine()
  return l1
}

function l2(number: number): L2BlockRef {
  return {
    hash: `0x${number.toString(16).padStart(64, '2')}`,
    parentHash: `0x${(number - 1).toString(16).padStart(64, '2')}`,
    number: BigInt(number),
    timestamp: BigInt(number),
    l1Origin: { hash: `0x${'1'.repeat(64)}`, number: 0n },
    sequenceNumber: 0n,
  }
}

/** Ten L2 blocks became safe by each L1 block from `from` to `to`. */
function deriveTenEach(finalizer: Finalizer, l1: FakeL1, from: number, to: number): void {
  for (let number = from; number <= to; number++) {
    for (let i = 1; i <= 10; i++) finalizer.onSafe(l2((number - from) * 10 + i), l1.at(number))
  }
}

describe('the finalizer', () => {
  it('finalizes the last block that was derived from a finalized L1 block', async () => {
    const l1 = startL1(20)
    const finalizer = new Finalizer({ l1 })
    deriveTenEach(finalizer, l1, 1, 10)
    expect(finalizer.isDue(l2(0), l1.at(10), false)).toBe(false)
    finalizer.onL1Finalized(l1.at(7))
    expect(finalizer.isDue(l2(0), l1.at(10), false)).toBe(true)
    expect(await finalizer.find(l2(0), l1.at(10))).toEqual(l2(70))
  })

  it('has nothing to say where nothing newer is final', async () => {
    const l1 = startL1(20)
    const finalizer = new Finalizer({ l1 })
    deriveTenEach(finalizer, l1, 1, 10)
    finalizer.onL1Finalized(l1.at(7))
    expect(await finalizer.find(l2(70), l1.at(10))).toBeUndefined()
    expect(finalizer.isDue(l2(70), l1.at(10), false)).toBe(false)
  })

  it('tries again every 64 L1 blocks, at the end of L1, or when L1 finalizes more', async () => {
    const l1 = startL1(200)
    const finalizer = new Finalizer({ l1 })
    finalizer.onL1Finalized(l1.at(150))
    finalizer.onSafe(l2(1), l1.at(1))
    await finalizer.find(l2(0), l1.at(1))
    finalizer.onSafe(l2(2), l1.at(65))
    expect(finalizer.isDue(l2(1), l1.at(65), false)).toBe(false)
    expect(finalizer.isDue(l2(1), l1.at(66), false)).toBe(true)
    expect(finalizer.isDue(l2(1), l1.at(65), true)).toBe(true)
    expect(finalizer.isDue(l2(1), l1.at(1), true)).toBe(false)
    finalizer.onL1Finalized(l1.at(151))
    expect(finalizer.isDue(l2(1), l1.at(65), false)).toBe(true)
  })

  it('ignores L1 finality that goes backward', async () => {
    const l1 = startL1(20)
    const finalizer = new Finalizer({ l1 })
    deriveTenEach(finalizer, l1, 1, 10)
    finalizer.onL1Finalized(l1.at(7))
    finalizer.onL1Finalized(l1.at(3))
    expect(await finalizer.find(l2(0), l1.at(10))).toEqual(l2(70))
  })

  it('resets when L1 is not the chain that was derived from', async () => {
    const l1 = startL1(20)
    const finalizer = new Finalizer({ l1 })
    const orphan = l1.at(18)
    finalizer.onSafe(l2(1), orphan)
    l1.reorg(5, 10)
    finalizer.onL1Finalized(l1.at(20))
    await expect(finalizer.find(l2(0), l1.at(20))).rejects.toMatchObject({
      code: 'NOT_ON_FINALIZED_L1',
      severity: 'reset',
    })
  })

  it('resets when what L1 called final is not on L1', async () => {
    const l1 = startL1(20)
    const finalizer = new Finalizer({ l1 })
    finalizer.onSafe(l2(1), l1.at(2))
    finalizer.onL1Finalized(l1.at(19))
    l1.reorg(5, 10)
    await expect(finalizer.find(l2(0), l1.at(20))).rejects.toMatchObject({
      code: 'NOT_ON_FINALIZED_L1',
    })
    expect(finalizer.isDue(l2(0), l1.at(20), true)).toBe(false)
    finalizer.onL1Finalized(l1.at(19))
    expect(await finalizer.find(l2(0), l1.at(20))).toEqual(l2(1))
  })

  it('asks later when L1 lacks the block', async () => {
    const l1 = startL1(20)
    const finalizer = new Finalizer({ l1 })
    finalizer.onSafe(l2(1), l1.at(2))
    const ahead: L1BlockRef = { ...l1.at(20), number: 30n }
    finalizer.onL1Finalized(ahead)
    await expect(finalizer.find(l2(0), l1.at(20))).rejects.toMatchObject({
      code: 'L1_BLOCK_MISSING',
      severity: 'temporary',
    })
    expect(finalizer.isDue(l2(0), l1.at(20), false)).toBe(true)
  })

  it('forgets on a reset what was derived, but not what L1 finalized', async () => {
    const l1 = startL1(20)
    const finalizer = new Finalizer({ l1 })
    deriveTenEach(finalizer, l1, 1, 10)
    finalizer.onL1Finalized(l1.at(7))
    finalizer.reset()
    expect(await finalizer.find(l2(0), l1.at(10))).toBeUndefined()
    finalizer.onSafe(l2(4), l1.at(5))
    expect(await finalizer.find(l2(0), l1.at(5))).toEqual(l2(4))
  })

  it('remembers 129 L1 blocks and no more', async () => {
    const l1 = startL1(200)
    const finalizer = new Finalizer({ l1 })
    for (let number = 1; number <= 150; number++) finalizer.onSafe(l2(number), l1.at(number))
    finalizer.onL1Finalized(l1.at(21))
    expect(await finalizer.find(l2(0), l1.at(150))).toBeUndefined()
    finalizer.onL1Finalized(l1.at(22))
    expect(await finalizer.find(l2(0), l1.at(150))).toEqual(l2(22))
  })
})
