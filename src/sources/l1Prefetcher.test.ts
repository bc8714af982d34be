import { describe, expect, it } from 'vitest'
import { ChainError } from '../base/errors.ts'
import type { L1Block } from '../derive/providers.ts'
import { DataL1 } from '../testing/dataL1.ts'
import { settle } from '../testing/manualClock.ts'
import type { L1BlockWithTransactions } from './l1Client.ts'
import { L1Prefetcher, type PrefetchSource } from './l1Prefetcher.ts'

/** An L1 that answers in a while, and counts what it is asked. */
class SlowL1 extends DataL1 implements PrefetchSource {
  readonly asked: bigint[] = []
  readonly aborted: bigint[] = []
  inFlight = 0
  mostInFlight = 0

  async blockWithTransactions(
    number: bigint,
    signal?: AbortSignal,
  ): Promise<L1BlockWithTransactions | undefined> {
    this.asked.push(number)
    this.inFlight++
    this.mostInFlight = Math.max(this.mostInFlight, this.inFlight)
    signal?.addEventListener('abort', () => this.aborted.push(number), { once: true })
    await settle()
    this.inFlight--
    if (this.failures > 0) {
      this.failures--
      throw new ChainError('temporary', 'L1_UNREACHABLE', 'the L1 of the test is down')
    }
    const known = number <= this.head.number ? this.at(number) : undefined
    if (known === undefined) return undefined
    const block = (await super.blockByHash(known.hash))!
    return { block, transactions: (await super.transactionsByHash(known.hash))! }
  }
}

function setUp(length: number, windowBlocks = 8, maxBytes = 1_000_000) {
  const l1 = new SlowL1({ genesisTime: 0n, blockTime: 12n })
  for (let i = 0; i < length; i++) l1.mine({ transactions: [new Uint8Array(100)] })
  const receiptsWanted: bigint[] = []
  const prefetcher = new L1Prefetcher(
    { windowBlocks, maxBytes },
    {
      l1,
      needsReceipts: ({ ref }: L1Block) => {
        receiptsWanted.push(ref.number)
        return ref.number % 2n === 0n
      },
    },
  )
  return { l1, prefetcher, receiptsWanted }
}

async function read(prefetcher: L1Prefetcher, from: bigint, to: bigint): Promise<void> {
  for (let number = from; number <= to; number++) {
    const block = await prefetcher.blockRefByNumber(number)
    await prefetcher.transactionsByHash(block!.hash)
  }
}

