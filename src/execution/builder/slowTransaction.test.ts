import { afterEach, describe, expect, it } from 'vitest'
import { type Address, type Hash, zeroHash } from '../../base/hex.ts'
import type { Clock } from '../../runtime/clock.ts'
import { nextTurn } from '../../runtime/nextTurn.ts'
import { openTestChain, type TestChain, testGenesis } from '../../testing/executionChain.ts'
import { tickingClock } from '../../testing/tickingClock.ts'

const looper: Address = `0x${'c1'.repeat(20)}`
const caller: Address = `0x${'c2'.repeat(20)}`
const multiplier: Address = `0x${'c3'.repeat(20)}`
const alloc = {
  // Jumps until its gas is gone.
  [looper]: { balance: '0x0', code: '0x5b600056' },
  // Writes a slot and sends a wei on its way into the loop.
  [caller]: {
    balance: '0x10',
    code: `0x600160005560006000600060006001${`73${'c1'.repeat(20)}`}5af1`,
  },
  // Multiplies as many points of BLS12-381 at once as the precompile takes.
  [multiplier]: { balance: '0x0', code: '0x5f5f620468c05f5f600c5af1' },
}

const opened: TestChain[] = []
afterEach(() => Promise.all(opened.splice(0).map(({ stack }) => stack.close())))

const open = async (clock: Clock = tickingClock()) => {
  const chain = await openTestChain({ genesis: testGenesis({ alloc }), clock })
  opened.push(chain)
  return chain
}
const slow = { to: caller, gas: 16_000_000n, maxPriorityFeePerGas: 10n ** 9n }

/** Begins a block, lets something happen while it grows, and takes it. */
const buildWhile = async ({ stack, attributes }: TestChain, happen = () => {}) => {
  const { hash } = stack.chain.heads.head
  const state = { headBlockHash: hash, safeBlockHash: zeroHash, finalizedBlockHash: zeroHash }
  const { payloadId } = await stack.engine.forkchoiceUpdated(state, attributes(hash))
  // By then the first transaction is being executed.
  for (let turn = 0; turn < 5; turn++) await nextTurn()
  happen()
  return (await stack.engine.getPayload(payloadId!)).executionPayload
}

it.each([
  ['A long loop', caller],
  ['A long precompile', multiplier],
])('%s does not hold up the block, and leaves no trace in it', async (_, to) => {
  const [chain, other] = [await open(), await open()]
  await chain.transfer(0, 0, { ...slow, to })
  // It would take hundreds of turns.
  const block = await buildWhile(chain)
  expect(block.blockHash).toBe((await other.extend()).executionPayload.blockHash)
})

describe('a transaction that never gets done', () => {
  let skippedMs = 0
  // What execution takes by itself is little beside what is skipped.
  const ticks = tickingClock(0.01)
  const clock: Clock = { ...ticks, now: () => ticks.now() + skippedMs }
  const skip = (durationMs: number) => () => {
    skippedMs += durationMs
  }

  it('is tried again in the next block, until it has cost a second', async () => {
    const chain = await open(clock)
    const hash: Hash = await chain.transfer(0, 0, slow)
    const { pool } = chain.stack.pool
    await buildWhile(chain, skip(600))
    expect(pool.get(hash)).toBeDefined()
    await chain.extend()
    await buildWhile(chain, skip(600))
    expect(pool.get(hash)).toBeUndefined()
  })

  it('stays as long as blocks are too short for it', async () => {
    const chain = await open(clock)
    const hash: Hash = await chain.transfer(0, 0, slow)
    for (let block = 0; block < 25; block++) {
      await buildWhile(chain, skip(45))
      await chain.extend()
    }
    expect(chain.stack.pool.pool.get(hash)).toBeDefined()
  })
})
