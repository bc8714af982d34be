import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { hexToBytes } from '../base/hex.ts'
import { type LogFields, type Logger, silentLogger } from '../runtime/logger.ts'
import { FakeTxPool } from '../testing/fakeTxPool.ts'
import { ManualClock, settle } from '../testing/manualClock.ts'
import type {
  BlobProver,
  TxCandidate,
  TxManager,
  TxManagerControl,
  TxReceipt,
} from './interface.ts'
import { createLocalSigner } from './localSigner.ts'
import { createTxManager } from './manager.ts'
import { type TxManagerOptions, txManagerOptions } from './options.ts'
import { TxQueue } from './queue.ts'

const gwei = 1_000_000_000n
const target = `0x${'ff'.repeat(20)}` as const
const options: Partial<TxManagerOptions> = { numConfirmations: 2, cellProofTime: 0n }

let clock: ManualClock
let l1: FakeTxPool
let transactions: TxManager
let logged: [string, string, LogFields | undefined][]

beforeEach(() => {
  logged = []
  clock = new ManualClock(1_000_000)
  l1 = new FakeTxPool()
  transactions = manager()
})

afterEach(async () => {
  await transactions.close()
  expect(clock.sleeping).toBe(0)
})

describe('a transaction on a calm L1', () => {
  test('offers twice the base fee and the tip', async () => {
    void send(1)
    await clock.advance(0)
    expect(l1.taken).toMatchObject([{ nonce: 0n, tip: gwei, feeCap: 21n * gwei, to: target }])
  })

  test('offers no less than the floors', async () => {
    l1.baseFee = 1n
    l1.tip = 1n
    void send(1)
    await clock.advance(0)
    expect(l1.taken).toMatchObject([{ tip: gwei, feeCap: 3n * gwei }])
  })

  test('is confirmed when it has its confirmations, and not before', async () => {
    const sent = send(1)
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
    void send(1)
    await clock.advance(0)
    l1.drop()
    await clock.advance(12_000)
    expect(l1.pool).toHaveLength(1)
    expect(l1.pool[0]!.hash).toBe(l1.taken[0]!.hash)
  })

  test('takes the gas limit that was asked for', async () => {
    l1.gasEstimate = 0n
    void track(transactions.send({ to: target, data: new Uint8Array(), gasLimit: 77_000n }))
    await clock.advance(0)
    expect(l1.taken).toHaveLength(1)
  })
})

describe('fees', () => {
  test('rise by a tenth when the transaction is not taken in time', async () => {
    l1.baseFee = 500n * gwei
    void send(1)
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
    const sent = send(1)
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
    const sent = send(1, [blob])
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
    transactions = manager({ feeLimitThresholdWei: 0n, feeLimitMultiplier: 1 })
    void send(1, [blob])
    await clock.advance(0)
    l1.drop()
    await clock.advance(48_000)
    expect(l1.pool).toMatchObject([{ hash: l1.taken[0]!.hash }])
    expect(logged).toContainEqual([
      'warn',
      'Fees of a transaction are at their limit',
      expect.objectContaining({ try: expect.stringContaining('--fee-limit-multiplier') }),
    ])
  })

  test('double with blobs, all three', async () => {
    void send(1, [blob])
    await clock.advance(48_000)
    const [first, second] = l1.taken
    expect(second!.tip).toBe(2n * first!.tip)
    expect(second!.feeCap).toBe(2n * first!.feeCap)
    expect(second!.blobFeeCap).toBe(2n * first!.blobFeeCap!)
  })

  test('stop at their limit above the threshold', async () => {
    transactions = manager({ feeLimitMultiplier: 2, feeLimitThresholdWei: 0n })
    void send(1)
    await clock.advance(48_000 * 20)
    expect(l1.taken.at(-1)!.feeCap).toBeLessThanOrEqual(2n * 21n * gwei)
    expect(l1.taken.length).toBeGreaterThan(3)
    l1.drop()
    await clock.advance(12_000)
    expect(l1.pool).toHaveLength(1)
  })

  test('may rise freely below the threshold', async () => {
    transactions = manager({ feeLimitMultiplier: 1, feeLimitThresholdWei: 1_000n * gwei })
    void send(1)
    await clock.advance(48_000 * 10)
    expect(l1.taken.at(-1)!.feeCap).toBeGreaterThan(2n * 21n * gwei)
  })

  test('above the ceiling nothing is sent until L1 has calmed down', async () => {
    transactions = manager({ maxBaseFeeWei: 5n * gwei })
    void send(1)
    await clock.advance(10_000)
    expect(l1.taken).toEqual([])
    l1.baseFee = 4n * gwei
    await clock.advance(2_000)
    expect(l1.taken).toHaveLength(1)
  })

  test('tip with blobs what other blobs tipped, also below the floor, and without blobs as ever', async () => {
    transactions = manager({ blobTipCapDynamic: true })
    l1.tipsOfBlobs = [3n, 5n, 2n]
    void send(1, [blob])
    await clock.advance(0)
    expect(l1.taken).toMatchObject([{ tip: 3n, feeCap: 20n * gwei + 3n }])
    l1.mine(3)
    await clock.advance(12_000)
    void send(2)
    await clock.advance(0)
    expect(l1.taken[1]).toMatchObject({ tip: gwei })
  })

  test('heed settings that are changed while a transaction waits', async () => {
    const transactions = manager()
    void track(transactions.send(candidate(1)))
    await clock.advance(0)
    transactions.change({
      resubmissionTimeoutMs: 5_000,
      minTipCapWei: 4n * gwei,
      minBaseFeeWei: 30n * gwei,
    })
    await clock.advance(48_000)
    expect(l1.taken[1]).toMatchObject({ tip: 4n * gwei, feeCap: 64n * gwei })
    const { length } = l1.taken
    await clock.advance(5_000)
    expect(l1.taken).toHaveLength(length + 1)
    await transactions.close()
  })

  test('rise at once when a pool finds a replacement too cheap', async () => {
    l1.plant({ nonce: 0n, blobFeeCap: undefined, tip: 2n * gwei, feeCap: 30n * gwei })
    void send(1)
    await clock.advance(0)
    expect(l1.taken).toHaveLength(1)
    expect(l1.taken[0]!.feeCap).toBeGreaterThanOrEqual(33n * gwei)
  })
})

