import { expect, test } from 'vitest'
import { defaultTxManagerOptions, type TxManagerOptions, txManagerOptions } from './options.ts'

test('what is not given has the defaults of op-service', () => {
  expect(txManagerOptions({ numConfirmations: 3 })).toEqual({
    ...defaultTxManagerOptions,
    numConfirmations: 3,
  })
})

const wrong: [Partial<TxManagerOptions>, RegExp][] = [
  [{ numConfirmations: 0 }, /numConfirmations must be above 0, got 0/],
  [{ feeLimitMultiplier: 1.5 }, /feeLimitMultiplier must be whole/],
  [{ networkTimeoutMs: Number.NaN }, /networkTimeoutMs/],
  [{ blobTipCapPercentile: 101 }, /blobTipCapPercentile must be from 1 to 100, got 101/],
  [{ blobTipCapRange: 0 }, /blobTipCapRange must be above 0/],
  [{ minTipCapWei: 5n, minBaseFeeWei: 4n }, /minBaseFee .* below minTipCap/],
]
test.each(wrong)('wrong options are named (%#)', (given, message) => {
  expect(() => txManagerOptions(given)).toThrow(message)
})
