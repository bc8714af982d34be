import { expect, test } from 'vitest'
import { knownL1Chain } from '../chain/l1Chain.ts'
import { testHeader } from '../testing/payloads.ts'
import { blobBaseFee, cancunBlobBaseFee } from './blobBaseFee.ts'

const sepolia = knownL1Chain(11155111n)!

test.each([
  ['Cancun', 1706655072n, 159_773n],
  ['Prague', 1741159776n, 2_944n],
  ['Osaka', 1760427360n, 2_944n],
  ['BPO1', 1761017184n, 120n],
  ['BPO2', 1761607008n, 30n],
])('the same excess of blobs costs less from %s on', (_, timestamp, fee) => {
  const header = testHeader({ timestamp, excessBlobGas: 40_000_000n })
  expect(blobBaseFee(sepolia, header)).toBe(fee)
})

test('there is none before Cancun', () => {
  expect(blobBaseFee(sepolia, testHeader({ excessBlobGas: undefined }))).toBeUndefined()
  expect(blobBaseFee(sepolia, testHeader({ timestamp: 1n }))).toBeUndefined()
})

test('it is at least 1 and grows by e per fraction', () => {
  expect(cancunBlobBaseFee(0n)).toBe(1n)
  expect(cancunBlobBaseFee(20n * 3_338_477n)).toBe(485_165_195n)
})
