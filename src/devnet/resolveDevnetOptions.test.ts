import { expect, test } from 'vitest'
import type { Fork } from '../chain/forks.ts'
import { type DevnetOptions, defaultDevnetOptions, type ProposalKind } from './options.ts'
import { resolveDevnetOptions } from './resolveDevnetOptions.ts'

test('what is not given has its default', () => {
  expect(resolveDevnetOptions({ blockTime: undefined as unknown as number })).toEqual(
    defaultDevnetOptions,
  )
  expect(resolveDevnetOptions({ blockTime: 1 })).toEqual({ ...defaultDevnetOptions, blockTime: 1 })
})

test.each<[Partial<DevnetOptions>, string]>([
  [{ blockTime: 0 }, 'blockTime: 0 is not a whole number from 1 to 60'],
  [{ blockTime: 2, l1BlockTime: 1 }, 'l1BlockTime: 1 is not a whole number from 2 to 60'],
  [{ l2Port: 70_000 }, 'l2Port: 70000 is not a whole number from 0 to 65535'],
  [{ l1ChainId: 901 }, 'l2ChainId: L1 and L2 must differ, both are 901'],
  [
    { fork: 'bedrock' },
    'fork: bedrock is not one of regolith, canyon, delta, ecotone, fjord, granite, holocene, isthmus, jovian, karst',
  ],
  [{ proposals: 'trust' as ProposalKind }, 'proposals: trust is not one of dispute-games, output-'],
  [{ controlPort: -1 }, 'controlPort: -1 is not'],
  [{ seed: 1.5 }, 'seed: 1.5 is not a whole number from 0 to 1000000'],
  [{ genesisTime: 12 }, 'genesisTime: 12 is not a whole number from 1000000'],
  [{ seqWindowSize: 1 }, 'seqWindowSize: 1 is not a whole number from 4'],
  [{ fund: ['0x12'] }, 'fund: 0x12 is no address'],
  [{ upgrades: { karst: 5 } }, 'upgrades: karst is no fork after karst: there is none'],
  [
    { fork: 'holocene', upgrades: { jovian: 5 } },
    'upgrades: isthmus is missing: forks activate in their order',
  ],
  [
    { fork: 'holocene', upgrades: { isthmus: 5, jovian: 4 } },
    'upgrades: 4 is not a whole number from 5',
  ],
  [{ fork: 'merge' as Fork }, 'fork: merge is not one of regolith'],
])('%o is refused', (given, message) => {
  expect(() => resolveDevnetOptions(given)).toThrow(message)
})

test('errors call options what the caller calls them', () => {
  const flag = (option: string) => `--${option}`
  expect(() => resolveDevnetOptions({ seed: -1 }, flag)).toThrow('--seed: -1 is not')
})
