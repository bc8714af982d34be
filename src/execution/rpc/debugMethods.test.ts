import { expect, it } from 'vitest'
import { openTestChain, testGenesis } from '../../testing/executionChain.ts'
import { genesisFromJson } from '../genesisJson.ts'
import { debugMethods } from './debugMethods.ts'

it('tells the chain config as a genesis.json has it', async () => {
  const genesis = testGenesis({ fork: 'jovian' }) as object
  await using chain = await openTestChain({ genesis })
  const told = await debugMethods(chain.stack as never)['debug_chainConfig']!([], {} as never)
  const json = JSON.parse(JSON.stringify(told))
  expect(genesisFromJson({ ...genesis, config: json }).chain).toEqual(chain.stack.config)
})
