import { describe, expect, test } from 'vitest'
import type { Hash } from '../base/hex.ts'
import type { L1BlockRef, L2BlockRef } from '../chain/refs.ts'
import type { SyncStatus } from '../driver/syncStatus.ts'
import { syncStatusToJson } from '../rpc/refJson.ts'
import { createRollupClient, syncStatusFromJson } from './rollupClient.ts'

const hash = (number: number): Hash => `0x${number.toString(16).padStart(64, '0')}`
const l1 = (number: number): L1BlockRef => ({
  hash: hash(number),
  number: BigInt(number),
  parentHash: hash(number - 1),
  timestamp: BigInt(12 * number),
})
const l2 = (number: number): L2BlockRef => ({
  hash: hash(number),
  number: BigInt(number),
  parentHash: hash(number - 1),
  timestamp: BigInt(2 * number),
  l1Origin: { hash: hash(number + 1), number: BigInt(number + 1) },
  sequenceNumber: 3n,
})
const status: SyncStatus = {
  currentL1: l1(1),
  headL1: l1(2),
  safeL1: l1(3),
  finalizedL1: l1(4),
  unsafeL2: l2(5),
  pendingSafeL2: l2(6),
  localSafeL2: l2(7),
  safeL2: l2(8),
  finalizedL2: l2(9),
}

test('what one node says, another reads', () => {
  expect(syncStatusFromJson(JSON.parse(JSON.stringify(syncStatusToJson(status))))).toEqual(status)
})

test('an older node says less', () => {
  const { pending_safe_l2: _, local_safe_l2: __, ...json } = syncStatusToJson(status)
  expect(syncStatusFromJson(json)).toEqual({
    ...status,
    pendingSafeL2: status.safeL2,
    localSafeL2: status.safeL2,
  })
})

test.each([
  ['safe_l2', undefined, /safe_l2 is missing/],
  ['head_l1', { ...syncStatusToJson(status)['head_l1']!, number: -1 }, /head_l1.*whole number/],
  ['finalized_l2', { number: 1 }, /finalized_l2.*hash is missing/],
])('a status without a proper %s is refused', (name, value, message) => {
  expect(() => syncStatusFromJson({ ...syncStatusToJson(status), [name]: value })).toThrow(message)
})

describe('an output', () => {
  const json = {
    version: hash(0),
    outputRoot: hash(7),
    blockRef: syncStatusToJson(status)['finalized_l2'],
    syncStatus: syncStatusToJson(status),
  }
  const ask = (answer: unknown) => {
    const rpc = { endpoints: [], request: async () => answer, close: async () => {} }
    return createRollupClient({ rpc }).outputAtBlock(9n)
  }

  test('comes with the status of the node that gives it', async () => {
    expect(await ask(json)).toEqual({
      outputRoot: hash(7),
      block: { hash: hash(9), number: 9n },
      status,
    })
  })

  test('of a version that contracts do not know is refused', async () => {
    await expect(ask({ ...json, version: hash(1) })).rejects.toThrow(/version 0/)
  })
})
