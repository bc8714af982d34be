import { expect, test } from 'vitest'
import { forkTimesUpTo } from '../chain/forks.ts'
import { testHeader } from '../testing/payloads.ts'
import { nextBaseFee } from './baseFee.ts'
import { encodeExtraData } from './extraData.ts'
import type { BlockHeader } from './header.ts'

const chain = {
  eip1559Elasticity: 6n,
  eip1559Denominator: 50n,
  eip1559DenominatorCanyon: 250n,
}
const gwei = 1_000_000_000n

/** Fee behind a block of 30M gas limit and a fee of 1 gwei, whose target is 5M by the chain's constants. */
function feeBehind(
  fork: 'bedrock' | 'canyon' | 'holocene' | 'jovian',
  changes: Partial<BlockHeader>,
) {
  const parent = testHeader({ gasUsed: 5_000_000n, ...changes })
  return nextBaseFee({ forkTimes: forkTimesUpTo(fork) }, chain, parent, parent.timestamp + 2n)
}

test('a block at its target leaves the fee', () => {
  expect(feeBehind('canyon', {})).toBe(gwei)
})

test('a full block raises it, an empty one lowers it, by the denominator of the fork', () => {
  expect(feeBehind('bedrock', { gasUsed: 30_000_000n })).toBe(gwei + gwei / 10n)
  expect(feeBehind('canyon', { gasUsed: 30_000_000n })).toBe(gwei + gwei / 50n)
  expect(feeBehind('canyon', { gasUsed: 0n })).toBe(gwei - gwei / 250n)
})

test('the least rise is 1 wei', () => {
  expect(feeBehind('canyon', { gasUsed: 5_000_001n, baseFeePerGas: 7n })).toBe(8n)
})

test("Canyon's denominator holds from its own first block on", () => {
  const schedule = { forkTimes: { regolith: 0n, canyon: 1_012n } }
  const parent = testHeader({ gasUsed: 30_000_000n })
  expect(nextBaseFee(schedule, chain, parent, 1_012n)).toBe(gwei + gwei / 50n)
})

test('from Holocene on the parameters are those of the parent', () => {
  const extraData = encodeExtraData({ denominator: 10, elasticity: 2, minBaseFee: undefined })
  expect(feeBehind('holocene', { extraData, gasUsed: 30_000_000n })).toBe(gwei + gwei / 10n)
})

test('the first Holocene block still follows the chain constants', () => {
  const schedule = { forkTimes: { ...forkTimesUpTo('granite'), holocene: 1_012n } }
  const parent = testHeader({ gasUsed: 30_000_000n })
  expect(nextBaseFee(schedule, chain, parent, 1_012n)).toBe(gwei + gwei / 50n)
})

test('from Jovian on data counts like gas and the fee has a floor', () => {
  const extraData = encodeExtraData({ denominator: 250, elasticity: 6, minBaseFee: 2n * gwei })
  expect(feeBehind('jovian', { extraData, gasUsed: 0n })).toBe(2n * gwei)
  const low = encodeExtraData({ denominator: 250, elasticity: 6, minBaseFee: 5n })
  const full = { extraData: low, gasUsed: 0n, blobGasUsed: 30_000_000n }
  expect(feeBehind('jovian', full)).toBe(gwei + gwei / 50n)
})

test('a parent without the extra data of its fork is refused', () => {
  expect(() => feeBehind('holocene', {})).toThrow(expect.objectContaining({ code: 'EXTRA_DATA' }))
})
