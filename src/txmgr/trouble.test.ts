import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { hexToBytes } from '../base/hex.ts'
import type { FakeTxPool } from '../testing/fakeTxPool.ts'
import { type ManualClock, settle } from '../testing/manualClock.ts'
import { TxScene, trackTx, txCandidate, txTarget } from '../testing/txSending.ts'

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

describe('L1 in trouble', () => {
  test('a reorg takes the transaction out: it is sent again', async () => {
    const sent = scene.send(1)
    await clock.advance(0)
    l1.mine()
    await clock.advance(12_000)
    l1.reorg(1)
    l1.mine()
    await clock.advance(12_000)
    expect(l1.pool).toHaveLength(1)
    l1.mine(2)
    await clock.advance(12_000)
    expect(sent.state).toBe('confirmed')
    expect(sent.receipt!.blockNumber).toBe(102n)
  })

  test('a reorg beyond the confirmations takes out what was confirmed: it is sent again, in order', async () => {
    const sent = [1, 2].map((byte) => scene.send(byte))
    await clock.advance(0)
    l1.mine(2)
    await clock.advance(12_000)
    expect(sent.map(({ state }) => state)).toEqual(['confirmed', 'confirmed'])
    const third = scene.send(3)
    await clock.advance(0)
    l1.reorg(2)
    l1.drop()
    l1.mine()
    await clock.advance(60_000)
    expect(l1.pool.map(({ nonce, data }) => [nonce, data[0]])).toEqual([
      [0n, 1],
      [1n, 2],
      [2n, 3],
    ])
    l1.mine(2)
    await clock.advance(24_000)
    expect(third.state).toBe('confirmed')
    expect(l1.mined.map(({ data }) => data[0])).toEqual([1, 2, 3])
  })

  test('who asks hears what is on its way again', async () => {
    void scene.send(1)
    await clock.advance(0)
    l1.mine(2)
    await clock.advance(12_000)
    expect(await scene.transactions.resendLost()).toBe(0)
    l1.reorg(2)
    expect(await scene.transactions.resendLost()).toBe(1)
    expect(await scene.transactions.resendLost()).toBe(1)
    await clock.advance(12_000)
    expect(l1.pool).toMatchObject([{ hash: l1.taken[0]!.hash }])
    l1.mine(2)
    await clock.advance(12_000)
    expect(await scene.transactions.resendLost()).toBe(0)
  })

  test('what cannot be sent again for long is not forgotten', async () => {
    l1.baseFee = 50n * gwei
    void scene.send(1)
    await clock.advance(0)
    l1.baseFee = 10n * gwei
    void scene.send(2)
    await clock.advance(0)
    l1.mine(2)
    await clock.advance(12_000)
    l1.reorg(2)
    l1.drop()
    l1.mine(70)
    expect(await scene.transactions.resendLost()).toBe(2)
    await clock.advance(0)
    // The first alone pays so much.
    l1.baseFee = 30n * gwei
    l1.mine(2)
    await clock.advance(12_000)
    expect(scene.transactions.pending).toBe(1)
    l1.reorg(2)
    l1.drop()
    l1.isFull = true
    expect(await scene.transactions.resendLost()).toBe(2)
    await clock.advance(120_000)
    expect(scene.transactions.pending).toBe(0)
    expect(await scene.transactions.resendLost()).toBe(2)
  })

  test('nothing is sent again after the end', async () => {
    void scene.send(1)
    await clock.advance(0)
    l1.mine(2)
    await clock.advance(12_000)
    l1.reorg(2)
    const asked = scene.transactions.resendLost()
    await scene.transactions.close()
    await expect(asked).rejects.toMatchObject({ code: 'TX_CLOSED' })
    expect([scene.transactions.pending, clock.sleeping]).toEqual([0, 0])
  })

  test('what was forgotten is not sent again', async () => {
    void scene.send(1)
    await clock.advance(0)
    l1.mine(2)
    await clock.advance(12_000)
    l1.reorg(2)
    scene.transactions.forget()
    expect(await scene.transactions.resendLost()).toBe(0)
    void scene.send(2)
    await clock.advance(0)
    expect(l1.pool).toMatchObject([{ nonce: 0n, data: Uint8Array.of(2) }])
  })

  test.each([
    ['without blobs', []],
    ['with blobs, which no pool takes behind a gap', [blob]],
  ])(
    'a gap before one that is sent again is filled, if nobody knows any more what was there (%s)',
    async (_, blobs) => {
      for (const byte of [1, 2]) void scene.send(byte, blobs)
      await clock.advance(0)
      l1.mine(2)
      await clock.advance(12_000)
      scene.transactions.forget()
      const third = scene.send(3, blobs)
      await clock.advance(0)
      l1.mine(2)
      await clock.advance(12_000)
      expect(third.state).toBe('confirmed')
      l1.reorg(4)
      l1.drop()
      const fourth = scene.send(4, blobs)
      for (let round = 0; round < 10; round++) {
        await clock.advance(24_000)
        l1.mine()
      }
      await clock.advance(24_000)
      expect(fourth.state).toBe('confirmed')
    },
  )

  test.each([
    ['without blobs', []],
    ['with blobs', [1]],
  ])('a gap that somebody else has left is filled with what does nothing (%s)', async (_, ours) => {
    const blobs = ours.map(() => blob)
    l1.plant({ nonce: 0n, blobFeeCap: blobs.length ? 10n * gwei : undefined, feeCap: 100n * gwei })
    l1.mine()
    const sent = scene.send(1, blobs)
    await clock.advance(0)
    l1.reorg(1)
    l1.drop()
    l1.mine()
    await clock.advance(36_000)
    expect(l1.pool[0]).toMatchObject({
      nonce: 0n,
      to: scene.transactions.address,
      data: new Uint8Array(),
    })
    l1.mine()
    await clock.advance(12_000)
    l1.mine(2)
    await clock.advance(12_000)
    expect(l1.mined.map(({ nonce, to }) => [nonce, to])).toEqual([
      [0n, scene.transactions.address],
      [1n, txTarget],
    ])
    expect(sent.state).toBe('confirmed')
  })

  test.each([
    ['without blobs', undefined],
    ['with blobs', gwei],
  ])('what a former run left in the pool is replaced (%s)', async (_, blobFeeCap) => {
    l1.plant({ nonce: 0n, blobFeeCap, feeCap: 2n })
    l1.plant({ nonce: 1n, blobFeeCap, feeCap: 2n })
    const replaced = scene.transactions.replacePooled(new AbortController().signal)
    await clock.advance(0)
    l1.mine()
    await clock.advance(12_000)
    await replaced
    expect(l1.mined.map(({ nonce, to }) => [nonce, to])).toEqual([
      [0n, scene.transactions.address],
      [1n, scene.transactions.address],
    ])
    await scene.transactions.replacePooled(new AbortController().signal)
    expect(l1.taken).toHaveLength(2)
  })

  test.each(['silent', 'limiting'] as const)('a %s L1 is waited for', async (mood) => {
    l1.mood = mood
    const sent = scene.send(1)
    await clock.advance(30_000)
    expect(l1.taken).toEqual([])
    l1.mood = 'well'
    await clock.advance(15_000)
    expect(l1.taken).toHaveLength(1)
    l1.mood = mood
    await clock.advance(30_000)
    l1.mood = 'well'
    l1.mine(2)
    await clock.advance(30_000)
    expect(sent.state).toBe('confirmed')
  })

  test('a lost answer does not send twice', async () => {
    l1.mood = 'losingAnswers'
    const sent = scene.send(1)
    await clock.advance(0)
    l1.mine(2)
    l1.mood = 'well'
    await clock.advance(12_000)
    expect(sent.state).toBe('confirmed')
    expect(l1.mined).toHaveLength(1)
  })

  test('a full pool is asked until it has room', async () => {
    l1.isFull = true
    void scene.send(1, [blob])
    await clock.advance(60_000)
    expect(l1.taken).toEqual([])
    l1.isFull = false
    await clock.advance(1_000)
    expect(l1.taken).toHaveLength(1)
  })

  test('a pool that stays full is given up on', async () => {
    l1.isFull = true
    const sent = scene.send(1)
    await clock.advance(120_000)
    expect(sent.error).toMatchObject({
      code: 'TX_NOT_IN_MEMPOOL',
      shortMessage: expect.stringContaining('in 120000 ms: txpool is full'),
    })
  })

  test('a nonce that another transaction has used is given up on, the next call takes the next', async () => {
    const sent = scene.send(1)
    await clock.advance(0)
    l1.drop()
    l1.plant({ nonce: 0n, blobFeeCap: undefined, feeCap: 100n * gwei })
    l1.mine(2)
    await clock.advance(60_000)
    expect(sent.error).toMatchObject({ code: 'TX_NONCE_TOO_LOW' })
    void scene.send(2)
    await clock.advance(0)
    expect(l1.pool).toMatchObject([{ nonce: 1n }])
  })

  test('what was given up on and can still get in is not sent twice, whatever was before it', async () => {
    const gaveUp = new AbortController()
    const first = trackTx(scene.transactions.send(txCandidate(1), gaveUp.signal))
    const second = scene.send(2)
    await clock.advance(0)
    gaveUp.abort(new Error('enough'))
    await clock.advance(0)
    expect([first.state, second.state]).toEqual(['failed', 'failed'])
    const again = scene.send(2)
    await clock.advance(0)
    l1.mine(2)
    await clock.advance(12_000)
    expect(again.state).toBe('confirmed')
    expect(l1.mined.map(({ data }) => data[0])).toEqual([1, 2])
  })

  test('what was given up on gets another nonce when its own has gone to something new', async () => {
    const gaveUp = new AbortController()
    void trackTx(scene.transactions.send(txCandidate(1), gaveUp.signal))
    void scene.send(2)
    await clock.advance(0)
    gaveUp.abort(new Error('enough'))
    await clock.advance(0)
    for (const byte of [3, 4, 2]) void scene.send(byte)
    await clock.advance(0)
    expect(l1.pool.map(({ nonce, data }) => [nonce, data[0]])).toEqual([
      [0n, 3],
      [1n, 4],
      [2n, 2],
    ])
  })

  test('of what was given up on more than once, the newest is sent again', async () => {
    void scene.send(1)
    await clock.advance(0)
    l1.plant({ nonce: 0n, blobFeeCap: undefined, feeCap: 100n * gwei })
    l1.mine()
    await clock.advance(60_000)
    const gaveUp = new AbortController()
    void trackTx(scene.transactions.send(txCandidate(1), gaveUp.signal))
    await clock.advance(0)
    gaveUp.abort(new Error('enough'))
    await clock.advance(0)
    l1.reorg(1)
    const again = scene.send(1)
    await clock.advance(48_000)
    l1.mine(2)
    await clock.advance(12_000)
    expect(again.state).toBe('confirmed')
    expect(l1.mined.map(({ to }) => to)).toEqual([scene.transactions.address, txTarget])
  })

  test('what was given up on and never sent has no claim to its nonce', async () => {
    l1.isFull = true
    const sent = [1, 2].map((byte) => scene.send(byte))
    await clock.advance(120_000)
    expect(sent.map(({ state }) => state)).toEqual(['failed', 'failed'])
    l1.isFull = false
    void scene.send(2)
    await clock.advance(0)
    expect(l1.pool).toMatchObject([{ nonce: 0n, data: Uint8Array.of(2) }])
  })

  test.each([
    ['blobs keep the pool from one without', gwei, []],
    ['no blobs keep the pool from one with them', undefined, [1]],
  ])('stuck transactions with %s: they are replaced', async (_, blobFeeCap, ours) => {
    const cheap = { tip: 1n, feeCap: 2n }
    l1.plant({ nonce: 0n, blobFeeCap, ...cheap })
    l1.plant({ nonce: 1n, blobFeeCap, ...cheap })
    const blobs = ours.map(() => blob)
    const sent = scene.send(1, blobs)
    await clock.advance(0)
    expect(l1.taken.map(({ nonce, to }) => [nonce, to])).toEqual([
      [0n, scene.transactions.address],
      [1n, scene.transactions.address],
    ])
    l1.mine()
    await clock.advance(12_000)
    expect(sent.error).toMatchObject({ code: 'TX_POOL_CONFLICT' })
    void scene.send(2, blobs)
    await clock.advance(0)
    expect(l1.pool).toMatchObject([{ nonce: 2n, to: txTarget }])
  })
})

