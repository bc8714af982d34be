import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { nextTurn } from '../../runtime/nextTurn.ts'
import { Turnstile } from '../../runtime/turnstile.ts'
import { openTestChain, type TestChain } from '../../testing/executionChain.ts'
import { tickingClock } from '../../testing/tickingClock.ts'
import { feeMethods } from './feeMethods.ts'

let chain: TestChain
beforeEach(async () => {
  chain = await openTestChain()
})
afterEach(() => chain.stack.close())

const history = (...params: unknown[]) => {
  const turns = new Turnstile(2, tickingClock())
  const methods = feeMethods({ ...chain.stack, turns } as never)
  return methods['eth_feeHistory']!(params, {} as never) as Promise<{ reward?: string[][] }>
}

describe('the history of fees', () => {
  it('lets others have their turn while it reads blocks', async () => {
    for (let block = 0; block < 20; block++) await chain.extend()
    let rounds = 0
    let isRunning = true
    const others = (async () => {
      for (; isRunning; rounds++) await nextTurn()
    })()
    await history('0x15', 'latest', [50])
    isRunning = false
    await others
    expect(rounds).toBeGreaterThan(5)
  })

  it('tells what was paid at each percentile, when it is asked for', async () => {
    await chain.transfer(0, 0)
    await chain.extend()
    expect((await history('0x1', 'latest', [10, 90])).reward).toEqual([['0xf4240', '0xf4240']])
    expect((await history('0x1', 'latest', [])).reward).toBeUndefined()
    expect((await history('0x1', 'latest')).reward).toBeUndefined()
  })
})
