import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { FakeTxPool } from '../testing/fakeTxPool.ts'
import type { ManualClock } from '../testing/manualClock.ts'
import { TxScene, trackTx, txCandidate, txTarget } from '../testing/txSending.ts'
import { TxQueue } from './queue.ts'

const gwei = 1_000_000_000n
const blob = new Uint8Array(131_072)

let scene: TxScene
let clock: ManualClock
let l1: FakeTxPool

beforeEach(() => {
  scene = new TxScene()
  clock = scene.clock
  l1 = scene.l1
})

afterEach(async () => {
  await scene.transactions.close()
  expect(clock.sleeping).toBe(0)
})

describe('a transaction on a calm L1', () => {
  test('offers twice the base fee and the tip', async () => {
    void scene.send(1)
    await clock.advance(0)
    expect(l1.taken).toMatchObject([{ nonce: 0n, tip: gwei, feeCap: 21n * gwei, to: txTarget }])
  })

  test('offers no less than the floors', async () => {
    l1.baseFee = 1n
    l1.tip = 1n
    void scene.send(1)
    await clock.advance(0)
    expect(l1.taken).toMatchObject([{ tip: gwei, feeCap: 3n * gwei }])
  })

  test('is confirmed when it has its confirmations, and not before', async () => {
    const sent = scene.send(1)
    await clock.advance(0)
    l1.mine()
    await clock.advance(12_000)
    expect(sent.state).toBe('pending')
    l1.mine()
    await clock.advance(12_000)
    expect(sent.state).toBe('confirmed')
    expect(sent.receipt).toMatchObject({ blockNumber: 101n, transactionHash: l1.mined[0]!.hash })
  })

  test('is published again while it waits, in case a node forgot it', async () => {
    void scene.send(1)
    await clock.advance(0)
    l1.drop()
    await clock.advance(12_000)
    expect(l1.pool).toHaveLength(1)
    expect(l1.pool[0]!.hash).toBe(l1.taken[0]!.hash)
  })

  test('takes the gas limit that was asked for, else what L1 estimates', async () => {
    void trackTx(
      scene.transactions.send({ to: txTarget, data: new Uint8Array(), gasLimit: 77_000n }),
    )
    void scene.send(1)
    await clock.advance(0)
    expect(l1.taken.map(({ gasLimit }) => gasLimit)).toEqual([77_000n, 50_000n])
  })
})

