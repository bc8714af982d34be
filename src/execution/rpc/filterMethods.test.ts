import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { nextTurn } from '../../runtime/nextTurn.ts'
import { Turnstile } from '../../runtime/turnstile.ts'
import { openTestChain, type TestChain } from '../../testing/executionChain.ts'
import { ManualClock } from '../../testing/manualClock.ts'
import { tickingClock } from '../../testing/tickingClock.ts'
import { filterMethods } from './filterMethods.ts'
import { defaultFilterOptions, FilterRegistry } from './filters.ts'

let chain: TestChain
let ask: (method: string, ...params: unknown[]) => Promise<unknown>
beforeEach(async () => {
  chain = await openTestChain()
  const filters = new FilterRegistry(defaultFilterOptions, { clock: new ManualClock(0) })
  const turns = new Turnstile(2, tickingClock())
  const methods = filterMethods({ ...chain.stack, turns } as never, filters)
  ask = async (method, ...params) => methods[method]!(params, {} as never)
})
afterEach(() => chain.stack.close())

describe('the blocks of a query', () => {
  it('may end far beyond the head', async () => {
    expect(await ask('eth_getLogs', { fromBlock: '0x0', toBlock: '0xffffffff' })).toEqual([])
  })

  it('may be many: others have their turn in between', async () => {
    for (let i = 0; i < 20; i++) await chain.extend()
    let rounds = 0
    let isRunning = true
    const others = (async () => {
      for (; isRunning; rounds++) await nextTurn()
    })()
    await ask('eth_getLogs', { fromBlock: '0x0', toBlock: '0x14' })
    isRunning = false
    await others
    expect(rounds).toBeGreaterThan(10)
  })

  it('must not end before they begin', async () => {
    await expect(ask('eth_getLogs', { fromBlock: '0x2', toBlock: '0x1' })).rejects.toThrow(
      'invalid block range params',
    )
  })
})

describe('a filter that is not there', () => {
  it.each(['0x1', `0x${'1'.repeat(32)}`])('is not found: %s', async (id) => {
    await expect(ask('eth_getFilterChanges', id)).rejects.toMatchObject({ rpcCode: -32000 })
    expect(await ask('eth_uninstallFilter', id)).toBe(false)
  })

  it('cannot have an id that is none', async () => {
    await expect(ask('eth_getFilterChanges', 'one')).rejects.toMatchObject({ rpcCode: -32602 })
  })
})
