import { describe, expect, test } from 'vitest'
import { bigIntToBytes, concatBytes } from '../base/bytes.ts'
import { DecodeError } from '../base/errors.ts'
import { bytesToHex, type Hash, zeroAddress, zeroHash } from '../base/hex.ts'
import { testRollupConfig, testSystemConfig } from '../testing/rollupConfig.ts'
import {
  type ConfigUpdateLog,
  configUpdateTopic,
  decodeConfigUpdateLog,
  updateSystemConfig,
} from './systemConfigUpdate.ts'

const config = testRollupConfig('jovian')
const word = (value: bigint) => bigIntToBytes(value, 32)

function logOf(type: number, ...words: readonly bigint[]): ConfigUpdateLog {
  const content = words.map(word)
  return {
    address: config.l1SystemConfigAddress,
    topics: [configUpdateTopic, zeroHash, bytesToHex(word(BigInt(type)))],
    data: concatBytes(word(32n), word(BigInt(32 * words.length)), ...content),
  }
}

function update(logs: readonly ConfigUpdateLog[], changes: { fork?: 'delta'; failed?: true } = {}) {
  const rollup = changes.fork ? testRollupConfig(changes.fork) : config
  const receipts = [{ succeeded: !changes.failed, logs }]
  return updateSystemConfig(rollup, testSystemConfig, receipts, 1_000n)
}

describe('each kind of update changes its own values', () => {
  const version1 = (1n << 248n) + (5n << 32n) + 6n
  test.each([
    ['batcher', logOf(0, 0xbeefn), { batcherAddress: `0x${'beef'.padStart(40, '0')}` }],
    [
      'fee scalars',
      logOf(1, 8n, version1),
      { overhead: zeroHash, scalar: bytesToHex(word(version1)) },
    ],
    ['gas limit', logOf(2, 60_000_000n), { gasLimit: 60_000_000n }],
    ['unsafe block signer', logOf(3, 0xbeefn), {}],
    ['EIP-1559', logOf(4, (50n << 32n) + 10n), { eip1559Denominator: 50, eip1559Elasticity: 10 }],
    ['operator fee', logOf(5, (3n << 64n) + 4n), { operatorFeeScalar: 3, operatorFeeConstant: 4n }],
    ['minimum base fee', logOf(6, 77n), { minBaseFee: 77n }],
    ['DA footprint', logOf(7, 800n), { daFootprintGasScalar: 800 }],
  ])('%s', (_, log, changes) => {
    expect(update([log])).toEqual({
      systemConfig: { ...testSystemConfig, ...changes },
      dropped: [],
    })
  })
})

test('the last update of a block wins', () => {
  expect(update([logOf(2, 1n), logOf(2, 2n)]).systemConfig.gasLimit).toBe(2n)
})

test('EIP-1559 parameters may be reset to the chain constants', () => {
  expect(update([logOf(4, 0n)]).systemConfig.eip1559Denominator).toBe(0)
})

describe('fee scalars', () => {
  test('before Ecotone are taken as they are', () => {
    const { systemConfig } = update([logOf(1, 8n, 2n ** 255n)], { fork: 'delta' })
    expect(systemConfig.overhead).toBe(bytesToHex(word(8n)))
    expect(systemConfig.scalar).toBe(bytesToHex(word(2n ** 255n)))
  })

  test.each([
    ['an unknown version', 2n << 248n],
    ['padding in version 1', (1n << 248n) + (1n << 64n)],
    ['padding in version 0', 1n << 32n],
  ])('from Ecotone on are dropped with %s', (_, scalar) => {
    const { systemConfig, dropped } = update([logOf(1, 8n, scalar)])
    expect(systemConfig).toEqual(testSystemConfig)
    expect(dropped).toHaveLength(1)
  })
})

describe('a log is passed over', () => {
  test('of a failed transaction', () => {
    expect(update([logOf(2, 1n)], { failed: true }).systemConfig).toEqual(testSystemConfig)
  })

  test('of another contract', () => {
    const log = { ...logOf(2, 1n), address: zeroAddress }
    expect(update([log]).systemConfig).toEqual(testSystemConfig)
  })

  test('of another event', () => {
    const topics = [zeroHash, ...logOf(2, 1n).topics.slice(1)]
    expect(update([{ ...logOf(2, 1n), topics }])).toEqual({
      systemConfig: testSystemConfig,
      dropped: [],
    })
  })
})

test('a malformed log is dropped and reported, and the ones around it count', () => {
  const malformed = { ...logOf(2, 1n), data: new Uint8Array(95) }
  const { systemConfig, dropped } = update([logOf(2, 5n), malformed, logOf(6, 6n)])
  expect(systemConfig).toEqual({ ...testSystemConfig, gasLimit: 5n, minBaseFee: 6n })
  expect(dropped.map((error) => error.shortMessage)).toEqual([
    'malformed ConfigUpdate log: expected 96 bytes of data, got 95',
  ])
})

describe('a log is malformed', () => {
  const good = logOf(2, 1n)
  test.each([
    ['with two topics', { topics: good.topics.slice(0, 2) }, /expected 3 topics, got 2/],
    ['with another version', { topics: good.topics.with(1, `0x${'01'.repeat(32)}`) }, /version/],
    ['with an unknown type', { topics: logOf(8, 1n).topics }, /unknown update type/],
    ['with a huge type', { topics: good.topics.with(2, `0x${'ff'.repeat(32)}` as Hash) }, /type/],
    ['with a gas limit over 64 bits', logOf(2, 2n ** 64n), /does not fit into 64 bits/],
    ['with a footprint over 16 bits', logOf(7, 2n ** 16n), /does not fit into 16 bits/],
    ['with a denominator of 0', logOf(4, 6n), /denominator 0 with elasticity 6/],
    ['with an elasticity of 0', logOf(4, 6n << 32n), /denominator 6 with elasticity 0/],
    ['with a word too many', logOf(2, 1n, 2n), /expected 96 bytes of data, got 128/],
  ])('%s', (_, changes, message) => {
    expect(() => decodeConfigUpdateLog({ ...good, ...changes })).toThrow(message)
  })

  test('when cut short at any byte', () => {
    for (let length = 0; length < good.data.length; length++) {
      const log = { ...good, data: good.data.subarray(0, length) }
      expect(() => decodeConfigUpdateLog(log), `${length}`).toThrow(DecodeError)
    }
  })
})
