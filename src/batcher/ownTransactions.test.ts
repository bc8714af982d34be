import { describe, expect, test } from 'vitest'
import type { Hash } from '../base/hex.ts'
import type { L1BlockRef, L2BlockRef } from '../chain/refs.ts'
import { ManualClock } from '../testing/manualClock.ts'
import type { SyncPoint } from './encoder/syncPoint.ts'
import { OwnTransactions, type OwnTransactionsOptions } from './ownTransactions.ts'

const hash = `0x${'11'.repeat(32)}` as const
const clock = new ManualClock(1_000_000)

/** An account whose transactions got into these L1 blocks, and so many of them into the pool only. */
function observe(
  sent: { readonly minedIn: readonly bigint[]; pooled?: number; canonical?: Hash | undefined },
  options: Partial<OwnTransactionsOptions> = {},
) {
  const asked: unknown[] = []
  const own = new OwnTransactions(
    {
      account: `0x${'aa'.repeat(20)}`,
      depth: 0n,
      waitForHead: false,
      quietMs: 0,
      ...options,
    },
    {
      clock,
      l1: {
        async transactionCount(_account, block) {
          asked.push(block)
          const { minedIn, pooled = 0 } = sent
          if (block === 'latest') return BigInt(minedIn.length)
          if (block === 'pending') return BigInt(minedIn.length + pooled)
          return BigInt(minedIn.filter((number) => number <= block).length)
        },
        blockHash: async () => ('canonical' in sent ? sent.canonical : hash),
        batcherOfSystemConfig: async () => `0x${'aa'.repeat(20)}`,
      },
    },
  )
  const at = async (currentL1: bigint, l1Head: bigint) => {
    const standing = await own.standing(pointAt(currentL1), l1Head)
    return standing.type === 'waiting' ? standing.reason : standing.type
  }
  return { at, asked }
}

function pointAt(number: bigint): SyncPoint {
  const common = { hash, number, parentHash: hash, timestamp: 12n * number }
  const l1: L1BlockRef = common
  const l2: L2BlockRef = { ...common, l1Origin: l1, sequenceNumber: 0n }
  return { headL1: l1, currentL1: l1, localSafeL2: l2, unsafeL2: l2 }
}

describe('what a batcher has sent', () => {
  test('is accounted for once the node is past the block with the newest of it', async () => {
    const { at } = observe({ minedIn: [90n, 97n] })
    expect(await at(96n, 100n)).toContain('has not read our newest transactions')
    expect(await at(97n, 100n)).toContain('has not read our newest transactions')
    expect(await at(98n, 100n)).toBe('settled')
  })

  test('is not while some of it is in the pool, where it may be stuck', async () => {
    const { at } = observe({ minedIn: [10n], pooled: 2 })
    expect(await at(100n, 100n)).toContain('in the pool')
    await clock.advance(59_000)
    expect(await at(100n, 100n)).toContain('in the pool')
    await clock.advance(1_000)
    expect(await at(100n, 100n)).toBe('stuck')
  })

  test('may show a while after it was sent', async () => {
    const sent = { minedIn: [10n], pooled: 0 }
    const { at } = observe(sent, { quietMs: 4_000 })
    expect(await at(100n, 100n)).toContain('may not show yet')
    await clock.advance(3_000)
    sent.pooled = 1
    expect(await at(100n, 100n)).toContain('in the pool')
    sent.minedIn.push(101n)
    sent.pooled = 0
    await clock.advance(3_000)
    expect(await at(102n, 102n)).toContain('may not show yet')
    await clock.advance(4_000)
    expect(await at(102n, 102n)).toBe('settled')
  })

  test('cannot be told while the node has not heard of a reorg of L1, or our L1 of its newest block', async () => {
    const sent: Parameters<typeof observe>[0] = { minedIn: [97n] }
    const { at } = observe(sent)
    sent.canonical = `0x${'22'.repeat(32)}`
    expect(await at(98n, 100n)).toContain('on another fork')
    sent.canonical = undefined
    expect(await at(98n, 100n)).toContain('our L1 is behind')
    sent.canonical = hash
    expect(await at(98n, 100n)).toBe('settled')
  })

  test('may be nothing', async () => {
    expect(await observe({ minedIn: [] }).at(100n, 100n)).toBe('settled')
  })
})

describe('how far the node must have come', () => {
  test('is told by the head of L1 at the first look: a node that stays behind by more does not wait forever', async () => {
    const { at } = observe({ minedIn: [10n] }, { depth: 4n })
    expect(await at(90n, 100n)).toContain('up to block 96')
    expect(await at(95n, 105n)).toContain('up to block 96')
    expect(await at(96n, 106n)).toBe('settled')
  })

  test('holds also for an account that has sent nothing: another one may have', async () => {
    const { at } = observe({ minedIn: [] })
    expect(await at(100n, 1_000n)).toContain('up to block 872')
    expect(await at(872n, 1_700n)).toBe('settled')
  })

  test('is the head itself when told so', async () => {
    const { at } = observe({ minedIn: [] }, { waitForHead: true })
    expect(await at(99n, 100n)).toContain('up to block 100')
    expect(await at(100n, 110n)).toBe('settled')
  })

  test('may be less than a node of L1 remembers: older nonces are not asked for', async () => {
    const { at, asked } = observe({ minedIn: [1n] }, { depth: 4n })
    await at(3n, 100n)
    expect(asked).toEqual(['latest', 'pending'])
  })
})
