import { describe, expect, test } from 'vitest'
import { bigIntToBytes, concatBytes } from '../base/bytes.ts'
import { ChainError, type DecodeError } from '../base/errors.ts'
import { bytesToHex, type Hash, zeroHash } from '../base/hex.ts'
import { forkTimesUpTo } from '../chain/forks.ts'
import type { L2BlockRef } from '../chain/refs.ts'
import type { RollupConfig } from '../chain/rollupConfig.ts'
import { depositEventTopic } from '../protocol/depositLog.ts'
import { decodeDepositTransaction } from '../protocol/depositTransaction.ts'
import { configUpdateTopic } from '../protocol/systemConfigUpdate.ts'
import type { UpgradeBundles } from '../protocol/upgrade/upgradeTransactions.ts'
import { testHeader } from '../testing/payloads.ts'
import { testRollupConfig, testSystemConfig } from '../testing/rollupConfig.ts'
import { type AttributesDeps, preparePayloadAttributes } from './attributes.ts'
import type { L1Block, L1Log, L1Provider, L1Receipt } from './providers.ts'

const hashOf = (byte: string): Hash => `0x${byte.repeat(32)}`
const current = l1Block(10n, hashOf('10'), hashOf('09'), 990n)
const next = l1Block(11n, hashOf('11'), hashOf('10'), 1_002n)
const parent: L2BlockRef = {
  hash: hashOf('f0'),
  number: 7n,
  parentHash: hashOf('ef'),
  timestamp: 1_008n,
  l1Origin: { hash: current.ref.hash, number: 10n },
  sequenceNumber: 4n,
}

function l1Block(number: bigint, hash: Hash, parentHash: Hash, timestamp: bigint): L1Block {
  const header = testHeader({ number, parentHash, timestamp, mixHash: hashOf('ab') })
  return { ref: { hash, number, parentHash, timestamp }, header, blobBaseFee: 1n }
}

interface Scene {
  readonly config?: RollupConfig
  readonly blocks?: readonly L1Block[]
  readonly receipts?: readonly L1Receipt[] | undefined
  readonly upgradeBundles?: UpgradeBundles
  readonly systemConfigByHash?: AttributesDeps['systemConfigByHash']
}

function prepare(epoch: L1Block, scene: Scene = {}, on = parent) {
  const { config = testRollupConfig('karst'), blocks = [current, next] } = scene
  const dropped: DecodeError[] = []
  const receipts = 'receipts' in scene ? scene.receipts : []
  const l1: L1Provider = {
    blockRefByNumber: () => Promise.reject(new Error('not asked for')),
    blockRefByHash: () => Promise.reject(new Error('not asked for')),
    blockByHash: async (hash) => blocks.find(({ ref }) => ref.hash === hash),
    receiptsByHash: async () => receipts,
  }
  const deps: AttributesDeps = {
    config,
    l1,
    systemConfigByHash: scene.systemConfigByHash ?? (async () => testSystemConfig),
    upgradeBundles: scene.upgradeBundles ?? new Map(),
    reportDroppedUpdate: (error) => dropped.push(error),
  }
  const attributes = preparePayloadAttributes(deps, on, epoch.ref)
  return { attributes, dropped }
}

const word = (value: bigint) => bigIntToBytes(value, 32)

function depositLog(logIndex: bigint, gas = 7n): L1Log {
  const opaque = concatBytes(word(5n), word(6n), bigIntToBytes(gas, 8), Uint8Array.of(0))
  const padding = new Uint8Array(96 - opaque.length)
  return {
    address: testRollupConfig().depositContractAddress,
    topics: [depositEventTopic, hashOf('00'), hashOf('00'), zeroHash],
    data: concatBytes(word(32n), word(73n), opaque, padding),
    logIndex,
  }
}

function gasLimitLog(gasLimit: bigint): L1Log {
  return {
    address: testRollupConfig().l1SystemConfigAddress,
    topics: [configUpdateTopic, zeroHash, bytesToHex(word(2n))],
    data: concatBytes(word(32n), word(32n), word(gasLimit)),
    logIndex: 0n,
  }
}

const receipt = (...logs: readonly L1Log[]): L1Receipt => ({ succeeded: true, logs })

describe('within an epoch', () => {
  test('a block has its attributes transaction alone, and all fields of its fork', async () => {
    const attributes = await prepare(current).attributes
    expect(attributes).toMatchObject({
      timestamp: 1_010n,
      prevRandao: hashOf('ab'),
      suggestedFeeRecipient: '0x4200000000000000000000000000000000000011',
      withdrawals: [],
      parentBeaconBlockRoot: current.header.parentBeaconBlockRoot,
      noTxPool: true,
      gasLimit: 30_000_000n,
      eip1559Params: Uint8Array.of(0, 0, 0, 250, 0, 0, 0, 6),
      minBaseFee: 1_000n,
    })
    expect(attributes.transactions).toHaveLength(1)
  })

  test('logs of the origin do not count again', async () => {
    const receipts = [receipt(depositLog(0n), gasLimitLog(1n))]
    const attributes = await prepare(current, { receipts }).attributes
    expect(attributes.transactions).toHaveLength(1)
    expect(attributes.gasLimit).toBe(30_000_000n)
  })
})

