import { describe, expect, test } from 'vitest'
import type { Hash } from '../base/hex.ts'
import { forkTimesUpTo } from '../chain/forks.ts'
import type { L1BlockRef, L2BlockRef } from '../chain/refs.ts'
import type { RollupConfig } from '../chain/rollupConfig.ts'
import type { SingularBatch } from '../protocol/batch/singularBatch.ts'
import { testRollupConfig } from '../testing/rollupConfig.ts'
import { checkSingularBatch } from './singularBatchCheck.ts'

const hash = (seed: string): Hash => `0x${seed.repeat(64).slice(0, 64)}`

function l1Block(number: bigint, timestamp: bigint): L1BlockRef {
  return { hash: hash(`a${number}`), number, parentHash: hash(`a${number - 1n}`), timestamp }
}

// The safe head is at 2,000 s in epoch 100; the next block is due at 2,002 s.
const epoch = l1Block(100n, 1_990n)
const nextEpoch = l1Block(101n, 2_002n)
const inclusion = l1Block(105n, 2_050n)
const safeHead: L2BlockRef = {
  hash: hash('c'),
  number: 500n,
  parentHash: hash('b'),
  timestamp: 2_000n,
  l1Origin: { hash: epoch.hash, number: epoch.number },
  sequenceNumber: 3n,
}
const good: SingularBatch = {
  type: 'singular',
  parentHash: safeHead.hash,
  epochNumber: epoch.number,
  epochHash: epoch.hash,
  timestamp: 2_002n,
  transactions: [Uint8Array.of(2, 0xc0)],
}

const granite = testRollupConfig('granite', { seqWindowSize: 10n })
const holocene = testRollupConfig('holocene', { seqWindowSize: 10n })

function judge(
  changes: Partial<SingularBatch>,
  config: RollupConfig = granite,
  l1Blocks: readonly L1BlockRef[] = [epoch, nextEpoch],
  inclusionBlock = inclusion,
): string {
  const context = { l1Blocks, safeHead, inclusionBlock }
  const verdict = checkSingularBatch(config, context, { ...good, ...changes })
  if (verdict.type === 'drop') return `drop: ${verdict.rule}`
  return verdict.type === 'undecided' ? `undecided: ${verdict.missing}` : verdict.type
}

const adopting = { epochNumber: 101n, epochHash: nextEpoch.hash }

describe('a batch of one block', () => {
  test('is accepted in the epoch of the safe head', () => {
    expect(judge({})).toBe('accept')
  })

  test('is accepted when it adopts the next epoch, once that is known', () => {
    expect(judge(adopting)).toBe('accept')
    expect(judge(adopting, granite, [epoch])).toBe('undecided: nextL1Origin')
  })

  test('is undecided while no L1 block is known', () => {
    expect(judge({}, granite, [])).toBe('undecided: l1Block')
  })

  test('waits for its turn before Holocene and is dropped ahead of it after', () => {
    expect(judge({ timestamp: 2_004n })).toBe('future')
    expect(judge({ timestamp: 2_004n }, holocene)).toBe('drop: timestampAhead')
  })

  test('is dropped behind its turn before Holocene and passed over after', () => {
    expect(judge({ timestamp: 2_000n })).toBe('drop: timestampPast')
    expect(judge({ timestamp: 2_000n }, holocene)).toBe('past')
  })

  test('follows Holocene’s rules by the time of its inclusion, not by its own', () => {
    const forkTimes = { ...forkTimesUpTo('granite'), holocene: 2_050n }
    const config = testRollupConfig('granite', { forkTimes })
    const late = { timestamp: 2_060n }
    expect(judge(late, config, [epoch], l1Block(105n, 2_049n))).toBe('future')
    expect(judge({ timestamp: 1_998n }, config, [epoch], l1Block(105n, 2_050n))).toBe('past')
  })

  test('names the safe head as its parent', () => {
    expect(judge({ parentHash: hash('d') })).toBe('drop: parentHash')
  })

  test('is included within the sequencing window', () => {
    expect(judge({}, granite, [epoch], l1Block(110n, 2_200n))).toBe('accept')
    expect(judge({}, granite, [epoch], l1Block(111n, 2_200n))).toBe('drop: sequencingWindow')
  })

  test('neither goes back an epoch nor skips one', () => {
    expect(judge({ epochNumber: 99n })).toBe('drop: epochTooOld')
    expect(judge({ epochNumber: 102n })).toBe('drop: epochTooNew')
  })

  test('names an origin of this L1 chain', () => {
    expect(judge({ epochHash: hash('e') })).toBe('drop: epochHash')
    expect(judge({ ...adopting, epochHash: epoch.hash })).toBe('drop: epochHash')
  })

  test('is not older than its origin', () => {
    const early = [epoch, { ...nextEpoch, timestamp: 2_003n }]
    expect(judge(adopting, granite, early)).toBe('drop: timestampBeforeOrigin')
  })
})

