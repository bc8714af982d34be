import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Clock } from '../../runtime/clock.ts'
import { nextTurn } from '../../runtime/nextTurn.ts'
import { Turnstile } from '../../runtime/turnstile.ts'
import { openTestChain, type TestChain, testAccounts } from '../../testing/executionChain.ts'
import { tickingClock } from '../../testing/tickingClock.ts'
import { callMethods } from './callMethods.ts'

let chain: TestChain
beforeEach(async () => {
  chain = await openTestChain()
})
afterEach(() => chain.stack.close())

const contract = `0x${'aa'.repeat(20)}`

const methodsWith = (clock: Clock) =>
  callMethods({ ...chain.stack, clock, turns: new Turnstile(2, clock) } as never)
const ask = (method: string, code: string, clock = tickingClock(1), request: object = {}) =>
  methodsWith(clock)[method]!(
    [{ to: contract, gas: '0x7a1200', ...request }, 'latest', { [contract]: { code } }],
    {} as never,
  )

describe('a call that takes long', () => {
  it.each([
    ['in a loop', '0x5b600056'],
    // Without a jump: identity(0, 0, 0, 0), again and again.
    ['in calls', `0x${'600060006000600060045afa50'.repeat(1000)}`],
  ])('lets others have their turn: %s', async (_, code) => {
    let rounds = 0
    let isRunning = true
    const others = (async () => {
      for (; isRunning; rounds++) await nextTurn()
    })()
    await ask('eth_call', code, tickingClock(0.5)).catch(() => {})
    isRunning = false
    await others
    expect(rounds).toBeGreaterThan(50)
  })

  it.each(['eth_call', 'eth_estimateGas', 'eth_createAccessList'])(
    'is given up after five seconds: %s',
    async (method) => {
      await expect(ask(method, '0x5b600056', tickingClock(100))).rejects.toMatchObject({
        rpcCode: -32000,
        shortMessage: 'execution aborted (timeout = 5s)',
      })
    },
  )

  it('does not spoil the ones after it', async () => {
    await ask('eth_call', '0x5b600056', tickingClock(100)).catch(() => {})
    // PUSH1 7, MSTORE, RETURN
    expect(await ask('eth_call', '0x600760005260206000f3')).toBe(`0x${'7'.padStart(64, '0')}`)
  })
})

describe('an access list', () => {
  const listOf = async (request: object) => {
    const methods = methodsWith(tickingClock(1))
    const result = await methods['eth_createAccessList']!([request, 'latest'], {} as never)
    return (result as { accessList: unknown[] }).accessList
  }

  it('leaves out the contract that the transaction creates', async () => {
    const from = testAccounts[0]!.address
    expect(await listOf({ from, data: '0x600160005500' })).toMatchObject([
      { storageKeys: [`0x${'0'.repeat(64)}`] },
    ])
    expect(await listOf({ from, data: '0x00' })).toEqual([])
  })
})
