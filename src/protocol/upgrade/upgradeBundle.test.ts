import { describe, expect, test } from 'vitest'
import { ConfigError } from '../../base/errors.ts'
import { exitCodes } from '../../base/exitCodes.ts'
import { forkTimesUpTo } from '../../chain/forks.ts'
import { testRollupConfig } from '../../testing/rollupConfig.ts'
import { parseUpgradeBundle, type UpgradeBundle } from './upgradeBundle.ts'
import { type UpgradeFork, upgradeFacts } from './upgradeFacts.ts'
import { type UpgradeBundles, upgradeOfBlock } from './upgradeTransactions.ts'

describe('a bundle file is refused', () => {
  const entry = { intent: 'x', from: `0x${'00'.repeat(20)}`, to: null, data: '0x', gasLimit: 1 }
  const file = (transactions: unknown, version = '1.0.0') =>
    JSON.stringify({ metadata: { version }, transactions })
  test.each([
    ['that is no JSON', '{', /upgrade bundle of karst: is not JSON/],
    ['of another version', file([], '2.0.0'), /metadata\.version: only version 1\.0\.0/],
    ['without an intent', file([{ ...entry, intent: '' }]), /transactions\.0\.intent/],
    ['with a bad address', file([{ ...entry, from: '0x12' }]), /transactions\.0\.from/],
    ['with odd data', file([{ ...entry, data: '0x1' }]), /transactions\.0\.data/],
    ['with a text for gas', file([{ ...entry, gasLimit: '1' }]), /transactions\.0\.gasLimit/],
    ['that is another upgrade', file([entry]), /karst is not the one with hash 0x2f47d1bd/],
  ])('%s', (_, text, message) => {
    const error = caught(() => parseUpgradeBundle('karst', text))
    expect(error.message).toMatch(message)
    expect(error.exitCode).toBe(exitCodes.configFile)
  })

  test('with too few transactions', () => {
    const error = caught(() => parseUpgradeBundle('jovian', file([entry])))
    expect(error.message).toMatch(/it has 1 transactions, the upgrade has 5/)
  })

  test('with the wrong intent', () => {
    const error = caught(() => parseUpgradeBundle('fjord', file([entry, entry, entry])))
    expect(error.message).toMatch(/intent of transaction 0 is Fjord: x, expected Fjord: Gas Price/)
  })
})

describe('the upgrade of a block', () => {
  const bundle = (fork: UpgradeFork, byte: number): [UpgradeFork, UpgradeBundle] => [
    fork,
    { fork, transactions: [Uint8Array.of(0x7e, byte)], gas: BigInt(byte) },
  ]
  const bundles: UpgradeBundles = new Map([
    bundle('ecotone', 1),
    bundle('fjord', 2),
    bundle('jovian', 3),
    bundle('karst', 4),
  ])

  test('is nothing on ordinary blocks and on chains that start with the fork', () => {
    const nothing = { transactions: [], extraGas: 0n }
    expect(upgradeOfBlock(testRollupConfig('karst'), new Map(), 1_002n)).toEqual(nothing)
  })

  test('is that of the fork that activates', () => {
    const forkTimes = { ...forkTimesUpTo('isthmus'), jovian: 1_010n }
    const config = testRollupConfig('isthmus', { forkTimes })
    expect(upgradeOfBlock(config, bundles, 1_008n).transactions).toEqual([])
    expect(upgradeOfBlock(config, bundles, 1_010n)).toEqual({
      transactions: [Uint8Array.of(0x7e, 3)],
      extraGas: 0n,
    })
    expect(upgradeOfBlock(config, bundles, 1_012n).transactions).toEqual([])
  })

  test('brings its own gas from Karst on', () => {
    const forkTimes = { ...forkTimesUpTo('jovian'), karst: 1_010n }
    const config = testRollupConfig('jovian', { forkTimes })
    expect(upgradeOfBlock(config, bundles, 1_010n).extraGas).toBe(4n)
  })

  test('joins those of forks that activate together, oldest first', () => {
    const forkTimes = { ...forkTimesUpTo('delta'), ecotone: 1_010n, fjord: 1_010n }
    const config = testRollupConfig('delta', { forkTimes })
    expect(upgradeOfBlock(config, bundles, 1_010n).transactions).toEqual([
      Uint8Array.of(0x7e, 1),
      Uint8Array.of(0x7e, 2),
    ])
  })

  test('stops the chain when its bundle is missing, naming fork, hash and flag', () => {
    const forkTimes = { ...forkTimesUpTo('holocene'), isthmus: 1_010n }
    const config = testRollupConfig('holocene', { forkTimes })
    expect(() => upgradeOfBlock(config, bundles, 1_010n)).toThrow(
      expect.objectContaining({
        severity: 'critical',
        code: 'UPGRADE_BUNDLE_MISSING',
        shortMessage: expect.stringContaining(`isthmus, but there is no bundle`),
        message: expect.stringMatching(
          new RegExp(
            `${upgradeFacts.isthmus.hash}[^]*isthmus_nut_bundle.json[^]*--upgrade-bundles`,
          ),
        ),
      }),
    )
  })
})

function caught(action: () => unknown): ConfigError {
  try {
    action()
  } catch (error) {
    if (error instanceof ConfigError) return error
    throw error
  }
  throw new Error('expected the bundle to be refused')
}