describe('a transaction that cannot be sent', () => {
  test('would revert: the reason is given in words', async () => {
    const data = hexToBytes(
      `0x08c379a0${'20'.padStart(64, '0')}${'4'.padStart(64, '0')}${Buffer.from('nope').toString('hex').padEnd(64, '0')}`,
    )
    l1.refusal = { type: 'refused', message: 'execution reverted', data }
    const sent = scene.send(1)
    await clock.advance(0)
    expect(sent.error).toMatchObject({
      code: 'TX_REVERTS',
      shortMessage: 'the transaction would fail: nope',
    })
  })

  test.each([
    'insufficient funds for transfer',
    'gas required exceeds allowance (0)',
    'Out of gas: gas required exceeds allowance: 4711',
  ])('nobody can pay (%j): the account is named', async (message) => {
    l1.refusal = { type: 'refused', message, data: undefined }
    const sent = scene.send(1)
    await clock.advance(0)
    expect(sent.error).toMatchObject({
      code: 'TX_UNDERFUNDED',
      context: { address: scene.transactions.address },
    })
  })

  test('needs more gas than L1 allows: that is not for lack of funds', async () => {
    const message = 'gas required exceeds allowance (16777216)'
    l1.refusal = { type: 'refused', message, data: undefined }
    const sent = scene.send(1)
    await clock.advance(0)
    expect(sent.error).toMatchObject({ code: 'TX_REVERTS' })
  })

  test('nobody can pay any more while it waits: it stays, and the log says so', async () => {
    const sent = scene.send(1)
    await clock.advance(0)
    l1.drop()
    l1.refuses = 'insufficient funds for gas * price + value: balance 0'
    await clock.advance(24_000)
    expect(sent.state).toBe('pending')
    expect(scene.logged).toContainEqual([
      'error',
      'The account cannot pay for a transaction that waits',
      expect.objectContaining({ try: [`Send ETH on L1 to ${scene.transactions.address}.`] }),
    ])
    l1.refuses = undefined
    await clock.advance(13_000)
    l1.mine(2)
    await clock.advance(12_000)
    expect(sent.state).toBe('confirmed')
  })

  test.each([
    ['unexpected sidecar version, want: 1, got: 0', '--txmgr.cell-proof-time'],
    ['tx fee (2.00 ether) exceeds the configured cap (1.00 ether)', '--rpc.txfeecap'],
    ['exceeds block gas limit', 'endpoint'],
  ])('L1 says %j: after its retries the error tells what to do', async (message, advice) => {
    l1.refuses = message
    const sent = scene.send(1)
    await clock.advance(20_000)
    expect(sent.error).toMatchObject({
      code: 'TX_REJECTED',
      shortMessage: expect.stringContaining(message),
      metaMessages: [expect.stringContaining(advice)],
    })
    const kind = ['warn', 'L1 refuses a transaction', expect.objectContaining({ reason: message })]
    expect(scene.logged).toContainEqual(kind)
  })

  test('the base fee has moved on since it was asked for: it is asked again', async () => {
    l1.refusal = {
      type: 'refused',
      message: 'max fee per gas less than block base fee: address 0x, maxFeePerGas: 1',
      data: undefined,
    }
    const sent = scene.send(1)
    await clock.advance(1_000)
    expect(sent.state).toBe('pending')
    l1.refusal = undefined
    await clock.advance(2_000)
    expect(l1.taken).toHaveLength(1)
  })

  test('blobs of a wrong size', async () => {
    const sent = scene.send(1, [new Uint8Array(5)])
    await clock.advance(0)
    expect(sent.error).toMatchObject({ code: 'TX_BLOBS' })
  })

  test('blobs for a new contract', async () => {
    const sent = trackTx(
      scene.transactions.send({ to: undefined, data: new Uint8Array(), blobs: [blob] }),
    )
    await clock.advance(0)
    expect(sent.error).toMatchObject({ code: 'TX_BLOBS' })
  })

  test('within the time it was given', async () => {
    scene.configure({ sendTimeoutMs: 30_000 })
    const sent = scene.send(1)
    await clock.advance(30_000)
    expect(sent.error).toMatchObject({ code: 'TX_TIMEOUT' })
  })

  test('after the end', async () => {
    const sent = scene.send(1)
    await clock.advance(0)
    await scene.transactions.close()
    await settle()
    expect(sent.error).toMatchObject({ code: 'TX_CLOSED' })
    await expect(scene.transactions.send(txCandidate(2))).rejects.toMatchObject({
      code: 'TX_CLOSED',
    })
  })
})
