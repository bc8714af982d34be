import { afterEach, expect, it } from 'vitest'
import {
  openTestChain,
  type TestChain,
  testGenesis,
  testGenesisTime,
} from '../../testing/executionChain.ts'
import { ManualClock } from '../../testing/manualClock.ts'
import { configMethods } from './configMethods.ts'

let chain: TestChain
afterEach(() => chain.stack.close())

const configAt = async (seconds: bigint, karstTime: bigint) => {
  const genesis = testGenesis({ fork: 'jovian' }) as { config: object }
  const config = { ...genesis.config, karstTime: Number(karstTime) }
  chain = await openTestChain({ genesis: { ...genesis, config } })
  const clock = new ManualClock(Number(seconds) * 1000)
  const { stack } = chain
  const methods = configMethods({ ...stack, clock } as never)
  return methods['eth_config']!([], {} as never) as Promise<
    Record<'current' | 'next' | 'last', Record<string, object>>
  >
}

it('describes what is in force, and what comes next', async () => {
  const karst = testGenesisTime + 100n
  const { current, next, last } = await configAt(testGenesisTime + 1n, karst)
  expect(current).toMatchObject({ activationTime: Number(testGenesisTime), chainId: '0x385' })
  expect(next).toMatchObject({ activationTime: Number(karst) })
  expect(last).toEqual(next)
  expect(current['forkId']).not.toBe(next['forkId'])
  expect(current['precompiles']).toMatchObject({
    P256VERIFY: '0x0000000000000000000000000000000000000100',
  })
  expect(Object.keys(current['systemContracts']!)).toEqual([
    'BEACON_ROOTS_ADDRESS',
    'HISTORY_STORAGE_ADDRESS',
  ])
})

it('has nothing to come once the last fork is active', async () => {
  const { current, next, last } = await configAt(testGenesisTime + 200n, testGenesisTime + 100n)
  expect(current).toMatchObject({ activationTime: Number(testGenesisTime + 100n) })
  expect([next, last]).toEqual([null, null])
})

it('is not there on chains that do not schedule Karst', async () => {
  chain = await openTestChain({ genesis: testGenesis({ fork: 'jovian' }) })
  const { stack } = chain
  expect(configMethods({ ...stack, clock: new ManualClock() } as never)).toEqual({})
})
