import { beforeEach, describe, expect, test } from 'vitest'
import { ChainError } from '../base/errors.ts'
import type { L2BlockRef } from '../chain/refs.ts'
import { ManualClock } from '../testing/manualClock.ts'
import { testRollupConfig } from '../testing/rollupConfig.ts'
import type { TxReceipt } from '../txmgr/interface.ts'
import type { TxOutcome } from '../txmgr/queue.ts'
import { TxError } from '../txmgr/txError.ts'
import { BatcherHealth } from './batcherHealth.ts'
import { type BatcherOptionsInput, batcherOptions } from './options.ts'

const config = testRollupConfig('karst', { seqWindowSize: 3_600n })
const hash = `0x${'11'.repeat(32)}` as const
const confirmed: TxOutcome = { type: 'confirmed', receipt: {} as TxReceipt }

let clock: ManualClock
let health: BatcherHealth

beforeEach(() => {
  clock = new ManualClock(1_000_000)
  health = healthWith({})
})

function healthWith(options: BatcherOptionsInput): BatcherHealth {
  return new BatcherHealth(batcherOptions(options), { config, numConfirmations: 10, clock })
}

describe('a batcher that gets nothing done', () => {
  test('is given a minute, then says why', async () => {
    health.noteFailure(new ChainError('temporary', 'L1_UNREACHABLE', 'L1 does not answer'))
    await clock.advance(60_000)
    expect(health.problems).toEqual([])
    await clock.advance(15_000)
    expect(health.problems).toEqual(['nothing could be done for 75 s: L1 does not answer'])
    health.noteTurn()
    expect(health.problems).toEqual([])
  })

  test('is given longer where it looks seldom', async () => {
    health = healthWith({ pollIntervalMs: 20_000 })
    await clock.advance(200_000)
    expect(health.problems).toEqual([])
    await clock.advance(1_000)
    expect(health.problems).toEqual(['nothing could be done for 201 s: it waits'])
  })
})

describe('a batcher whose transactions do not get in', () => {
  test('is given as long as they and their confirmations may take', async () => {
    health.notePosted()
    await advance(720_000)
    expect(health.problems).toEqual([])
    health.notePosted()
    await advance(1_000)
    expect(health.problems).toEqual([
      'no transaction was confirmed for 721 s, although batches are to be posted',
    ])
    health.noteSettled({ type: 'failed', error: new TxError('TX_TIMEOUT', 'too late') }, 0)
    expect(health.problems).toHaveLength(1)
    health.noteSettled(confirmed, 1)
    expect(health.problems).toEqual([])
    await advance(721_000)
    expect(health.problems).toHaveLength(1)
    health.noteSettled(confirmed, 0)
    await advance(2_000_000)
    expect(health.problems).toEqual([])
  })

  test('is not blamed for those of a chain that is no more', async () => {
    health.notePosted()
    health.noteStartedOver()
    await advance(2_000_000)
    expect(health.problems).toEqual([])
  })

  test('says at once that the account cannot pay', () => {
    health.notePosted()
    health.noteSettled({ type: 'failed', error: new TxError('TX_UNDERFUNDED', 'it is poor') }, 0)
    expect(health.problems).toEqual(['it is poor'])
    health.noteSettled(confirmed, 0)
    expect(health.problems).toEqual([])
  })
})

describe('blocks that wait to become safe', () => {
  test.each([
    ['half of the window, where channels close by time', { maxChannelDuration: 25 }, 1_800n],
    ['all but half of the margin, where they wait until they are full', {}, 3_595n],
    ['so too where they close late', { maxChannelDuration: 2_000 }, 3_595n],
  ])('may take %s', (_, options, longest) => {
    health = healthWith(options)
    note({ safe: 40n, unsafe: 50n, age: longest })
    expect(health.problems).toEqual([])
    note({ safe: 40n, unsafe: 50n, age: longest + 1n })
    expect(health.problems).toEqual([
      `block 41 is not safe, and ${longest + 1n} L1 blocks of its sequencing window of 3600 are over`,
    ])
    note({ safe: 50n, unsafe: 50n, age: longest + 1n })
    expect(health.problems).toEqual([])
  })
})

/** Time in which it has looked around. */
async function advance(durationMs: number): Promise<void> {
  await clock.advance(durationMs)
  health.noteTurn()
}

function note({ safe, unsafe, age }: { safe: bigint; unsafe: bigint; age: bigint }): void {
  const origin = 1_000n
  const l1 = { hash, number: origin, parentHash: hash, timestamp: 0n }
  const l2 = (number: bigint): L2BlockRef => ({ ...l1, number, l1Origin: l1, sequenceNumber: 0n })
  const point = { headL1: l1, currentL1: l1, localSafeL2: l2(safe), unsafeL2: l2(unsafe) }
  health.notePosition(point, origin + age)
}
