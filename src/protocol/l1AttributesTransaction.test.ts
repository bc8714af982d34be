import { describe, expect, test } from 'vitest'
import type { Hash } from '../base/hex.ts'
import { forkTimesUpTo, type ScheduledFork } from '../chain/forks.ts'
import { testRollupConfig, testSystemConfig } from '../testing/rollupConfig.ts'
import { encodeDepositTransaction } from './depositTransaction.ts'
import type { BlockHeader } from './header.ts'
import { decodeL1Attributes } from './l1Attributes.ts'
import {
  type L1Origin,
  l1AttributesFormatAt,
  l1AttributesOfBlock,
  l1AttributesTransaction,
} from './l1AttributesTransaction.ts'

const hash: Hash = `0x${'33'.repeat(32)}`
const origin: L1Origin = {
  ref: { hash, number: 12n, parentHash: `0x${'32'.repeat(32)}`, timestamp: 990n },
  header: { baseFeePerGas: 17n, excessBlobGas: 40_000_000n } as BlockHeader,
  blobBaseFee: 2_944n,
}

/** `fork` activates at 1,004 s, the second block, all before it at genesis. */
function activating(fork: ScheduledFork, before: ScheduledFork | 'bedrock') {
  return testRollupConfig('bedrock', {
    forkTimes: { ...forkTimesUpTo(before), [fork]: 1_004n },
  })
}

describe('the format switches one block behind the fork', () => {
  test.each([
    ['ecotone', 'delta', 'bedrock'],
    ['isthmus', 'holocene', 'ecotone'],
    ['jovian', 'isthmus', 'isthmus'],
  ] as const)('%s', (fork, before, oldFormat) => {
    const config = activating(fork, before)
    expect(l1AttributesFormatAt(config, 1_002n)).toBe(oldFormat)
    expect(l1AttributesFormatAt(config, 1_004n)).toBe(oldFormat)
    expect(l1AttributesFormatAt(config, 1_006n)).toBe(fork)
  })

  test('but not on a chain that starts with it', () => {
    expect(l1AttributesFormatAt(testRollupConfig('jovian'), 1_002n)).toBe('jovian')
    const atGenesis = testRollupConfig('isthmus', { forkTimes: forkTimesUpTo('jovian', 1_000n) })
    expect(l1AttributesFormatAt(atGenesis, 1_002n)).toBe('jovian')
  })

  test('while upgrades that touch no format leave it', () => {
    expect(l1AttributesFormatAt(testRollupConfig('granite'), 1_002n)).toBe('ecotone')
    expect(l1AttributesFormatAt(testRollupConfig('karst'), 1_002n)).toBe('jovian')
  })
})

test('it is a system transaction with much gas before Regolith, an ordinary one since', () => {
  const make = (fork: 'bedrock' | 'regolith') =>
    l1AttributesTransaction(testRollupConfig(fork), testSystemConfig, origin, 0n, 1_002n)
  expect(make('bedrock')).toMatchObject({ gas: 150_000_000n, isSystemTransaction: true })
  expect(make('regolith')).toMatchObject({ gas: 1_000_000n, isSystemTransaction: false })
})

test('it carries L1 and the system config', () => {
  const config = testRollupConfig('jovian')
  const transaction = l1AttributesTransaction(config, testSystemConfig, origin, 4n, 1_002n)
  const encoded = encodeDepositTransaction(transaction)
  expect(l1AttributesOfBlock(config, [encoded], 1_002n)).toEqual({
    number: 12n,
    timestamp: 990n,
    baseFee: 17n,
    hash,
    sequenceNumber: 4n,
    batcherAddress: testSystemConfig.batcherAddress,
    overhead: `0x${'00'.repeat(32)}`,
    scalar: `0x${'00'.repeat(32)}`,
    baseFeeScalar: 1_368,
    blobBaseFeeScalar: 810_949,
    blobBaseFee: 2_944n,
    operatorFeeScalar: 7,
    operatorFeeConstant: 9n,
    daFootprintGasScalar: 500,
  })
})

describe('values have their fallbacks', () => {
  const attributesWith = (changes: {
    readonly origin?: L1Origin
    readonly scalar?: Hash
    readonly pectraBlobScheduleTime?: bigint
  }) => {
    const config = testRollupConfig('jovian', {
      pectraBlobScheduleTime: changes.pectraBlobScheduleTime,
    })
    const systemConfig = {
      ...testSystemConfig,
      daFootprintGasScalar: 0,
      scalar: changes.scalar ?? testSystemConfig.scalar,
    }
    const from = changes.origin ?? origin
    const { data } = l1AttributesTransaction(config, systemConfig, from, 0n, 1_002n)
    return decodeL1Attributes('jovian', data)
  }

  test('a DA footprint scalar of 0 is 400', () => {
    expect(attributesWith({}).daFootprintGasScalar).toBe(400)
  })

  test('the blob base fee is 1 before Cancun on L1', () => {
    const before = { ...origin, blobBaseFee: undefined }
    expect(attributesWith({ origin: before }).blobBaseFee).toBe(1n)
  })

  test("the blob base fee is Cancun's until the Pectra correction ends", () => {
    expect(attributesWith({ pectraBlobScheduleTime: 991n }).blobBaseFee).toBe(159_773n)
    expect(attributesWith({ pectraBlobScheduleTime: 990n }).blobBaseFee).toBe(2_944n)
  })

  test('a scalar of old that overflows its field is the largest', () => {
    const scalar: Hash = `0x00${'01'.repeat(31)}`
    expect(attributesWith({ scalar })).toMatchObject({
      baseFeeScalar: 0xffff_ffff,
      blobBaseFeeScalar: 0,
    })
  })

  test('a scalar of an unknown version stops the chain', () => {
    const scalar: Hash = `0x02${'00'.repeat(31)}`
    expect(() => attributesWith({ scalar })).toThrow(
      expect.objectContaining({ code: 'FEE_SCALAR_INVALID', severity: 'critical' }),
    )
  })
})

test('a block without transactions has no attributes', () => {
  expect(() => l1AttributesOfBlock(testRollupConfig(), [], 1_002n)).toThrow(
    expect.objectContaining({ code: 'L1_ATTRIBUTES_MISSING' }),
  )
})