describe('many transactions at once', () => {
  test('have nonces in the order of the calls', async () => {
    const sent = [1, 2, 3].map((byte) => send(byte))
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
    const first = send(1)
    await clock.advance(6_000)
    const second = send(2)
    await clock.advance(6_000)
    l1.mine(2)
    await clock.advance(6_000)
    expect([first.state, second.state]).toEqual(['pending', 'confirmed'])
    void send(3)
    await clock.advance(0)
    expect(l1.taken.map(({ nonce, data }) => [nonce, data[0]])).toEqual([
      [0n, 1],
      [1n, 2],
      [2n, 3],
    ])
  })

  test('with blobs wait for those without to be in a block', async () => {
    void send(1)
    void send(2, [blob])
    await clock.advance(24_000)
    expect(l1.taken).toHaveLength(1)
    l1.mine()
    await clock.advance(12_000)
    expect(l1.taken.map(({ data }) => data[0])).toEqual([1, 2])
    expect(l1.refusals).not.toContain('address already reserved')
  })

  test('fail together after one that fails, and go on from there', async () => {
    const stop = new AbortController()
    const first = send(1)
    const second = track(transactions.send(candidate(2), stop.signal))
    const third = send(3)
    await clock.advance(0)
    stop.abort(new Error('enough'))
    await clock.advance(0)
    expect(second.error).toMatchObject({ message: 'enough' })
    expect(third.error).toMatchObject({ code: 'TX_ORDER_LOST' })
    void send(4)
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
    const queue = new TxQueue({ maxPending: 2 }, { transactions })
    const outcomes = [1, 2, 3].map((byte) => queue.send(candidate(byte)))
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

describe('L1 in trouble', () => {
  test('a reorg takes the transaction out: it is sent again', async () => {
    const sent = send(1)
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
    const sent = [1, 2].map((byte) => send(byte))
    await clock.advance(0)
    l1.mine(2)
    await clock.advance(12_000)
    expect(sent.map(({ state }) => state)).toEqual(['confirmed', 'confirmed'])
    const third = send(3)
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
    void send(1)
    await clock.advance(0)
    l1.mine(2)
    await clock.advance(12_000)
    expect(await transactions.resendLost()).toBe(0)
    l1.reorg(2)
    expect(await transactions.resendLost()).toBe(1)
    expect(await transactions.resendLost()).toBe(1)
    await clock.advance(12_000)
    expect(l1.pool).toMatchObject([{ hash: l1.taken[0]!.hash }])
    l1.mine(2)
    await clock.advance(12_000)
    expect(await transactions.resendLost()).toBe(0)
  })

  test.each([
    ['without blobs', []],
    ['with blobs', [1]],
  ])('a gap that somebody else has left is filled with what does nothing (%s)', async (_, ours) => {
    const blobs = ours.map(() => blob)
    l1.plant({ nonce: 0n, blobFeeCap: blobs.length ? 10n * gwei : undefined, feeCap: 100n * gwei })
    l1.mine()
    const sent = send(1, blobs)
    await clock.advance(0)
    l1.reorg(1)
    l1.mine()
    await clock.advance(36_000)
    expect(l1.pool).toMatchObject([
      { nonce: 0n, to: transactions.address, data: new Uint8Array() },
      { nonce: 1n, to: target },
    ])
    l1.mine(2)
    await clock.advance(36_000)
    expect(sent.state).toBe('confirmed')
  })

  test.each([
    ['without blobs', undefined],
    ['with blobs', gwei],
  ])('what a former run left in the pool is replaced (%s)', async (_, blobFeeCap) => {
    l1.plant({ nonce: 0n, blobFeeCap, feeCap: 2n })
    l1.plant({ nonce: 1n, blobFeeCap, feeCap: 2n })
    const replaced = transactions.replacePooled(new AbortController().signal)
    await clock.advance(0)
    l1.mine()
    await clock.advance(12_000)
    await replaced
    expect(l1.mined.map(({ nonce, to }) => [nonce, to])).toEqual([
      [0n, transactions.address],
      [1n, transactions.address],
    ])
    await transactions.replacePooled(new AbortController().signal)
    expect(l1.taken).toHaveLength(2)
  })

  test.each(['silent', 'limiting'] as const)('a %s L1 is waited for', async (mood) => {
    l1.mood = mood
    const sent = send(1)
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
    const sent = send(1)
    await clock.advance(0)
    l1.mine(2)
    l1.mood = 'well'
    await clock.advance(12_000)
    expect(sent.state).toBe('confirmed')
    expect(l1.mined).toHaveLength(1)
  })

  test('a full pool is asked until it has room', async () => {
    l1.isFull = true
    void send(1, [blob])
    await clock.advance(60_000)
    expect(l1.taken).toEqual([])
    l1.isFull = false
    await clock.advance(1_000)
    expect(l1.taken).toHaveLength(1)
  })

  test('a pool that stays full is given up on', async () => {
    l1.isFull = true
    const sent = send(1)
    await clock.advance(120_000)
    expect(sent.error).toMatchObject({
      code: 'TX_NOT_IN_MEMPOOL',
      shortMessage: expect.stringContaining('in 120000 ms: txpool is full'),
    })
  })

  test('a nonce that another transaction has used is given up on, the next call takes the next', async () => {
    const sent = send(1)
    await clock.advance(0)
    l1.drop()
    l1.plant({ nonce: 0n, blobFeeCap: undefined, feeCap: 100n * gwei })
    l1.mine(2)
    await clock.advance(60_000)
    expect(sent.error).toMatchObject({ code: 'TX_NONCE_TOO_LOW' })
    void send(2)
    await clock.advance(0)
    expect(l1.pool).toMatchObject([{ nonce: 1n }])
  })

  test.each([
    ['blobs keep the pool from one without', gwei, []],
    ['no blobs keep the pool from one with them', undefined, [1]],
  ])('stuck transactions with %s: they are replaced', async (_, blobFeeCap, ours) => {
    const cheap = { tip: 1n, feeCap: 2n }
    l1.plant({ nonce: 0n, blobFeeCap, ...cheap })
    l1.plant({ nonce: 1n, blobFeeCap, ...cheap })
    const blobs = ours.map(() => blob)
    const sent = send(1, blobs)
    await clock.advance(0)
    expect(l1.taken.map(({ nonce, to }) => [nonce, to])).toEqual([
      [0n, transactions.address],
      [1n, transactions.address],
    ])
    l1.mine()
    await clock.advance(12_000)
    expect(sent.error).toMatchObject({ code: 'TX_POOL_CONFLICT' })
    void send(2, blobs)
    await clock.advance(0)
    expect(l1.pool).toMatchObject([{ nonce: 2n, to: target }])
  })
})

describe('a transaction that cannot be sent', () => {
  test('would revert: the reason is given in words', async () => {
    const data = hexToBytes(
      `0x08c379a0${'20'.padStart(64, '0')}${'4'.padStart(64, '0')}${Buffer.from('nope').toString('hex').padEnd(64, '0')}`,
    )
    l1.refusal = { type: 'refused', message: 'execution reverted', data }
    const sent = send(1)
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
    const sent = send(1)
    await clock.advance(0)
    expect(sent.error).toMatchObject({
      code: 'TX_UNDERFUNDED',
      context: { address: transactions.address },
    })
  })

  test('needs more gas than L1 allows: that is not for lack of funds', async () => {
    const message = 'gas required exceeds allowance (16777216)'
    l1.refusal = { type: 'refused', message, data: undefined }
    const sent = send(1)
    await clock.advance(0)
    expect(sent.error).toMatchObject({ code: 'TX_REVERTS' })
  })

  test('nobody can pay any more while it waits: it stays, and the log says so', async () => {
    const sent = send(1)
    await clock.advance(0)
    l1.drop()
    l1.refuses = 'insufficient funds for gas * price + value: balance 0'
    await clock.advance(24_000)
    expect(sent.state).toBe('pending')
    expect(logged).toContainEqual([
      'error',
      'The account cannot pay for a transaction that waits',
      expect.objectContaining({ try: [`Send ETH on L1 to ${transactions.address}.`] }),
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
    const sent = send(1)
    await clock.advance(20_000)
    expect(sent.error).toMatchObject({
      code: 'TX_REJECTED',
      shortMessage: expect.stringContaining(message),
      metaMessages: [expect.stringContaining(advice)],
    })
    const kind = ['warn', 'L1 refuses a transaction', expect.objectContaining({ reason: message })]
    expect(logged).toContainEqual(kind)
  })

  test('the base fee has moved on since it was asked for: it is asked again', async () => {
    l1.refusal = {
      type: 'refused',
      message: 'max fee per gas less than block base fee: address 0x, maxFeePerGas: 1',
      data: undefined,
    }
    const sent = send(1)
    await clock.advance(1_000)
    expect(sent.state).toBe('pending')
    l1.refusal = undefined
    await clock.advance(2_000)
    expect(l1.taken).toHaveLength(1)
  })

  test('blobs of a wrong size', async () => {
    const sent = send(1, [new Uint8Array(5)])
    await clock.advance(0)
    expect(sent.error).toMatchObject({ code: 'TX_BLOBS' })
  })

  test('blobs for a new contract', async () => {
    const sent = track(transactions.send({ to: undefined, data: new Uint8Array(), blobs: [blob] }))
    await clock.advance(0)
    expect(sent.error).toMatchObject({ code: 'TX_BLOBS' })
  })

  test('within the time it was given', async () => {
    transactions = manager({ sendTimeoutMs: 30_000 })
    const sent = send(1)
    await clock.advance(30_000)
    expect(sent.error).toMatchObject({ code: 'TX_TIMEOUT' })
  })

  test('after the end', async () => {
    const sent = send(1)
    await clock.advance(0)
    await transactions.close()
    await settle()
    expect(sent.error).toMatchObject({ code: 'TX_CLOSED' })
    await expect(transactions.send(candidate(2))).rejects.toMatchObject({ code: 'TX_CLOSED' })
  })
})

describe('blobs', () => {
  test('carry cell proofs from the fork of L1 on, also when it comes on the way', async () => {
    transactions = manager({ cellProofTime: 1_020n })
    void send(1, [blob])
    await clock.advance(0)
    expect(l1.taken.at(-1)!.sidecarVersion).toBe(0)
    await clock.advance(30_000)
    l1.drop()
    await clock.advance(12_000)
    expect(l1.taken.at(-1)!.sidecarVersion).toBe(1)
    expect(l1.taken.at(-1)!.hash).toBe(l1.taken[0]!.hash)
  })
})

const blob = new Uint8Array(131_072)

/** Proofs that only have the right sizes. */
const prover: BlobProver = {
  commit: async () => new Uint8Array(48),
  prove: async () => new Uint8Array(48),
  proveCells: async () => Array.from({ length: 128 }, () => new Uint8Array(48)),
}

function manager(changes: Partial<TxManagerOptions> = {}): TxManager & TxManagerControl {
  return createTxManager(
    txManagerOptions({ ...options, ...changes }),
    { chainId: 900n },
    {
      backend: l1,
      signer: createLocalSigner('11'.repeat(32)),
      loadProver: async () => prover,
      clock,
      logger: recordingLogger(),
    },
  )
}

function recordingLogger(): Logger {
  const record = (level: string) => (message: string, fields?: LogFields) => {
    logged.push([level, message, fields])
  }
  return { ...silentLogger, warn: record('warn'), error: record('error') }
}

function candidate(byte: number, blobs: readonly Uint8Array[] = []): TxCandidate {
  return { to: target, data: Uint8Array.of(byte), blobs }
}

function send(byte: number, blobs: readonly Uint8Array[] = []): Tracked {
  return track(transactions.send(candidate(byte, blobs)))
}

interface Tracked {
  state: 'pending' | 'confirmed' | 'failed'
  receipt?: TxReceipt
  error?: unknown
}

function track(sent: Promise<TxReceipt>): Tracked {
  const tracked: Tracked = { state: 'pending' }
  sent.then(
    (receipt) => Object.assign(tracked, { state: 'confirmed', receipt }),
    (error) => Object.assign(tracked, { state: 'failed', error }),
  )
  return tracked
}
