import { describe, expect, it } from 'vitest'
import type { L1BlockRef } from '../chain/refs.ts'
import { FakeL1 } from '../testing/fakeL1.ts'
import { ManualClock } from '../testing/manualClock.ts'
import { hideUnconfirmed } from './confDepth.ts'

describe('hideUnconfirmed', () => {
  const l1 = new FakeL1({ genesisTime: 0n, blockTime: 12n }, { clock: new ManualClock() })
  for (let i = 0; i < 10; i++) l1.mine()
  const sees = async (number: bigint, depth: number, head: L1BlockRef | undefined = l1.head) => {
    const seen = hideUnconfirmed({ depth }, { l1, l1Head: () => head })
    return (await seen.blockRefByNumber(number)) !== undefined
  }

  it('hides what has too few blocks on top', async () => {
    expect([await sees(6n, 4), await sees(7n, 4)]).toEqual([true, false])
  })

  it('hides nothing at depth 0', async () => {
    expect(await sees(10n, 0)).toBe(true)
  })

  it('hides nothing while the head is unknown', async () => {
    const seen = hideUnconfirmed({ depth: 4 }, { l1, l1Head: () => undefined })
    expect(await seen.blockRefByNumber(10n)).toEqual(l1.head)
  })

  it('never hides block 0', async () => {
    expect(await sees(0n, 4, l1.at(0))).toBe(true)
  })
})
