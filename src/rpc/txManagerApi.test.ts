import { describe, expect, test } from 'vitest'
import { FakeTxPool } from '../testing/fakeTxPool.ts'
import { ManualClock } from '../testing/manualClock.ts'
import { txManagerOn } from '../testing/txSending.ts'
import { txManagerApi } from './txManagerApi.ts'

const gwei = 1e9

function api() {
  const methods = txManagerApi(txManagerOn(new FakeTxPool(), { clock: new ManualClock(0) }))
  return (method: string, ...params: unknown[]) => methods[method]!(params, {} as never)
}

describe('settings of the transaction manager', () => {
  test.each([
    ['MinBaseFee', gwei, 2 * gwei],
    ['MinPriorityFee', gwei, gwei / 2],
    ['MinBlobFee', gwei, 1],
    ['FeeThreshold', 100 * gwei, 0],
    ['RebroadcastInterval', 12e9, 3e9],
    ['BumpFeeRetryTime', 48e9, 1e9],
    ['BlobTipCapDynamic', false, true],
  ])('%s is %j, and can be %j', async (name, before, after) => {
    const call = api()
    expect(await call(`txmgr_get${name}`)).toBe(before)
    expect(await call(`txmgr_set${name}`, after)).toBeNull()
    expect(await call(`txmgr_get${name}`)).toBe(after)
  })

  test('amounts may be hex', async () => {
    const call = api()
    await call('txmgr_setMinBaseFee', '0x77359400')
    expect(await call('txmgr_getMinBaseFee')).toBe(2 * gwei)
  })

  test.each([
    ['MinBaseFee', 1, 'minBaseFee (1 wei) must not be below minTipCap'],
    ['MinBaseFee', -1, 'expected a whole number, got -1'],
    ['MinBlobFee', '1', 'expected a 0x-prefixed hex number'],
    ['MinBlobFee', undefined, 'missing value for required argument 0'],
    ['BumpFeeRetryTime', 0, 'resubmissionTimeoutMs must be above 0'],
    ['BlobTipCapDynamic', 1, 'expected true or false, got 1'],
  ])('%s refuses %j in words, and stays', async (name, wrong, words) => {
    const call = api()
    const before = await call(`txmgr_get${name}`)
    await expect(call(`txmgr_set${name}`, wrong)).rejects.toThrow(words)
    expect(await call(`txmgr_get${name}`)).toBe(before)
  })
})
