import { describe, expect, it } from 'vitest'
import type { L1BlockRef, L2BlockRef } from '../chain/refs.ts'
import { silentLogger } from '../runtime/logger.ts'
import { TaskGroup } from '../runtime/taskGroup.ts'
import { FakeL1 } from '../testing/fakeL1.ts'
import { ManualClock, settle } from '../testing/manualClock.ts'
import { testRollupConfig } from '../testing/rollupConfig.ts'
import { rememberL1 } from './l1Cache.ts'
import { L1OriginSelector } from './originSelector.ts'

const genesisTime = 1_700_000_000n
const signal = new AbortController().signal

describe('L1OriginSelector', () => {
  it('takes the next block once it is due', async () => {
    const { l1, selector, on } = setUp()
    expect(await selector.select(on(3, 6n), signal)).toEqual(l1.at(3))
    expect(await selector.select(on(3, 10n), signal)).toEqual(l1.at(4))
  })

  it('asks L1 nothing when it has looked ahead', async () => {
    const { l1, selector, on } = setUp()
    const origin = await selector.select(on(3, 10n), signal)
    selector.prefetch(origin)
    await settle()
    l1.calls.clear()
    l1.isDown = true
    expect(await selector.select(on(4, 10n), signal)).toEqual(l1.at(5))
    expect(l1.calls.size).toBe(0)
  })

  it('fetches what the next epoch is made from ahead of time', async () => {
    const { l1, selector, on } = setUp()
    await selector.select(on(3, 2n), signal)
    await settle()
    expect(l1.calls.get('blockByHash')).toBe(1)
    expect(l1.calls.get('receiptsByHash')).toBe(1)
  })

  it('looks again when the L1 head changes, and only then', async () => {
    const { l1, selector, on } = setUp()
    await selector.select(on(3, 2n), signal)
    l1.calls.clear()
    await selector.select(on(3, 4n), signal)
    expect(l1.calls.size).toBe(0)
    selector.onL1Head(l1.mine())
    await settle()
    expect(l1.calls.get('blockRefByNumber')).toBe(2)
  })

  it('notices that the current origin was replaced', async () => {
    const { l1, selector, on } = setUp()
    const parent = on(9, 2n)
    await selector.select(parent, signal)
    l1.reorg(3)
    selector.onL1Head(l1.head)
    await settle()
    await expect(selector.select(parent, signal)).rejects.toMatchObject({
      severity: 'reset',
      code: 'L1_ORIGIN_ORPHANED',
    })
  })

  it('notices that the origin it looked ahead at was replaced', async () => {
    const { l1, selector, on } = setUp()
    await selector.select(on(9, 2n), signal)
    l1.reorg(1)
    selector.onL1Head(l1.head)
    await settle()
    expect(await selector.select(on(9, 10n), signal)).toEqual(l1.at(10))
  })

  it('does not take a short view of L1 for a reorg', async () => {
    const { l1, selector, on } = setUp()
    const parent = on(10, 2n)
    await selector.select(parent, signal)
    const origin = l1.at(10)
    l1.reorg(3, 0)
    selector.onL1Head(l1.head)
    await settle()
    expect(await selector.select(parent, signal)).toEqual(origin)
  })

  it('calls for a reset when L1 does not know the origin at all', async () => {
    const { selector, on } = setUp()
    const stranger = {
      ...on(3, 2n),
      l1Origin: { hash: `0x${'99'.repeat(32)}` as const, number: 3n },
    }
    await expect(selector.select(stranger, signal)).rejects.toMatchObject({ severity: 'reset' })
  })

  it('forgets in a reset what it saw, also when nobody has told it of a new head', async () => {
    const { l1, selector, on } = setUp()
    const parent = on(9, 100n)
    const old = await selector.select(parent, signal)
    l1.reorg(1)
    expect(await selector.select(parent, signal)).toEqual(old)
    selector.reset()
    const renewed = await selector.select(parent, signal)
    expect(renewed).toEqual(l1.at(10))
    expect(renewed).not.toEqual(old)
  })

  it('keeps its distance from the L1 head', async () => {
    const { l1, selector, on } = setUp({ l1Confs: 4 })
    selector.onL1Head(l1.head)
    expect(await selector.select(on(6, 100n), signal)).toEqual(l1.at(6))
    expect(await selector.select(on(5, 100n), signal)).toEqual(l1.at(6))
  })

  it('goes on with the current origin while L1 is down', async () => {
    const { l1, selector, on } = setUp()
    await selector.select(on(10, 2n), signal)
    l1.isDown = true
    selector.onL1Head({ ...l1.head, hash: `0x${'88'.repeat(32)}` })
    await settle()
    expect(await selector.select(on(10, 50n), signal)).toEqual(l1.at(10))
  })

  it('waits half a second for a slow L1, not longer', async () => {
    const { l1, selector, clock, on } = setUp()
    await selector.select(on(3, 2n), signal)
    l1.latencyMs = 5_000
    const parent = on(4, 10n)
    const chosen = selector.select(parent, signal)
    const beganMs = clock.now()
    let decidedMs = 0
    chosen.then(() => {
      decidedMs = clock.now()
    })
    await clock.advance(4_000)
    expect(await chosen).toEqual(l1.at(4))
    expect(decidedMs - beganMs).toBe(500)
  })

  it('asks for the next origin when it cannot do without, and says so when there is none', async () => {
    const { l1, selector, on } = setUp()
    await expect(selector.select(on(10, 3_000n), signal)).rejects.toMatchObject({
      severity: 'temporary',
      code: 'L1_ORIGIN_NEXT_REQUIRED',
    })
    l1.mine()
    expect(await selector.select(on(10, 3_000n), signal)).toEqual(l1.at(11))
  })

  it('takes every next origin while it recovers, and the current one at the tip of L1', async () => {
    const { l1, selector, on } = setUp({ recover: true })
    expect(await selector.select(on(3, 10n), signal)).toEqual(l1.at(4))
    expect(await selector.select(on(10, 10n), signal)).toEqual(l1.at(10))
  })
})

function setUp(options: { l1Confs?: number; recover?: boolean } = {}) {
  const clock = new ManualClock(Number(genesisTime) * 1000)
  const l1 = new FakeL1({ genesisTime, blockTime: 12n }, { clock })
  for (let i = 0; i < 10; i++) l1.mine()
  const selector = new L1OriginSelector(
    {
      config: testRollupConfig('karst'),
      l1Confs: options.l1Confs ?? 0,
      recover: options.recover ?? false,
    },
    { l1: rememberL1(l1), clock, tasks: new TaskGroup({ logger: silentLogger }) },
  )
  /** An L2 block whose origin is that L1 block, some seconds after it. */
  const on = (number: number, afterSeconds: bigint): L2BlockRef => {
    const origin: L1BlockRef = l1.at(number)
    return {
      hash: `0x${'22'.repeat(32)}`,
      number: 50n,
      parentHash: `0x${'21'.repeat(32)}`,
      timestamp: origin.timestamp + afterSeconds,
      l1Origin: { hash: origin.hash, number: origin.number },
      sequenceNumber: 0n,
    }
  }
  return { clock, l1, selector, on }
}
