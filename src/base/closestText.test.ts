import { expect, test } from 'vitest'
import { closestText } from './closestText.ts'

const names = ['op-mainnet', 'op-sepolia', 'unichain-sepolia']

test.each([
  ['op-mainet', 'op-mainnet'],
  ['op-maninnet', 'op-mainnet'],
  ['unichain-sepolai', 'unichain-sepolia'],
  ['op_sepolia', 'op-sepolia'],
])('%s is meant to be %s', (text, meant) => {
  expect(closestText(text, names)).toBe(meant)
})

test.each(['', 'x', 'arbitrum', '901'])('nothing is near to "%s"', (text) => {
  expect(closestText(text, names)).toBeUndefined()
})