describe('sequencer drift', () => {
  const old = { ...epoch, timestamp: 1_401n }
  const empty = { transactions: [] }

  test('of up to the limit is allowed', () => {
    expect(judge({}, testRollupConfig('ecotone'), [{ ...epoch, timestamp: 1_402n }])).toBe('accept')
  })

  test('beyond it forbids transactions', () => {
    expect(judge({}, testRollupConfig('ecotone'), [old])).toBe('drop: sequencerDrift')
  })

  test('is 1,800 s from Fjord on, by the time of the origin', () => {
    expect(judge({}, testRollupConfig('fjord'), [old])).toBe('accept')
    const forkTimes = { ...forkTimesUpTo('ecotone'), fjord: 1_402n }
    expect(judge({}, testRollupConfig('ecotone', { forkTimes }), [old])).toBe(
      'drop: sequencerDrift',
    )
  })

  test('beyond it lets an empty block pass when no newer origin could be adopted', () => {
    const config = testRollupConfig('ecotone')
    expect(judge(empty, config, [old])).toBe('undecided: nextL1Origin')
    expect(judge(empty, config, [old, { ...nextEpoch, timestamp: 2_003n }])).toBe('accept')
    expect(judge(empty, config, [old, nextEpoch])).toBe('drop: originNotAdopted')
  })

  test('beyond it lets an empty block adopt the next origin', () => {
    const config = testRollupConfig('ecotone')
    const next = { ...nextEpoch, timestamp: 1_401n }
    expect(judge({ ...empty, ...adopting }, config, [old, next])).toBe('accept')
  })
})

describe('the transactions of a batch', () => {
  test('are not empty', () => {
    expect(judge({ transactions: [new Uint8Array(0)] })).toBe('drop: emptyTransaction')
  })

  test('hold no deposits, which only L1 can make', () => {
    expect(judge({ transactions: [Uint8Array.of(0x7e)] })).toBe('drop: depositTransaction')
  })

  test('set no code before Isthmus', () => {
    const transactions = [Uint8Array.of(4)]
    expect(judge({ transactions }, holocene)).toBe('drop: setCodeBeforeIsthmus')
    expect(judge({ transactions }, testRollupConfig('isthmus'))).toBe('accept')
    const forkTimes = { ...forkTimesUpTo('holocene'), isthmus: 2_003n }
    expect(judge({ transactions }, testRollupConfig('holocene', { forkTimes }))).toBe(
      'drop: setCodeBeforeIsthmus',
    )
  })

  test.each([
    ['ecotone', 'delta', 'accept'],
    ['fjord', 'ecotone', 'accept'],
    ['isthmus', 'holocene', 'accept'],
    ['jovian', 'isthmus', 'drop: activationBlockNotEmpty'],
    ['karst', 'jovian', 'drop: activationBlockNotEmpty'],
  ] as const)('in the first block of %s', (fork, before, outcome) => {
    const forkTimes = { ...forkTimesUpTo(before), [fork]: 2_002n }
    const config = testRollupConfig(before, { forkTimes })
    expect(judge({}, config)).toBe(outcome)
    expect(judge({ transactions: [] }, config)).toBe('accept')
    const earlier = { ...forkTimes, [fork]: 2_000n }
    expect(judge({}, testRollupConfig(before, { forkTimes: earlier }))).toBe('accept')
  })
})