describe('fees', () => {
  test('rise by a tenth when the transaction is not taken in time', async () => {
    l1.baseFee = 500n * gwei
    void scene.send(1)
    await clock.advance(0)
    l1.baseFee = 1_200n * gwei
    l1.mine()
    expect(l1.mined).toEqual([])
    l1.baseFee = 500n * gwei
    await clock.advance(48_000)
    const [first, second] = l1.taken
    expect(second!.nonce).toBe(first!.nonce)
    expect(second!.tip).toBe((first!.tip * 110n) / 100n)
    expect(second!.feeCap).toBe((first!.feeCap * 110n) / 100n)
  })

  test('follow a spike of the base fee', async () => {
    const sent = scene.send(1)
    await clock.advance(0)
    l1.baseFee = 50n * gwei
    l1.mine()
    await clock.advance(48_000)
    l1.mine(2)
    await clock.advance(12_000)
    expect(l1.taken.at(-1)!.feeCap).toBeGreaterThanOrEqual(100n * gwei)
    expect(sent.state).toBe('confirmed')
  })

  test('follow all prices of L1 when they are twenty times as high, and its fall brings none back', async () => {
    l1.blobFee = gwei
    const sent = scene.send(1, [blob])
    await clock.advance(0)
    expect(l1.taken).toMatchObject([{ feeCap: 21n * gwei, blobFeeCap: 2n * gwei }])
    Object.assign(l1, { baseFee: 200n * gwei, tip: 20n * gwei, blobFee: 20n * gwei })
    l1.mine()
    await clock.advance(48_000)
    expect(l1.taken[1]).toMatchObject({
      tip: 20n * gwei,
      feeCap: 420n * gwei,
      blobFeeCap: 40n * gwei,
    })
    l1.mine(2)
    await clock.advance(12_000)
    expect(sent.state).toBe('confirmed')
    expect(l1.mined).toHaveLength(1)
  })

  test('at their limit keep what was published in the pool, and say why', async () => {
    scene.configure({ feeLimitThresholdWei: 0n, feeLimitMultiplier: 1 })
    void scene.send(1, [blob])
    await clock.advance(0)
    l1.drop()
    await clock.advance(48_000)
    expect(l1.pool).toMatchObject([{ hash: l1.taken[0]!.hash }])
    expect(scene.logged).toContainEqual([
      'warn',
      'Fees of a transaction are at their limit',
      expect.objectContaining({ try: expect.stringContaining('--fee-limit-multiplier') }),
    ])
  })

  test('double with blobs, all three', async () => {
    void scene.send(1, [blob])
    await clock.advance(48_000)
    const [first, second] = l1.taken
    expect(second!.tip).toBe(2n * first!.tip)
    expect(second!.feeCap).toBe(2n * first!.feeCap)
    expect(second!.blobFeeCap).toBe(2n * first!.blobFeeCap!)
  })

  test('stop at their limit above the threshold', async () => {
    scene.configure({ feeLimitMultiplier: 2, feeLimitThresholdWei: 0n })
    void scene.send(1)
    await clock.advance(48_000 * 20)
    expect(l1.taken.at(-1)!.feeCap).toBeLessThanOrEqual(2n * 21n * gwei)
    expect(l1.taken.length).toBeGreaterThan(3)
    l1.drop()
    await clock.advance(12_000)
    expect(l1.pool).toHaveLength(1)
  })

  test('may rise freely below the threshold', async () => {
    scene.configure({ feeLimitMultiplier: 1, feeLimitThresholdWei: 1_000n * gwei })
    void scene.send(1)
    await clock.advance(48_000 * 10)
    expect(l1.taken.at(-1)!.feeCap).toBeGreaterThan(2n * 21n * gwei)
  })

  test('above the ceiling nothing is sent until L1 has calmed down', async () => {
    scene.configure({ maxBaseFeeWei: 5n * gwei })
    void scene.send(1)
    await clock.advance(10_000)
    expect(l1.taken).toEqual([])
    l1.baseFee = 4n * gwei
    await clock.advance(2_000)
    expect(l1.taken).toHaveLength(1)
  })

  test('tip with blobs what other blobs tipped, also below the floor, and without blobs as ever', async () => {
    scene.configure({ blobTipCapDynamic: true })
    l1.tipsOfBlobs = [3n, 5n, 2n]
    void scene.send(1, [blob])
    await clock.advance(0)
    expect(l1.taken).toMatchObject([{ tip: 3n, feeCap: 20n * gwei + 3n }])
    l1.mine(3)
    await clock.advance(12_000)
    void scene.send(2)
    await clock.advance(0)
    expect(l1.taken[1]).toMatchObject({ tip: gwei })
  })

  test('heed settings that are changed while a transaction waits', async () => {
    void scene.send(1)
    await clock.advance(0)
    scene.transactions.change({
      resubmissionTimeoutMs: 5_000,
      minTipCapWei: 4n * gwei,
      minBaseFeeWei: 30n * gwei,
    })
    await clock.advance(48_000)
    expect(l1.taken[1]).toMatchObject({ tip: 4n * gwei, feeCap: 64n * gwei })
    const { length } = l1.taken
    await clock.advance(5_000)
    expect(l1.taken).toHaveLength(length + 1)
  })

  test('rise at once when a pool finds a replacement too cheap', async () => {
    l1.plant({ nonce: 0n, blobFeeCap: undefined, tip: 2n * gwei, feeCap: 30n * gwei })
    void scene.send(1)
    await clock.advance(0)
    expect(l1.taken).toHaveLength(1)
    expect(l1.taken[0]!.feeCap).toBeGreaterThanOrEqual(33n * gwei)
  })
})

