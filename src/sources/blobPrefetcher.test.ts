import { describe, expect, it } from 'vitest'
import { ChainError } from '../base/errors.ts'
import type { Hash } from '../base/hex.ts'
import type { L1BlockRef } from '../chain/refs.ts'
import { settle } from '../testing/manualClock.ts'
import { BlobPrefetcher } from './blobPrefetcher.ts'

const hash = (n: number): Hash => `0x01${n.toString(16).padStart(62, '0')}`
const block = (n: number): L1BlockRef => ({
  hash: `0x${n.toString(16).padStart(64, '0')}`,
  number: BigInt(n),
  parentHash: `0x${(n - 1).toString(16).padStart(64, '0')}`,
  timestamp: 12n * BigInt(n),
})
/** The blob of a hash: its last byte. */
const blob = (versionedHash: Hash) => Uint8Array.of(Number.parseInt(versionedHash.slice(-2), 16))

function setUp(maxWaiting = 10) {
  const asked: [block: bigint, count: number][] = []
  const state = { failures: 0, aborted: 0 }
  const prefetcher = new BlobPrefetcher(
    { maxWaiting },
    {
      blobs: {
        async blobsOfBlock({ number }, hashes, signal) {
          asked.push([number, hashes.length])
          signal?.addEventListener('abort', () => state.aborted++, { once: true })
          await settle()
          if (state.failures-- > 0) throw new ChainError('temporary', 'BEACON_DOWN', 'down')
          return hashes.map(blob)
        },
      },
    },
  )
  return { prefetcher, asked, state }
}

describe('the blob prefetcher', () => {
  it('hands out what it fetched ahead, and asks for it once', async () => {
    const { prefetcher, asked } = setUp()
    prefetcher.fetchAhead(block(1), [hash(1), hash(2)])
    prefetcher.fetchAhead(block(2), [hash(3)])
    expect(await prefetcher.blobsOfBlock(block(1), [hash(1), hash(2)])).toEqual([
      blob(hash(1)),
      blob(hash(2)),
    ])
    expect(await prefetcher.blobsOfBlock(block(2), [hash(3)])).toEqual([blob(hash(3))])
    expect(asked).toEqual([
      [1n, 2],
      [2n, 1],
    ])
  })

  it('hands out those that the reader wants, in its order', async () => {
    const { prefetcher, asked } = setUp()
    prefetcher.fetchAhead(block(1), [hash(1), hash(2), hash(3)])
    const wanted = [hash(3), hash(1), hash(3)]
    expect(await prefetcher.blobsOfBlock(block(1), wanted)).toEqual(wanted.map(blob))
    expect(asked).toHaveLength(1)
  })

  it('asks when it has not fetched all that is wanted', async () => {
    const { prefetcher, asked } = setUp()
    prefetcher.fetchAhead(block(1), [hash(1)])
    expect(await prefetcher.blobsOfBlock(block(1), [hash(1), hash(9)])).toHaveLength(2)
    expect(await prefetcher.blobsOfBlock(block(7), [hash(7)])).toHaveLength(1)
    expect(asked).toEqual([
      [1n, 1],
      [1n, 2],
      [7n, 1],
    ])
  })

  it('fetches no more ahead than it may hold', async () => {
    const { prefetcher, asked } = setUp(3)
    prefetcher.fetchAhead(block(1), [hash(1), hash(2)])
    prefetcher.fetchAhead(block(2), [hash(3), hash(4)])
    prefetcher.fetchAhead(block(3), [hash(5)])
    expect(asked.map(([number]) => number)).toEqual([1n, 3n])
    await prefetcher.blobsOfBlock(block(1), [hash(1), hash(2)])
    prefetcher.fetchAhead(block(2), [hash(3), hash(4)])
    expect(asked.map(([number]) => number)).toEqual([1n, 3n, 2n])
  })

  it('tries again when the reader wants what could not be fetched ahead', async () => {
    const { prefetcher, state } = setUp()
    state.failures = 1
    prefetcher.fetchAhead(block(1), [hash(1)])
    expect(await prefetcher.blobsOfBlock(block(1), [hash(1)])).toEqual([blob(hash(1))])
  })

  it('shows the error when that fails too', async () => {
    const { prefetcher, state } = setUp()
    state.failures = 2
    prefetcher.fetchAhead(block(1), [hash(1)])
    await expect(prefetcher.blobsOfBlock(block(1), [hash(1)])).rejects.toThrow('down')
  })

  it('lets a reader go that has no time to wait', async () => {
    const { prefetcher } = setUp()
    prefetcher.fetchAhead(block(1), [hash(1)])
    const abort = new AbortController()
    const read = prefetcher.blobsOfBlock(block(1), [hash(1)], abort.signal)
    abort.abort(new Error('enough'))
    await expect(read).rejects.toThrow('enough')
  })

  it('forgets all when the reader begins anew', async () => {
    const { prefetcher, asked, state } = setUp()
    prefetcher.fetchAhead(block(1), [hash(1)])
    prefetcher.restart()
    expect(state.aborted).toBe(1)
    await prefetcher.blobsOfBlock(block(1), [hash(1)])
    expect(asked).toHaveLength(2)
  })
})
