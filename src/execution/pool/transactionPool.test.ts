import { beforeEach, describe, expect, it } from 'vitest'
import type { Address } from '../../base/hex.ts'
import { ManualClock } from '../../testing/manualClock.ts'
import type { SenderAccount } from './senderQueue.ts'
import {
  type AdmittedTransaction,
  defaultPoolOptions,
  type PoolOptions,
  TransactionPool,
} from './transactionPool.ts'

const alice: Address = `0x${'a1'.repeat(20)}`
const bob: Address = `0x${'b0'.repeat(20)}`

let accounts: Map<Address, SenderAccount>
let clock: ManualClock
let pool: TransactionPool
let count: number

const head = () => ({
  account: (address: Address) => accounts.get(address) ?? { nonce: 0n, balance: 0n },
})
const openPool = (options: Partial<PoolOptions> = {}) =>
  new TransactionPool({ ...defaultPoolOptions, ...options }, { clock, head: head() })

function transaction(
  sender: Address,
  nonce: number,
  changes: Partial<AdmittedTransaction> = {},
): AdmittedTransaction {
  return {
    hash: `0x${(++count).toString(16).padStart(64, '0')}`,
    sender,
    nonce: BigInt(nonce),
    maxFeePerGas: 100n,
    maxPriorityFeePerGas: 10n,
    cost: 100n,
    transaction: undefined as never,
    ...changes,
  }
}

const add = (sender: Address, nonce: number, changes?: Partial<AdmittedTransaction>) => {
  const added = transaction(sender, nonce, changes)
  pool.add(added)
  return added.hash
}

const order = (baseFee = 0n) => {
  const selection = pool.select(baseFee)
  const hashes: string[] = []
  for (let next = selection.next(); next !== undefined; next = selection.next()) {
    hashes.push(next.hash)
    selection.include(next)
  }
  return hashes
}

beforeEach(() => {
  count = 0
  clock = new ManualClock(0)
  accounts = new Map([
    [alice, { nonce: 5n, balance: 10_000n }],
    [bob, { nonce: 0n, balance: 10_000n }],
  ])
  pool = openPool()
})

describe('a sender’s nonces', () => {
  it('are pending in a row from the account’s nonce on', () => {
    add(alice, 5)
    add(alice, 6)
    expect(pool.pendingCount).toBe(2)
    expect(pool.nextNonce(alice)).toBe(7n)
  })

  it('wait behind a gap until it is closed', () => {
    const later = add(alice, 7)
    expect([pool.pendingCount, pool.queuedCount]).toEqual([0, 1])
    expect(order()).toEqual([])
    const first = add(alice, 5)
    const second = add(alice, 6)
    expect([pool.pendingCount, pool.queuedCount]).toEqual([3, 0])
    expect(order()).toEqual([first, second, later])
  })

  it('are too low when the chain has passed them', () => {
    expect(() => add(alice, 4)).toThrow('nonce too low: next nonce 5, tx nonce 4')
  })

  it('are announced once each becomes pending', () => {
    const announced: bigint[] = []
    pool.onPending(({ nonce }) => announced.push(nonce))
    add(alice, 6)
    add(alice, 5)
    add(alice, 7)
    expect(announced).toEqual([5n, 6n, 7n])
  })
})

describe('a replacement', () => {
  it('takes the place of the old transaction when both fees rise by a tenth', () => {
    const old = add(alice, 5)
    const replacement = add(alice, 5, { maxFeePerGas: 110n, maxPriorityFeePerGas: 11n })
    expect(pool.get(old)).toBeUndefined()
    expect(order()).toEqual([replacement])
  })

  it.each([
    [109n, 11n],
    [110n, 10n],
  ])('is refused with fee cap %d and tip %d', (maxFeePerGas, maxPriorityFeePerGas) => {
    const old = add(alice, 5)
    expect(() => add(alice, 5, { maxFeePerGas, maxPriorityFeePerGas })).toThrow(
      'replacement transaction underpriced',
    )
    expect(order()).toEqual([old])
  })

  it('is found by a selection that is already under way', () => {
    add(alice, 5)
    const selection = pool.select(0n)
    pool.onPending((pending) => selection.offer(pending))
    const replacement = add(alice, 5, { maxFeePerGas: 200n, maxPriorityFeePerGas: 20n })
    expect(selection.next()?.hash).toBe(replacement)
  })

  it('of the very same transaction is already known', () => {
    const same = transaction(alice, 5)
    pool.add(same)
    expect(() => pool.add(same)).toThrow('already known')
  })
})

describe('funds', () => {
  it('must cover the transaction', () => {
    expect(() => add(alice, 5, { cost: 10_001n })).toThrow(
      'insufficient funds for gas * price + value: balance 10000, tx cost 10001, overshot 1',
    )
  })

  it('must cover all transactions of the sender together', () => {
    add(alice, 5, { cost: 6_000n })
    expect(() => add(alice, 6, { cost: 6_000n })).toThrow(
      'insufficient funds for gas * price + value: balance 10000, queued cost 6000, tx cost 6000, overshot 2000',
    )
  })

  it('count a replaced transaction no more', () => {
    add(alice, 5, { cost: 9_000n })
    add(alice, 5, { cost: 9_500n, maxFeePerGas: 200n, maxPriorityFeePerGas: 20n })
    expect(pool.pendingCount).toBe(1)
  })

  it('that are gone make transactions wait', () => {
    const first = add(alice, 5, { cost: 4_000n })
    add(alice, 6, { cost: 4_000n })
    accounts.set(alice, { nonce: 5n, balance: 5_000n })
    pool.recheck(alice)
    expect([pool.pendingCount, pool.queuedCount]).toEqual([1, 1])
    expect(order()).toEqual([first])
  })
})