describe('the L1 prefetcher', () => {
  it('asks for each block once, transactions included', async () => {
    const { l1, prefetcher } = setUp(30)
    prefetcher.setHorizon(l1.head.number)
    await read(prefetcher, 0n, 30n)
    expect(l1.asked).toEqual(Array.from({ length: 31 }, (_, n) => BigInt(n)))
    expect(l1.calls.get('transactionsByHash')).toBe(31)
    expect(l1.calls.get('blockRefByNumber')).toBeUndefined()
  })

  it('has several blocks on their way, but no more than its window', async () => {
    const { l1, prefetcher } = setUp(30)
    prefetcher.setHorizon(l1.head.number)
    await read(prefetcher, 0n, 0n)
    expect(prefetcher.aheadBlocks).toBe(8)
    await read(prefetcher, 1n, 30n)
    expect(l1.mostInFlight).toBeGreaterThan(4)
    expect(l1.mostInFlight).toBeLessThanOrEqual(8)
    expect(prefetcher.aheadBlocks).toBe(0)
  })

  it('stops while too many bytes wait for the reader', async () => {
    const { l1, prefetcher } = setUp(30, 8, 250)
    prefetcher.setHorizon(l1.head.number)
    await read(prefetcher, 0n, 1n)
    for (let i = 0; i < 5; i++) await settle()
    const { aheadBlocks } = prefetcher
    await read(prefetcher, 2n, 3n)
    expect(prefetcher.aheadBlocks).toBeLessThanOrEqual(aheadBlocks)
    await read(prefetcher, 4n, 30n)
    expect(l1.asked).toHaveLength(31)
  })

  it('asks for nothing beyond the horizon', async () => {
    const { l1, prefetcher } = setUp(3)
    prefetcher.setHorizon(l1.head.number)
    await read(prefetcher, 0n, 3n)
    expect(await prefetcher.blockRefByNumber(4n)).toBeUndefined()
    expect(l1.asked).toHaveLength(4)
    l1.mine()
    prefetcher.setHorizon(l1.head.number)
    expect(await prefetcher.blockRefByNumber(4n)).toEqual(l1.head)
    expect(l1.asked).toHaveLength(5)
  })

  it('asks for several blocks at a time, but for what is left at the horizon at once', async () => {
    const { l1, prefetcher } = setUp(30)
    prefetcher.setHorizon(11n)
    const newest = async (read: bigint) => {
      await prefetcher.blockRefByNumber(read)
      return l1.asked.at(-1)
    }
    expect(await newest(0n)).toBe(8n)
    expect(await newest(1n)).toBe(8n)
    expect(await newest(2n)).toBe(10n)
    expect(await newest(3n)).toBe(11n)
    prefetcher.setHorizon(12n)
    expect(l1.asked.at(-1)).toBe(11n)
    expect(await newest(4n)).toBe(12n)
  })

  it('waits for receipts that are on their way instead of asking for them again', async () => {
    const { l1, prefetcher } = setUp(3)
    const wanted = l1.at(2n).hash
    const begun: string[] = []
    const arrived = Promise.withResolvers<void>()
    l1.receiptsByHash = async (hash) => {
      if (hash === wanted) begun.push(hash)
      await arrived.promise
      return []
    }
    prefetcher.setHorizon(3n)
    await read(prefetcher, 0n, 2n)
    const receipts = prefetcher.receiptsByHash(wanted)
    const gone = new AbortController()
    const impatient = prefetcher.receiptsByHash(wanted, gone.signal)
    gone.abort(new Error('gone'))
    await expect(impatient).rejects.toThrow('gone')
    expect(begun).toHaveLength(1)
    arrived.resolve()
    expect(await receipts).toEqual([])
    // The source has them now, and gives them without a request.
    expect(begun).toHaveLength(2)
  })

  it('asks anew for receipts that could not be fetched ahead', async () => {
    const { l1, prefetcher } = setUp(3)
    let failures = 1
    l1.receiptsByHash = async () => {
      await settle()
      if (failures-- > 0) throw new ChainError('temporary', 'L1_UNREACHABLE', 'down')
      return []
    }
    prefetcher.setHorizon(3n)
    await read(prefetcher, 0n, 2n)
    expect(await prefetcher.receiptsByHash(l1.at(2n).hash)).toEqual([])
  })

  it('fetches the receipts ahead that will be read, and no others', async () => {
    const { l1, prefetcher } = setUp(6)
    prefetcher.setHorizon(l1.head.number)
    await read(prefetcher, 0n, 6n)
    expect(l1.calls.get('receiptsByHash')).toBe(3)
  })

  it('fetches anew what no longer follows: L1 was reorganised', async () => {
    const { l1, prefetcher } = setUp(20)
    prefetcher.setHorizon(l1.head.number)
    await read(prefetcher, 0n, 5n)
    for (let i = 0; i < 3; i++) await settle()
    l1.rewind(18)
    l1.mineMany(20)
    prefetcher.setHorizon(l1.head.number)
    // The reader finds that block 6 does not follow, goes back, and reads the new branch.
    const stale = await prefetcher.blockRefByNumber(6n)
    expect(stale).not.toEqual(l1.at(6n))
    prefetcher.restart()
    for (let number = 2n; number <= 22n; number++) {
      expect(await prefetcher.blockRefByNumber(number)).toEqual(l1.at(number))
    }
  })

  it('notices itself when what it has does not follow what it gave', async () => {
    const { l1, prefetcher } = setUp(20, 2)
    prefetcher.setHorizon(l1.head.number)
    await read(prefetcher, 0n, 5n)
    for (let i = 0; i < 3; i++) await settle()
    l1.rewind(14)
    l1.mineMany(20)
    // 6 and 7 were fetched before the reorg, 8 after it.
    await read(prefetcher, 6n, 7n)
    await settle()
    const before = l1.asked.length
    expect(await prefetcher.blockRefByNumber(8n)).toEqual(l1.at(8n))
    expect(l1.asked.slice(before)).toContain(8n)
  })

  it('breaks off what it fetched ahead when the reader jumps', async () => {
    const { l1, prefetcher } = setUp(30)
    prefetcher.setHorizon(l1.head.number)
    await read(prefetcher, 0n, 0n)
    await read(prefetcher, 20n, 20n)
    expect(l1.aborted).toEqual([1n, 2n, 3n, 4n, 5n, 6n, 7n, 8n])
  })

  it('tries a block again that could not be fetched ahead, and shows the error if that fails too', async () => {
    const { l1, prefetcher } = setUp(10, 1)
    prefetcher.setHorizon(l1.head.number)
    l1.failures = 0
    await read(prefetcher, 0n, 0n)
    l1.failures = 1
    await settle()
    await read(prefetcher, 1n, 1n)
    l1.failures = 2
    await settle()
    await expect(prefetcher.blockRefByNumber(2n)).rejects.toMatchObject({ severity: 'temporary' })
    await read(prefetcher, 2n, 10n)
  })

  it('does not start over when the reader asks for the same block again', async () => {
    const { l1, prefetcher } = setUp(10)
    prefetcher.setHorizon(l1.head.number)
    await read(prefetcher, 0n, 5n)
    await read(prefetcher, 5n, 10n)
    expect(l1.asked).toHaveLength(11)
  })

  it('asks when it is asked while the horizon is not known', async () => {
    const { l1, prefetcher } = setUp(3)
    await read(prefetcher, 0n, 3n)
    expect(await prefetcher.blockRefByNumber(4n)).toBeUndefined()
    expect(l1.asked).toEqual([0n, 1n, 2n, 3n, 4n])
  })
})
