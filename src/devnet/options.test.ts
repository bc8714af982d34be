import { expect, test } from 'vitest'
import type { Fork } from '../chain/forks.ts'
import {
  type DevnetOptions,
  defaultDevnetOptions,
  type ProposalKind,
  resolveDevnetOptions,
} from './options.ts'

test('what is not given has its default', () => {
  expect(resolveDevnetOptions({ blockTime: undefined as unknown as number })).toEqual(
    defaultDevnetOptions,
  )
  expect(resolveDevnetOptions({ blockTime: 1 })).toEqual({ ...defaultDevnetOptions, blockTime: 1 })
})

test.each<[Partial<DevnetOptions>, string]>([
  [{ blockTime: 0 }, 'devnet option blockTime: 0 is not a whole number from 1 to 60'],
  [
    { blockTime: 2, l1BlockTime: 1 },
    'devnet option l1BlockTime: 1 is not a whole number from 2 to 60',
  ],
  [{ l2Port: 70_000 }, 'devnet option l2Port: 70000 is not a whole number from 0 to 65535'],
  [{ l1ChainId: 901 }, 'devnet option l2ChainId: L1 and L2 must differ, both are 901'],
  [
    { fork: 'bedrock' },
    'devnet option fork: bedrock is not one of regolith, canyon, delta, ecotone, fjord, granite, holocene, isthmus, jovian, karst',
  ],
  [{ proposals: 'trust' as ProposalKind }, 'proposals: trust is not one of dispute-games, output-'],
  [{ controlPort: -1 }, 'devnet option controlPort: -1 is not'],
  [{ seed: 1.5 }, 'devnet option seed: 1.5 is not a whole number from 0 to 1000000'],
  [{ genesisTime: 12 }, 'devnet option genesisTime: 12 is not a whole number from 1000000'],
  [{ seqWindowSize: 1 }, 'devnet option seqWindowSize: 1 is not a whole number from 4'],
  [{ fund: ['0x12'] }, 'devnet option fund: 0x12 is no address'],
  [
    { upgrades: { karst: 5 } },
    'devnet option upgrades: karst is no fork after karst: there is none',
  ],
  [
    { fork: 'holocene', upgrades: { jovian: 5 } },
    'devnet option upgrades: isthmus is missing: forks activate in their order',
  ],
  [
    { fork: 'holocene', upgrades: { isthmus: 5, jovian: 4 } },
    'devnet option upgrades: 4 is not a whole number from 5',
  ],
  [{ fork: 'merge' as Fork }, 'devnet option fork: merge is not one of regolith'],
])('%o is refused', (given, message) => {
  expect(() => resolveDevnetOptions(given)).toThrow(message)
})
