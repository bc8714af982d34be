import { describe, expect, it } from 'vitest'
import type { Hash } from '../base/hex.ts'
import { forkTimesUpTo } from '../chain/forks.ts'
import type { L1BlockRef, L2BlockRef } from '../chain/refs.ts'
import { testRollupConfig } from '../testing/rollupConfig.ts'
import { fc } from '../testing/seededCheck.ts'
import { chooseL1Origin } from './l1Origin.ts'

const hash = (byte: string): Hash => `0x${byte.repeat(32)}`
const old = testRollupConfig('ecotone', { maxSequencerDrift: 600n })
const fjord = testRollupConfig('fjord', { maxSequencerDrift: 600n })

function l1(number: bigint, timestamp: bigint, name = 'a'): L1BlockRef {
  return {
    hash: hash(`${name}${number % 10n}`),
    number,
    parentHash: hash(`a${(number + 9n) % 10n}`),
    timestamp,
  }
}

function l2(timestamp: bigint, origin: L1BlockRef): L2BlockRef {
  return {
    hash: hash('22'),
    number: 7n,
    parentHash: hash('21'),
    timestamp,
    l1Origin: { hash: origin.hash, number: origin.number },
    sequenceNumber: 0n,
  }
}

describe('chooseL1Origin', () => {
  const current = l1(5n, 1_000n)
  const next = l1(6n, 1_012n)

  it('keeps the current origin while the next one is in the future of the block', () => {
    const choice = chooseL1Origin(old, l2(1_009n, current), current, next, false)
    expect(choice).toEqual({ type: 'origin', origin: current })
  })

  it('takes the next origin at its very second', () => {
    const choice = chooseL1Origin(old, l2(1_010n, current), current, next, false)
    expect(choice).toEqual({ type: 'origin', origin: next })
  })

  it('takes one step at a time however late it is', () => {
    const choice = chooseL1Origin(old, l2(9_000n, current), current, next, false)
    expect(choice).toEqual({ type: 'origin', origin: next })
  })

  it('keeps the current origin while the next one is unknown, up to the drift', () => {
    const at = (timestamp: bigint, config = old) =>
      chooseL1Origin(config, l2(timestamp - 2n, current), current, undefined, false).type
    expect(at(1_600n)).toBe('origin')
    expect(at(1_601n)).toBe('nextRequired')
    expect(at(2_800n, fjord)).toBe('origin')
    expect(at(2_801n, fjord)).toBe('nextRequired')
  })

  it('judges the drift by the time of the L1 origin', () => {
    const activating = { ...old, forkTimes: { ...forkTimesUpTo('ecotone'), fjord: 1_001n } }
    const at = chooseL1Origin(activating, l2(2_000n, current), current, undefined, false)
    expect(at.type).toBe('nextRequired')
  })

  it('decides nothing without the next one when forced derivation is to be matched', () => {
    const choice = chooseL1Origin(old, l2(1_001n, current), current, undefined, true)
    expect(choice.type).toBe('nextRequired')
  })

  it('sees that the next block is of another branch', () => {
    const stranger = { ...next, parentHash: hash('bb') }
    const choice = chooseL1Origin(old, l2(1_001n, current), current, stranger, false)
    expect(choice.type).toBe('orphaned')
  })

  it('sees that the current block is not the one of the parent', () => {
    const choice = chooseL1Origin(old, l2(1_001n, current), l1(5n, 1_000n, 'b'), next, false)
    expect(choice.type).toBe('orphaned')
  })

  it('never chooses an origin in the future of the block, nor one that is too old without need', () => {
    const time = fc.bigInt(1_000n, 5_000n)
    fc.assert(
      fc.property(
        time,
        time,
        fc.boolean(),
        fc.boolean(),
        (parentTime, nextTime, isKnown, force) => {
          const later = { ...next, timestamp: nextTime > 1_000n ? nextTime : 1_001n }
          const known = isKnown ? later : undefined
          const choice = chooseL1Origin(fjord, l2(parentTime, current), current, known, force)
          const timestamp = parentTime + 2n
          if (choice.type === 'origin') {
            expect(choice.origin.timestamp <= timestamp).toBe(true)
            if (isKnown) expect(choice.origin === later).toBe(later.timestamp <= timestamp)
            else expect(timestamp <= current.timestamp + 1_800n).toBe(true)
          } else {
            expect(choice.type).toBe('nextRequired')
            expect(isKnown).toBe(false)
          }
        },
      ),
    )
  })
})
