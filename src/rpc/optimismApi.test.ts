import { describe, expect, it } from 'vitest'
import type { Hash } from '../base/hex.ts'
import type { L1BlockRef, L2BlockRef } from '../chain/refs.ts'
import type { SyncStatus } from '../driver/syncStatus.ts'
import { testRollupConfig } from '../testing/rollupConfig.ts'
import { optimismApi } from './optimismApi.ts'

const hash = (n: number): Hash => `0x${n.toString(16).padStart(64, '0')}`
const context = { signal: new AbortController().signal, notify: undefined }

const l1 = (n: number): L1BlockRef => ({
  hash: hash(n),
  number: BigInt(n),
  parentHash: hash(n - 1),
  timestamp: 12n * BigInt(n),
})
const l2 = (n: number): L2BlockRef => ({
  hash: hash(1_000 + n),
  number: BigInt(n),
  parentHash: hash(999 + n),
  timestamp: 2n * BigInt(n),
  l1Origin: { hash: hash(5), number: 5n },
  sequenceNumber: 3n,
})
const status: SyncStatus = {
  currentL1: l1(1),
  headL1: l1(9),
  safeL1: l1(8),
  finalizedL1: l1(7),
  unsafeL2: l2(40),
  pendingSafeL2: l2(35),
  localSafeL2: l2(30),
  safeL2: l2(30),
  finalizedL2: l2(20),
}
const api = optimismApi(
  { config: testRollupConfig(), version: 'takt/1.2.3' },
  {
    syncStatus: () => status,
    l2: {
      blockRefByNumber: async (number) => (number <= 40n ? l2(Number(number)) : undefined),
      outputRootsByHash: async () => ({ stateRoot: hash(1), withdrawalStorageRoot: hash(2) }),
    },
    safeHeads: {
      safeHeadAtL1: async (number) =>
        number < 5n ? undefined : { l1: l1(5), safeHead: { hash: hash(1_020), number: 20n } },
    },
  },
)

describe('optimism_syncStatus', () => {
  it('has the names and the plain numbers of op-node', async () => {
    const l1Json = (n: number) => ({
      hash: hash(n),
      number: n,
      parentHash: hash(n - 1),
      timestamp: 12 * n,
    })
    const l2Json = (n: number) => ({
      hash: hash(1_000 + n),
      number: n,
      parentHash: hash(999 + n),
      timestamp: 2 * n,
      l1origin: { hash: hash(5), number: 5 },
      sequenceNumber: 3,
    })
    const answer = await api['optimism_syncStatus']!([], context)
    expect(JSON.parse(JSON.stringify(answer))).toEqual({
      current_l1: l1Json(1),
      current_l1_finalized: l1Json(7),
      head_l1: l1Json(9),
      safe_l1: l1Json(8),
      finalized_l1: l1Json(7),
      unsafe_l2: l2Json(40),
      safe_l2: l2Json(30),
      finalized_l2: l2Json(20),
      pending_safe_l2: l2Json(35),
      local_safe_l2: l2Json(30),
    })
  })
})

describe('optimism_outputAtBlock', () => {
  const output = (block: unknown) => api['optimism_outputAtBlock']!([block], context)

  it('commits to state, withdrawals and block', async () => {
    expect(await output('0x3')).toMatchObject({
      version: hash(0),
      // keccak256 of the four words 0, 1, 2 and 1003.
      outputRoot: '0x6237f08174aeb03adcfdd6f3da48b41607ccb585577f0d766ba396166e0cdf66',
      blockRef: { number: 3, hash: hash(1_003) },
      stateRoot: hash(1),
      withdrawalStorageRoot: hash(2),
      syncStatus: { unsafe_l2: { number: 40 } },
    })
  })

  for (const [tag, number] of [
    ['latest', 40],
    ['safe', 30],
    ['finalized', 20],
    ['earliest', 0],
  ] as const) {
    it(`takes the tag ${tag}`, async () => {
      expect(await output(tag)).toMatchObject({ blockRef: { number } })
    })
  }

  it('says when there is no such block', async () => {
    await expect(output('0x29')).rejects.toMatchObject({
      rpcCode: -32000,
      shortMessage: 'L2 block 41 not found',
    })
  })

  it('says when it is not told which', async () => {
    await expect(output(undefined)).rejects.toMatchObject({
      rpcCode: -32602,
      shortMessage: 'missing value for required argument 0',
    })
  })

  for (const bad of ['newest', 3, '3']) {
    it(`refuses ${JSON.stringify(bad)}`, async () => {
      await expect(output(bad)).rejects.toMatchObject({
        rpcCode: -32602,
        shortMessage: expect.stringContaining('invalid argument 0: expected a 0x-prefixed hex'),
      })
    })
  }
})

describe('the other optimism_ methods', () => {
  it('give version and rollup config', async () => {
    expect(await api['optimism_version']!([], context)).toBe('takt/1.2.3')
    expect(await api['optimism_rollupConfig']!([], context)).toMatchObject({
      block_time: 2,
      l2_chain_id: 901,
      karst_time: 0,
    })
  })
})

describe('optimism_safeHeadAtL1Block', () => {
  it('answers with the newest record at or before the L1 block', async () => {
    expect(await api['optimism_safeHeadAtL1Block']!(['0x7'], context)).toEqual({
      l1Block: { hash: hash(5), number: 5 },
      safeHead: { hash: hash(1_020), number: 20 },
    })
  })

  it('says that the records do not reach back', async () => {
    await expect(api['optimism_safeHeadAtL1Block']!(['0x4'], context)).rejects.toThrow(
      'no record of the safe head at L1 block 4',
    )
  })

  it('says how to keep records where there are none', async () => {
    const without = optimismApi(
      { config: testRollupConfig(), version: '' },
      {
        syncStatus: () => status,
        l2: {
          blockRefByNumber: async () => undefined,
          outputRootsByHash: async () => ({ stateRoot: hash(1), withdrawalStorageRoot: hash(2) }),
        },
      },
    )
    await expect(without['optimism_safeHeadAtL1Block']!(['0x4'], context)).rejects.toThrow(
      '--safedb.path',
    )
  })
})
