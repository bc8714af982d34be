import { describe, expect, it } from 'vitest'
import type { L2BlockRef } from '../chain/refs.ts'
import { fakeGenesis } from '../testing/fakeEngine.ts'
import { testRollupConfig } from '../testing/rollupConfig.ts'
import type { SealedBlock } from './tasks.ts'
import { UnsafePayloads } from './unsafePayloads.ts'

const genesis = fakeGenesis(testRollupConfig())

function hash(text: string): `0x${string}` {
  return `0x${text.padStart(64, '0')}`
}

/** Block `number` of branch `branch`, on block `number - 1` of the same. */
function block(number: number, branch = 'a', txBytes = 0): SealedBlock {
  const ref = head(number, branch)
  const transactions = txBytes > 0 ? [new Uint8Array(txBytes)] : []
  const executionPayload = { ...genesis.executionPayload, transactions }
  return { envelope: { ...genesis, executionPayload }, ref }
}

function head(number: number, branch = 'a'): L2BlockRef {
  return {
    hash: hash(`${branch}${number}`),
    parentHash: hash(`${branch}${number - 1}`),
    number: BigInt(number),
    timestamp: BigInt(1_000 + 2 * number),
    l1Origin: { hash: hash('1'), number: 1n },
    sequenceNumber: 0n,
  }
}

describe('the queue of unsafe payloads', () => {
  it('hands out the next block and keeps it until the head has moved', () => {
    const queue = new UnsafePayloads()
    queue.add(block(1))
    expect(queue.next(head(0))?.ref).toEqual(head(1))
    expect(queue.next(head(0))?.ref).toEqual(head(1))
    expect(queue.next(head(1))).toBeUndefined()
    expect(queue.length).toBe(0)
  })

  it('puts blocks in order, whatever order they come in', () => {
    const queue = new UnsafePayloads()
    for (const number of [3, 1, 4, 2]) expect(queue.add(block(number))).toBe('added')
    for (const number of [1, 2, 3, 4]) {
      expect(queue.next(head(number - 1))?.ref.number).toBe(BigInt(number))
    }
  })

  it('waits over a gap, and says what is missing', () => {
    const queue = new UnsafePayloads()
    queue.add(block(5))
    expect(queue.next(head(2))).toBeUndefined()
    expect(queue.length).toBe(1)
    expect(queue.gap(head(2))).toEqual({ from: 3n, to: 4n })
    expect(queue.gap(head(4))).toBeUndefined()
  })

  it('drops what is not above the head', () => {
    const queue = new UnsafePayloads()
    for (const number of [1, 2, 3]) queue.add(block(number))
    expect(queue.next(head(2))?.ref.number).toBe(3n)
    expect(queue.length).toBe(1)
  })

  it('drops a block on another parent, and takes its sibling that fits', () => {
    const queue = new UnsafePayloads()
    queue.add(block(3, 'b'))
    queue.add(block(3, 'a'))
    expect(queue.next(head(2, 'a'))?.ref).toEqual(head(3, 'a'))
    expect(queue.length).toBe(1)
  })

  it('takes a block once', () => {
    const queue = new UnsafePayloads()
    expect(queue.add(block(3))).toBe('added')
    expect(queue.add(block(3))).toBe('duplicate')
    expect(queue.length).toBe(1)
  })

  it('gives up the farthest block when memory runs out, never the next one', () => {
    const queue = new UnsafePayloads({ maxBytes: 3_000 })
    for (const number of [2, 9, 5]) queue.add(block(number))
    expect(queue.add(block(3))).toBe('added')
    expect(queue.sizeBytes).toBe(3_000)
    expect(queue.next(head(1))?.ref.number).toBe(2n)
    expect(queue.gap(head(0))).toEqual({ from: 1n, to: 1n })
    expect(queue.add(block(9))).toBe('tooFar')
  })

  it('takes a block again that it gave up before', () => {
    const queue = new UnsafePayloads({ maxBytes: 2_000 })
    for (const number of [1, 2]) queue.add(block(number))
    expect(queue.add(block(3))).toBe('tooFar')
    queue.next(head(1))
    expect(queue.add(block(3))).toBe('added')
  })

  it('counts transactions with their overhead, and refuses what could never fit', () => {
    const queue = new UnsafePayloads({ maxBytes: 2_000 })
    expect(queue.add(block(1, 'a', 976))).toBe('added')
    expect(queue.sizeBytes).toBe(2_000)
    expect(queue.add(block(2, 'a', 977))).toBe('tooLarge')
    queue.next(head(1))
    expect(queue.sizeBytes).toBe(0)
  })

  it('forgets a block that is reported invalid, and goes on with a sibling', () => {
    const queue = new UnsafePayloads()
    queue.add(block(1))
    queue.add({ ...block(1, 'b'), ref: { ...head(1, 'b'), parentHash: hash('a0') } })
    queue.reportInvalid(head(1).hash)
    expect(queue.next(head(0))?.ref.hash).toBe(head(1, 'b').hash)
    queue.reportInvalid(hash('ff'))
    expect(queue.length).toBe(1)
  })
})