describe('fields appear with their forks', () => {
  test.each([
    ['regolith', []],
    ['canyon', ['withdrawals']],
    ['ecotone', ['withdrawals', 'parentBeaconBlockRoot']],
    ['holocene', ['withdrawals', 'parentBeaconBlockRoot', 'eip1559Params']],
    ['jovian', ['withdrawals', 'parentBeaconBlockRoot', 'eip1559Params', 'minBaseFee']],
  ] as const)('%s', async (fork, expected) => {
    const attributes = await prepare(current, { config: testRollupConfig(fork) }).attributes
    const optional = [
      'withdrawals',
      'parentBeaconBlockRoot',
      'eip1559Params',
      'minBaseFee',
    ] as const
    expect(optional.filter((field) => attributes[field] !== undefined)).toEqual(expected)
  })

  test('an L1 block without a beacon root gives zero', async () => {
    const header = { ...current.header, parentBeaconBlockRoot: undefined }
    const attributes = await prepare(current, { blocks: [{ ...current, header }] }).attributes
    expect(attributes.parentBeaconBlockRoot).toBe(zeroHash)
  })
})

describe('the first block of an epoch', () => {
  test('carries the deposits of its origin in order', async () => {
    const receipts = [receipt(depositLog(0n, 1n)), receipt(depositLog(1n, 2n), depositLog(2n, 3n))]
    const { transactions } = await prepare(next, { receipts }).attributes
    const gas = transactions.slice(1).map((tx) => decodeDepositTransaction(tx).gas)
    expect(gas).toEqual([1n, 2n, 3n])
  })

  test('leaves out deposits of failed transactions and of other contracts', async () => {
    const foreign = { ...depositLog(1n), address: testRollupConfig().batchInboxAddress }
    const receipts = [{ succeeded: false, logs: [depositLog(0n)] }, receipt(foreign)]
    const { transactions } = await prepare(next, { receipts }).attributes
    expect(transactions).toHaveLength(1)
  })

  test('takes updates of the system config', async () => {
    const { attributes, dropped } = prepare(next, { receipts: [receipt(gasLimitLog(60_000_000n))] })
    expect((await attributes).gasLimit).toBe(60_000_000n)
    expect(dropped).toEqual([])
  })

  test('reports an update that it must pass over', async () => {
    const broken = { ...gasLimitLog(1n), data: new Uint8Array(3) }
    const { attributes, dropped } = prepare(next, { receipts: [receipt(broken)] })
    expect((await attributes).gasLimit).toBe(30_000_000n)
    expect(dropped).toHaveLength(1)
  })
})

describe('the activation block of Karst', () => {
  const config = testRollupConfig('jovian', {
    forkTimes: { ...forkTimesUpTo('jovian'), karst: 1_010n },
  })
  const upgrade = Uint8Array.of(0x7e, 0xc0)

  test('ends with the upgrade and has gas for it', async () => {
    const upgradeBundles: UpgradeBundles = new Map([
      ['karst', { fork: 'karst', transactions: [upgrade], gas: 55n }],
    ])
    const receipts = [receipt(depositLog(0n))]
    const attributes = await prepare(next, { config, receipts, upgradeBundles }).attributes
    expect(attributes.transactions).toHaveLength(3)
    expect(attributes.transactions[2]).toEqual(upgrade)
    expect(attributes.gasLimit).toBe(30_000_055n)
  })

  test('cannot be made without the bundle', async () => {
    await expect(prepare(current, { config }).attributes).rejects.toMatchObject({
      severity: 'critical',
      code: 'UPGRADE_BUNDLE_MISSING',
    })
  })
})

describe('what cannot be built', () => {
  const orphan = l1Block(10n, hashOf('aa'), hashOf('09'), 990n)
  const stranger = l1Block(11n, hashOf('bb'), hashOf('aa'), 1_002n)
  const late = l1Block(11n, hashOf('11'), hashOf('10'), 1_011n)
  const brokenDeposit = { ...depositLog(0n), data: new Uint8Array(64) }
  const fails = (error: unknown) => ({ systemConfigByHash: () => Promise.reject(error) })
  const known = new ChainError('reset', 'KNOWN', 'known')

  test.each<[string, L1Block, Scene, string, string]>([
    ['the origin is another block of its height', orphan, {}, 'reset', 'ORIGIN_CONFLICT'],
    [
      'the origin is no child of the last',
      stranger,
      { blocks: [stranger] },
      'reset',
      'ORIGIN_NOT_CHILD',
    ],
    ['the origin is ahead of the block', late, { blocks: [late] }, 'reset', 'ORIGIN_AHEAD'],
    ['L1 lost the origin', current, { blocks: [] }, 'temporary', 'ORIGIN_NOT_FOUND'],
    ['L1 has no receipts', next, { receipts: undefined }, 'temporary', 'ORIGIN_NOT_FOUND'],
    [
      'a deposit is malformed',
      next,
      { receipts: [receipt(brokenDeposit)] },
      'critical',
      'DEPOSIT_LOG_INVALID',
    ],
    [
      'the engine fails',
      current,
      fails(new Error('down')),
      'temporary',
      'SYSTEM_CONFIG_UNAVAILABLE',
    ],
    ['the engine knows better', current, fails(known), 'reset', 'KNOWN'],
  ])('when %s', async (_, epoch, scene, severity, code) => {
    await expect(prepare(epoch, scene).attributes).rejects.toMatchObject({ severity, code })
  })
})
