import { beforeEach, expect, test } from 'vitest'
import { silentLogger } from '../runtime/logger.ts'
import { FakeTxPool } from '../testing/fakeTxPool.ts'
import { ManualClock } from '../testing/manualClock.ts'
import { txManagerOn } from '../testing/txSending.ts'
import { assertCanPay, awaitFunds, type Expense } from './funds.ts'
import type { TxManagerOptions } from './options.ts'

const gwei = 1_000_000_000n
const expense: Expense = {
  service: 'batcher',
  what: 'one submission',
  cost: ({ baseFee, tip }) => 21_000n * (baseFee + tip),
}

let clock: ManualClock
let l1: FakeTxPool

beforeEach(() => {
  clock = new ManualClock(1_000_000)
  l1 = new FakeTxPool()
})

test('an account that has just enough can pay', async () => {
  l1.funds = 21_000n * 11n * gwei
  await assertCanPay(expense, account())
})

test('one that has a wei less cannot, and is named', async () => {
  l1.funds = 21_000n * 11n * gwei - 1n
  await expect(assertCanPay(expense, account())).rejects.toMatchObject({
    code: 'BATCHER_UNFUNDED',
    exitCode: 10,
    context: { address: account().address, balance: l1.funds, cost: l1.funds + 1n },
  })
})

test('while L1 is too dear to send anything, nothing is to be paid', async () => {
  l1.funds = 0n
  await assertCanPay(expense, account({ maxBaseFeeWei: 5n * gwei }))
})

test('funds are waited for, also through times when L1 does not answer', async () => {
  l1.funds = 0n
  let isFunded = false
  const { signal } = new AbortController()
  const check = (signal: AbortSignal) => assertCanPay(expense, account(), signal)
  const deps = { clock, logger: silentLogger }
  const waiting = awaitFunds(check, { pollIntervalMs: 1_000 }, deps, signal).then(() => {
    isFunded = true
  })
  await clock.advance(2_000)
  l1.mood = 'limiting'
  await clock.advance(2_000)
  l1.mood = 'well'
  expect(isFunded).toBe(false)
  l1.funds = 10n ** 18n
  await clock.advance(1_000)
  await waiting
})

test('the wait ends with its signal', async () => {
  const stop = new AbortController()
  const never = () => assertCanPay({ ...expense, cost: () => 10n ** 30n }, account())
  const deps = { clock, logger: silentLogger }
  const waiting = awaitFunds(never, { pollIntervalMs: 1_000 }, deps, stop.signal)
  await clock.advance(1_000)
  stop.abort(new Error('enough'))
  await expect(waiting).rejects.toThrow('enough')
  expect(clock.sleeping).toBe(0)
})

function account(options: Partial<TxManagerOptions> = {}) {
  return txManagerOn(l1, { clock }, options)
}
