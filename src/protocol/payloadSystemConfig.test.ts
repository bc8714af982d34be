import { describe, expect, test } from 'vitest'
import { type Hash, hexToBytes } from '../base/hex.ts'
import { type Fork, forkTimesUpTo } from '../chain/forks.ts'
import type { RollupConfig } from '../chain/rollupConfig.ts'
import { testHeader, testL1InfoTransaction, testOrigin } from '../testing/payloads.ts'
import { testRollupConfig, testSystemConfig } from '../testing/rollupConfig.ts'
import { encodeExtraData } from './extraData.ts'
import { l2BlockRefFromPayload } from './l2BlockRef.ts'
import { headerToEnvelope } from './payloadHeader.ts'
import { systemConfigFromPayload } from './payloadSystemConfig.ts'
import { karstUpgradeGas } from './upgrade/upgradeFacts.ts'

const originHash: Hash = `0x${'33'.repeat(32)}`
const holoceneData = encodeExtraData({ denominator: 250, elasticity: 6, minBaseFee: undefined })
const jovianData = encodeExtraData({ denominator: 250, elasticity: 6, minBaseFee: 1_000n })

function payloadOf(
  config: RollupConfig,
  timestamp: bigint,
  extraData: Uint8Array,
  gasLimit = 30_000_000n,
) {
  const origin = testOrigin(12n, originHash, 990n)
  const l1Info = testL1InfoTransaction(config, testSystemConfig, origin, 3n, timestamp)
  const header = testHeader({ timestamp, extraData, gasLimit })
  return headerToEnvelope(header, [l1Info]).executionPayload
}

test('a Jovian block tells all of it', () => {
  const config = testRollupConfig('jovian')
  expect(systemConfigFromPayload(config, payloadOf(config, 1_010n, jovianData))).toEqual(
    testSystemConfig,
  )
})

describe('an older block tells what its fork has', () => {
  const zero = {
    operatorFeeScalar: 0,
    operatorFeeConstant: 0n,
    minBaseFee: 0n,
    daFootprintGasScalar: 0,
  }
  const no1559 = { eip1559Denominator: 0, eip1559Elasticity: 0 }
  test.each<[Fork, Uint8Array, object]>([
    ['regolith', new Uint8Array(0), { ...zero, ...no1559 }],
    ['granite', new Uint8Array(0), { ...zero, ...no1559 }],
    ['holocene', holoceneData, zero],
    ['isthmus', holoceneData, { minBaseFee: 0n, daFootprintGasScalar: 0 }],
  ])('%s', (fork, extraData, changes) => {
    const config = testRollupConfig(fork)
    expect(systemConfigFromPayload(config, payloadOf(config, 1_010n, extraData))).toEqual({
      ...testSystemConfig,
      ...changes,
    })
  })
})

test('a scalar of version 0 comes back as version 1, which says the same', () => {
  const config = testRollupConfig('granite')
  const old = { ...testSystemConfig, scalar: `0x${'00'.repeat(28)}000a6fe0` as Hash }
  const origin = testOrigin(12n, originHash, 990n)
  const l1Info = testL1InfoTransaction(config, old, origin, 0n, 1_010n)
  const { executionPayload } = headerToEnvelope(testHeader(), [l1Info])
  expect(systemConfigFromPayload(config, executionPayload).scalar).toBe(
    `0x01${'00'.repeat(27)}000a6fe0`,
  )
})

describe('the upgrade gas of the first Karst block', () => {
  const forkTimes = { ...forkTimesUpTo('jovian'), karst: 1_010n }
  const raised = 30_000_000n + karstUpgradeGas
  const gasLimitAt = (timestamp: bigint, keepKarstUpgradeGas: boolean) => {
    const config = testRollupConfig('jovian', { forkTimes, keepKarstUpgradeGas })
    return systemConfigFromPayload(config, payloadOf(config, timestamp, jovianData, raised))
      .gasLimit
  }

  test('is not inherited', () => {
    expect(gasLimitAt(1_010n, false)).toBe(30_000_000n)
  })

  test('is inherited where the chain once did so', () => {
    expect(gasLimitAt(1_010n, true)).toBe(raised)
  })

  test('is taken from that block alone', () => {
    expect(gasLimitAt(1_008n, false)).toBe(raised)
    expect(gasLimitAt(1_012n, false)).toBe(raised)
  })

  test('does not exist on a chain that starts with Karst', () => {
    const config = testRollupConfig('karst')
    const payload = payloadOf(config, 1_002n, jovianData)
    expect(systemConfigFromPayload(config, payload).gasLimit).toBe(30_000_000n)
  })
})

describe('the genesis block', () => {
  const config = testRollupConfig()
  const genesis = {
    ...headerToEnvelope(testHeader({ number: 0n }), []).executionPayload,
    blockHash: config.genesis.l2.hash,
  }

  test('has the config and origin that the rollup config gives it', () => {
    expect(systemConfigFromPayload(config, genesis)).toEqual(config.genesis.systemConfig)
    expect(l2BlockRefFromPayload(config, genesis)).toMatchObject({
      l1Origin: config.genesis.l1,
      sequenceNumber: 0n,
    })
  })

  test('of another chain is refused', () => {
    const other = { ...genesis, blockHash: originHash }
    expect(() => l2BlockRefFromPayload(config, other)).toThrow(
      expect.objectContaining({ code: 'GENESIS_HASH' }),
    )
  })
})

describe('the ref of a block', () => {
  const config = testRollupConfig('jovian')

  test('names its origin and its place in the epoch', () => {
    const payload = payloadOf(config, 1_010n, jovianData)
    expect(l2BlockRefFromPayload(config, payload)).toEqual({
      hash: payload.blockHash,
      number: 5n,
      parentHash: payload.parentHash,
      timestamp: 1_010n,
      l1Origin: { hash: originHash, number: 12n },
      sequenceNumber: 3n,
    })
  })

  test.each([
    ['without transactions', [], 'L1_ATTRIBUTES_MISSING'],
    ['that begins with a transfer', [hexToBytes('0x02c0')], 'DEPOSIT_TYPE'],
  ])('%s cannot be told', (_, transactions, code) => {
    const payload = { ...payloadOf(config, 1_010n, jovianData), transactions }
    expect(() => l2BlockRefFromPayload(config, payload)).toThrow(expect.objectContaining({ code }))
  })
})