describe('many transactions at once', () => {
  test('have nonces in the order of the calls', async () => {
    const sent = [1, 2, 3].map((byte) => scene.send(byte))
    await clock.advance(0)
    expect(l1.taken.map(({ nonce, data }) => [nonce, data[0]])).toEqual([
      [0n, 1],
      [1n, 2],
      [2n, 3],
    ])
    l1.mine(2)
    await clock.advance(12_000)
    expect(sent.map(({ state }) => state)).toEqual(['confirmed', 'confirmed', 'confirmed'])
  })

  test('have nonces of their own also while a later one is confirmed before an earlier one', async () => {
    const first = scene.send(1)
    await clock.advance(6_000)
    const second = scene.send(2)
    await clock.advance(6_000)
    l1.mine(2)
    await clock.advance(6_000)
    expect([first.state, second.state]).toEqual(['pending', 'confirmed'])
    void scene.send(3)
    await clock.advance(0)
    expect(l1.taken.map(({ nonce, data }) => [nonce, data[0]])).toEqual([
      [0n, 1],
      [1n, 2],
      [2n, 3],
    ])
  })

  test('with blobs wait for those without to be in a block', async () => {
    void scene.send(1)
    void scene.send(2, [blob])
    await clock.advance(24_000)
    expect(l1.taken).toHaveLength(1)
    l1.mine()
    await clock.advance(12_000)
    expect(l1.taken.map(({ data }) => data[0])).toEqual([1, 2])
    expect(l1.refusals).not.toContain('address already reserved')
  })

  test('fail together after one that fails, and go on from there', async () => {
    const stop = new AbortController()
    const first = scene.send(1)
    const second = trackTx(scene.transactions.send(txCandidate(2), stop.signal))
    const third = scene.send(3)
    await clock.advance(0)
    stop.abort(new Error('enough'))
    await clock.advance(0)
    expect(second.error).toMatchObject({ message: 'enough' })
    expect(third.error).toMatchObject({ code: 'TX_ORDER_LOST' })
    void scene.send(4)
    await clock.advance(0)
    expect(l1.pool.map(({ nonce, data }) => [nonce, data[0]])).toEqual([
      [0n, 1],
      [1n, 4],
      [2n, 3],
    ])
    l1.mine(2)
    await clock.advance(12_000)
    expect(first.state).toBe('confirmed')
  })

  test('go through a queue with a bound', async () => {
    const queue = new TxQueue({ maxPending: 2 }, { transactions: scene.transactions })
    const outcomes = [1, 2, 3].map((byte) => queue.send(txCandidate(byte)))
    await clock.advance(0)
    expect(queue.room).toBe(0)
    expect(l1.taken).toHaveLength(2)
    l1.mine(2)
    await clock.advance(12_000)
    expect(l1.taken).toHaveLength(3)
    l1.mine(2)
    await clock.advance(12_000)
    await queue.drained()
    expect((await Promise.all(outcomes)).map(({ type }) => type)).toEqual([
      'confirmed',
      'confirmed',
      'confirmed',
    ])
    expect(queue.room).toBe(2)
  })
})

describe('blobs', () => {
  test('carry cell proofs from the fork of L1 on, also when it comes on the way', async () => {
    scene.configure({ cellProofTime: 1_020n })
    void scene.send(1, [blob])
    await clock.advance(0)
    expect(l1.taken.at(-1)!.sidecarVersion).toBe(0)
    await clock.advance(30_000)
    l1.drop()
    await clock.advance(12_000)
    expect(l1.taken.at(-1)!.sidecarVersion).toBe(1)
    expect(l1.taken.at(-1)!.hash).toBe(l1.taken[0]!.hash)
  })
})
