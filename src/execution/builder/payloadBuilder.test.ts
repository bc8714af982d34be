import { afterEach, describe, expect, it } from 'vitest'
import { zeroHash } from '../../base/hex.ts'
import { nextTurn } from '../../runtime/nextTurn.ts'
import {
  openTestChain,
  signedTransfer,
  type TestChain,
  testAccounts,
  testGenesis,
} from '../../testing/executionChain.ts'
import { tickingClock } from '../../testing/tickingClock.ts'

let chain: TestChain
afterEach(() => chain.stack.close())

const begin = async (changes: Parameters<TestChain['attributes']>[1] = {}) => {
  const { hash } = chain.stack.chain.heads.head
  const { payloadId } = await chain.stack.engine.forkchoiceUpdated(
    { headBlockHash: hash, safeBlockHash: zeroHash, finalizedBlockHash: zeroHash },
    chain.attributes(hash, changes),
  )
  return payloadId!
}
const seal = async (id: `0x${string}`) => (await chain.stack.engine.getPayload(id)).executionPayload
const turns = async (count: number) => {
  for (let i = 0; i < count; i++) await nextTurn()
}

describe('a block in the making', () => {
  it('takes in what arrives while it is built', async () => {
    chain = await openTestChain()
    const id = await begin()
    for (const nonce of [0, 1]) {
      await chain.stack.builder.filled()
      await chain.transfer(0, nonce)
    }
    await chain.stack.builder.filled()
    expect((await seal(id)).transactions).toHaveLength(2)
  })

  it('says when it holds all that the pool has', async () => {
    chain = await openTestChain({ builder: { stepBudgetMs: 1 } })
    for (let nonce = 0; nonce < 300; nonce++) await chain.transfer(0, nonce)
    const id = await begin()
    await chain.stack.builder.filled()
    await chain.transfer(0, 300)
    await chain.stack.builder.filled()
    expect((await seal(id)).transactions).toHaveLength(301)
    await chain.stack.builder.filled()
  })

  it('is ready at once, without the pool where there was no time for it', async () => {
    chain = await openTestChain()
    await chain.transfer(0, 0)
    const { transactions } = await seal(await begin())
    expect(transactions.length).toBeLessThanOrEqual(1)
  })

  it('can be taken in the middle of filling', async () => {
    chain = await openTestChain({ clock: tickingClock(), builder: { stepBudgetMs: 1 } })
    for (let nonce = 0; nonce < 30; nonce++) await chain.transfer(0, nonce)
    const id = await begin()
    await turns(10)
    const { transactions } = await seal(id)
    expect(transactions.length).toBeGreaterThan(0)
    expect(transactions.length).toBeLessThan(30)
  })

  it('lets the event loop run while it fills', async () => {
    chain = await openTestChain({ clock: tickingClock(), builder: { stepBudgetMs: 1 } })
    for (let nonce = 0; nonce < 30; nonce++) await chain.transfer(1, nonce)
    const id = await begin()
    let rounds = 0
    for (; chain.stack.builder.job(id)!.isFilling; rounds++) await nextTurn()
    expect((await seal(id)).transactions).toHaveLength(30)
    expect(rounds).toBeGreaterThanOrEqual(30)
  })

  it('ends when the gas is used up, and takes smaller transactions into what is left', async () => {
    chain = await openTestChain()
    await chain.transfer(0, 0, { maxPriorityFeePerGas: 10n ** 9n })
    await chain.transfer(1, 0, { gas: 80_000n, maxPriorityFeePerGas: 10n ** 8n })
    await chain.transfer(2, 0)
    const { executionPayload } = await chain.build(chain.stack.chain.genesis.hash, {
      gasLimit: 90_000n,
    })
    expect(executionPayload.transactions).toEqual([
      await signedTransfer(0, 0, { maxPriorityFeePerGas: 10n ** 9n }),
      await signedTransfer(2, 0),
    ])
  })

  it('stays below the DA footprint that its gas limit allows', async () => {
    chain = await openTestChain()
    // At least 100 bytes by the estimate, times the scalar of 400: 40,000 each.
    for (let nonce = 0; nonce < 4; nonce++) await chain.transfer(0, nonce)
    const { executionPayload } = await chain.build(chain.stack.chain.genesis.hash, {
      gasLimit: 100_000n,
    })
    expect(executionPayload.transactions).toHaveLength(2)
    expect(executionPayload.blobGasUsed).toBe(80_000n)
  })

  it('gives up growing at its deadline, but can still be sealed', async () => {
    chain = await openTestChain({ builder: { deadlineMs: 0 } })
    await chain.transfer(0, 0)
    const id = await begin()
    await turns(5)
    expect((await seal(id)).transactions).toEqual([])
  })

  it('passes over a transaction that has become invalid, and goes on', async () => {
    chain = await openTestChain()
    await chain.transfer(0, 0)
    await chain.transfer(1, 0)
    const forced = await signedTransfer(0, 0, { value: 5n })
    const { executionPayload } = await chain.build(chain.stack.chain.genesis.hash, {
      transactions: [forced],
    })
    expect(executionPayload.transactions).toEqual([forced, await signedTransfer(1, 0)])
  })
})