describe('the order for a block', () => {
  it('is by tip, then by arrival, each sender’s own by nonce', () => {
    const carol: Address = `0x${'c0'.repeat(20)}`
    accounts.set(carol, { nonce: 0n, balance: 10_000n })
    const aliceLow = add(alice, 5, { maxPriorityFeePerGas: 1n })
    const aliceHigh = add(alice, 6, { maxPriorityFeePerGas: 50n })
    const bobFirst = add(bob, 0)
    const carolSame = add(carol, 0)
    expect(order()).toEqual([bobFirst, carolSame, aliceLow, aliceHigh])
  })

  it('counts what is left of the fee cap above the base fee', () => {
    const capped = add(alice, 5, { maxFeePerGas: 93n, maxPriorityFeePerGas: 50n })
    const open = add(bob, 0, { maxFeePerGas: 200n, maxPriorityFeePerGas: 4n })
    expect(order(90n)).toEqual([open, capped])
    expect(order(0n)).toEqual([capped, open])
  })

  it('leaves out what cannot pay the base fee, and all behind it', () => {
    add(alice, 5, { maxFeePerGas: 9n, maxPriorityFeePerGas: 1n })
    add(alice, 6)
    const payable = add(bob, 0)
    expect(order(10n)).toEqual([payable])
  })

  it('passes over a sender whose transaction does not fit', () => {
    add(alice, 5, { maxPriorityFeePerGas: 90n })
    add(alice, 6, { maxPriorityFeePerGas: 90n })
    const other = add(bob, 0)
    const selection = pool.select(0n)
    selection.skipSender(selection.next()!)
    expect(selection.next()?.hash).toBe(other)
  })

  it('takes in what arrives meanwhile, the next nonce of a known sender too', () => {
    const first = add(alice, 5)
    const selection = pool.select(0n)
    pool.onPending((pending) => selection.offer(pending))
    selection.include(selection.next()!)
    expect(selection.next()).toBeUndefined()
    const next = add(alice, 6)
    const better = add(bob, 0, { maxPriorityFeePerGas: 90n })
    const best = selection.next()!
    expect(best.hash).toBe(better)
    selection.include(best)
    expect(selection.next()?.hash).toBe(next)
    expect(first).not.toBe(next)
  })
})

describe('while one transaction is being executed', () => {
  it('a better one may arrive without being lost', () => {
    add(alice, 5)
    const selection = pool.select(0n)
    pool.onPending((pending) => selection.offer(pending))
    const executing = selection.next()!
    const better = add(bob, 0, { maxPriorityFeePerGas: 90n })
    selection.include(executing)
    expect(selection.next()?.hash).toBe(better)
  })

  it('its replacement comes too late for this block', () => {
    add(alice, 5)
    const selection = pool.select(0n)
    pool.onPending((pending) => selection.offer(pending))
    const executing = selection.next()!
    add(alice, 5, { maxFeePerGas: 200n, maxPriorityFeePerGas: 20n })
    selection.include(executing)
    expect(selection.next()).toBeUndefined()
  })
})

describe('a new head', () => {
  it('removes what was included', () => {
    add(alice, 5)
    const waiting = add(alice, 6)
    accounts.set(alice, { nonce: 6n, balance: 9_900n })
    pool.moveTo(head(), [alice])
    expect(pool.pendingCount).toBe(1)
    expect(order()).toEqual([waiting])
  })

  it('that takes an account back makes its transactions wait again', () => {
    add(alice, 5)
    accounts.set(alice, { nonce: 4n, balance: 10_000n })
    pool.moveTo(head(), [alice])
    expect([pool.pendingCount, pool.queuedCount]).toEqual([0, 1])
    add(alice, 4)
    expect(pool.pendingCount).toBe(2)
  })

  it('drops what has waited too long, and keeps what is pending', () => {
    const pending = add(bob, 0)
    const queued = add(alice, 9)
    clock.set(defaultPoolOptions.queuedLifetimeMs + 1)
    pool.moveTo(head(), [])
    expect(pool.get(queued)).toBeUndefined()
    expect(pool.get(pending)?.hash).toBe(pending)
  })
})

describe('a full pool', () => {
  it('drops the lowest tip for a higher one', () => {
    pool = openPool({ maxTransactions: 2 })
    const cheap = add(alice, 5, { maxPriorityFeePerGas: 1n })
    const middle = add(alice, 6, { maxPriorityFeePerGas: 5n })
    const dear = add(bob, 0, { maxPriorityFeePerGas: 6n })
    expect(pool.get(cheap)).toBeUndefined()
    expect(pool.get(dear)).toBeDefined()
    // Its sender's later transaction now waits for that nonce.
    expect(order()).toEqual([dear])
    expect(pool.get(middle)).toBeDefined()
  })

  it('refuses what offers no more than the lowest', () => {
    pool = openPool({ maxTransactions: 1 })
    add(alice, 5)
    expect(() => add(bob, 0)).toThrow('txpool is full')
  })

  it('bounds one sender, and what waits for a nonce', () => {
    pool = openPool({ maxPerSender: 2, maxQueued: 1 })
    add(alice, 5)
    add(alice, 6)
    expect(() => add(alice, 7)).toThrow('account limit exceeded: pooled 2 txs')
    add(bob, 2)
    expect(() => add(bob, 3)).toThrow('txpool is full')
  })
})
