import { describe, expect, test } from 'vitest'
import { batcherOptions, channelSettings } from './options.ts'
import { calldataGas, cheaperAvailability, submissionCost } from './prices.ts'

const gwei = 10n ** 9n
const options = batcherOptions({ dataAvailabilityType: 'auto', targetNumFrames: 6 })
const calldata = channelSettings(options, 'calldata')
const blobs = channelSettings(options, 'blobs')

describe('what a submission costs', () => {
  test('calldata is paid by the floor of EIP-7623', () => {
    expect(calldataGas(Uint8Array.of(0, 1, 2))).toBe(21_000n + 10n * (1n + 4n + 4n))
    const fees = { tip: gwei, baseFee: 9n * gwei, blobBaseFee: 0n }
    expect(submissionCost(calldata, fees)).toBe((21_000n + 40n * 120_000n) * 10n * gwei)
  })

  test('blobs are paid by the blob, and the transaction around them', () => {
    const fees = { tip: gwei, baseFee: 9n * gwei, blobBaseFee: 3n }
    expect(submissionCost(blobs, fees)).toBe(21_000n * 10n * gwei + 6n * 131_072n * 3n)
  })

  test.each([
    { blobBaseFee: 1n, cheaper: 'blobs' },
    // 40 gas for a byte of calldata; a byte of a blob is about one blob gas.
    { blobBaseFee: 380n * gwei, cheaper: 'blobs' },
    { blobBaseFee: 420n * gwei, cheaper: 'calldata' },
  ])(
    'at $blobBaseFee wei for blobs and 10 gwei for gas, $cheaper win',
    ({ blobBaseFee, cheaper }) => {
      const fees = { tip: gwei, baseFee: 9n * gwei, blobBaseFee }
      expect(cheaperAvailability({ calldata, blobs }, fees)).toBe(cheaper)
    },
  )
})
