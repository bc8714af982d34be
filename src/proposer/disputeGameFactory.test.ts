import { expect, test } from 'vitest'
import { hexToBytes } from '../base/hex.ts'
import { FakeProposalContracts } from '../testing/fakeProposals.ts'
import { createDisputeGameFactory } from './disputeGameFactory.ts'

const address = `0x${'d0'.repeat(20)}` as const
const factory = createDisputeGameFactory(
  { address, gameType: 8, proposalInterval: 60n },
  { l1: new FakeProposalContracts(address) },
)
const word = '00'.repeat(31)

// As the contracts revert; anybody can look up the selectors.
test.each([
  [`0x031c6de4${word}08`, /no game of this type: check --game-type \(NoImplementation\(8\)\)/],
  [`0x014f6fe5${word}07`, /proposed for this block already \(GameAlreadyExists\(0x0+7\)\)/],
  ['0x8620aa19', /bond has changed since it was read \(IncorrectBondAmount\(\)\)/],
  [`0xf40239db${word}07`, /no newer than the anchor state .*\(UnexpectedRootClaim\(/],
  ['0x6a6bc3b2', /registry holds no root for this type of game \(AnchorRootNotFound\(\)\)/],
  ['0x9824bdab', /does not take a block number alone: check --game-type \(BadExtraData\(\)\)/],
  ['0xd386ef3e', /may not create games of this type \(BadAuth\(\)\)/],
  ['0x379a7ed9', /operator has paused the games \(GamePaused\(\)\)/],
  ['0x12345678', /0x12345678, which is no known error/],
  ['0x', /without a reason/],
])('a game that reverts with %s is explained', (data, words) => {
  expect(factory.explain(hexToBytes(data))).toMatch(words)
})