describe('the limits of a batcher', () => {
  it('keep out transactions that are too large', async () => {
    chain = await openTestChain()
    const random = testAccounts.map(({ publicKey }) => publicKey.slice(2)).join('')
    await chain.transfer(0, 0, { data: `0x${random}`, gas: 60_000n })
    const small = await chain.transfer(1, 0)
    chain.stack.builder.setDaLimits({ maxTransactionBytes: 150n, maxBlockBytes: undefined })
    await chain.extend()
    expect(chain.stack.chain.transactionPlace(small)).toBeDefined()
    expect(chain.stack.pool.pool.pendingCount).toBe(1)
  })

  it('bound the block, but not what the attributes dictate', async () => {
    chain = await openTestChain()
    chain.stack.builder.setDaLimits({ maxTransactionBytes: undefined, maxBlockBytes: 250n })
    for (const sender of [1, 2, 3]) await chain.transfer(sender, 0)
    const forced = await signedTransfer(0, 0)
    const { executionPayload } = await chain.extend({ transactions: [forced] })
    expect(executionPayload.transactions).toHaveLength(2)
    chain.stack.builder.setDaLimits({ maxTransactionBytes: undefined, maxBlockBytes: undefined })
    expect((await chain.extend()).executionPayload.transactions).toHaveLength(2)
  })
})

describe('jobs', () => {
  it('are forgotten when there are many newer ones', async () => {
    chain = await openTestChain({ builder: { maxJobs: 2 } })
    const first = await begin()
    await begin({ gasLimit: 1_000_000n })
    await begin({ gasLimit: 2_000_000n })
    await expect(chain.stack.engine.getPayload(first)).rejects.toMatchObject({ rpcCode: -38001 })
  })

  it('stop growing when a newer one begins', async () => {
    chain = await openTestChain()
    const older = await begin()
    await begin({ gasLimit: 1_000_000n })
    await chain.transfer(0, 0)
    await turns(5)
    expect((await seal(older)).transactions).toEqual([])
  })
})

describe('the blocks of earlier forks', () => {
  it.each(['isthmus', 'jovian', 'karst'] as const)('can be built under %s', async (fork) => {
    chain = await openTestChain({ genesis: testGenesis({ fork }) })
    await chain.transfer(0, 0)
    const minBaseFee = fork === 'isthmus' ? undefined : 0n
    const { executionPayload } = await chain.extend({ minBaseFee })
    expect(executionPayload.transactions).toHaveLength(1)
    expect(executionPayload.extraData).toHaveLength(fork === 'isthmus' ? 9 : 17)
  })
})
