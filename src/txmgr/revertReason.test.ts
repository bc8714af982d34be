import { encodeErrorResult, parseAbi } from 'viem'
import { expect, test } from 'vitest'
import { hexToBytes } from '../base/hex.ts'
import { revertReason } from './revertReason.ts'

const abi = parseAbi(['error TooEarly(uint256 now, uint256 then)'])
const builtIn = parseAbi(['error Error(string)', 'error Panic(uint256)'])

test.each([
  [
    'its own words',
    encodeErrorResult({ abi: builtIn, errorName: 'Error', args: ['not yet'] }),
    'not yet',
  ],
  [
    'a panic',
    encodeErrorResult({ abi: builtIn, errorName: 'Panic', args: [0x12n] }),
    'division by zero',
  ],
  [
    'an unknown panic',
    encodeErrorResult({ abi: builtIn, errorName: 'Panic', args: [0x99n] }),
    'panic 0x99',
  ],
  ['a custom error', encodeErrorResult({ abi, args: [1n, 2n] }), 'TooEarly(1, 2)'],
  ['something else', '0x12345678', 'reverted with 0x12345678, which is no known error'],
  ['nothing', '0x', 'reverted without a reason'],
] as const)('%s', (_, data, words) => {
  expect(revertReason(hexToBytes(data), abi)).toBe(words)
})
