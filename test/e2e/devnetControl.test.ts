import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Hash } from '../../src/base/hex.ts'
import type { DevnetStatus } from '../../src/devnet/control/control.ts'
import { createDevnet, type Devnet } from '../../src/devnet/devnet.ts'
import { rpcCall } from './rpcCall.ts'

const fast = { blockTime: 1, l1BlockTime: 2 }
const recipient = '0x00000000000000000000000000000000000a11ce'

describe('a devnet with a seed', () => {
  /** All heads of both nodes and of L1, after each thing that was done. */
  async function story(seed: number) {
    await using devnet = await createDevnet({ seed, paused: true, verifier: true })
    const { l1, l2 } = devnet
    const heads: unknown[] = []
    const note = ({ l1, l2, verifier }: DevnetStatus) => heads.push({ l1, l2, verifier })

    const hashes = await sendMany(devnet, 60)
    note(await devnet.mine())
    const receipts = await Promise.all(
      hashes.map((hash) => l2.publicClient.getTransactionReceipt({ hash })),
    )
    expect(new Set(receipts.map(({ blockNumber }) => blockNumber))).toEqual(new Set([2n]))
    const deposit = await l2.publicClient.buildDepositTransaction({ mint: 1n, to: recipient })
    const { account } = l1.walletClient
    await l1.walletClient.depositTransaction({ ...deposit, account, gas: 300_000n })
    note(await devnet.mineL1(8))
    note(await devnet.reorgL1(2))
    note(await devnet.mine(12))
    await devnet.startOutage('l1')
    note(await devnet.mine(4))
    await devnet.endOutage('l1')
    await devnet.startOutage('batcher')
    note(await devnet.mine(4))
    await devnet.endOutage('batcher')
    const id = await devnet.snapshot()
    note(await devnet.warp(600))
    note(await devnet.revert(id))
    const end = await devnet.mineL1(12)
    note(end)
    expect(end.l2!.finalized.number).toBeGreaterThan(15)
    expect(end.l2!.safe.number).toBeGreaterThan(end.l2!.unsafe.number - 6)
    expect(end.verifier).toEqual({ ...end.l2, unsafe: end.l2!.safe })
    return heads
  }

  test('makes the same blocks of both chains each time, batches and proposals in them, and has the same heads', async () => {
    const [one, other] = await Promise.all([story(7), story(7)])
    expect(one).toEqual(other)
  })

  test('makes other blocks with another seed', async () => {
    const first = async (seed: number) => {
      await using devnet = await createDevnet({ seed, paused: true })
      return await devnet.mineL1(2)
    }
    const [seven, eight] = await Promise.all([first(7), first(8)])
    expect(seven.l1.hash).not.toBe(eight.l1.hash)
    expect(seven.l2!.unsafe.hash).not.toBe(eight.l2!.unsafe.hash)
  })

  test('goes on by itself when it is not paused, with the same blocks', async () => {
    const blocks = async () => {
      await using devnet = await createDevnet({ ...fast, seed: 7 })
      const safe = async () => (await devnet.status()).l2!.safe.number
      await expect.poll(safe).toBeGreaterThanOrEqual(5)
      const third = [devnet.l1, devnet.l2].map(({ publicClient }) =>
        publicClient.getBlock({ blockNumber: 3n }),
      )
      return (await Promise.all(third)).map(({ hash }) => hash)
    }
    const [one, other] = await Promise.all([blocks(), blocks()])
    expect(one).toEqual(other)
  })
})

describe('time', () => {
  let devnet: Devnet
  beforeAll(async () => {
    devnet = await createDevnet({ ...fast, verifier: true })
  })
  afterAll(() => devnet?.close())

  test('stands still while it is paused, and blocks are made on demand', async () => {
    await devnet.pause()
    const before = await devnet.mine()
    await new Promise((resolve) => setTimeout(resolve, 2_500))
    expect(numbers(await devnet.status())).toEqual(numbers(before))

    const hash = await send(devnet)
    const after = await devnet.mine(3)
    expect(after.l2!.unsafe.number).toBe(before.l2!.unsafe.number + 3)
    const receipt = await devnet.l2.publicClient.getTransactionReceipt({ hash })
    expect(Number(receipt.blockNumber)).toBe(before.l2!.unsafe.number + 1)
    expect((await devnet.mineL1(2)).l1.number).toBeGreaterThanOrEqual(after.l1.number + 2)
    await devnet.resume()
    await reach(devnet, after.l2!.unsafe.number + 5)
  })

  test('is warped on both chains, and a verifier that reads L1 afterwards agrees on every block', async () => {
    await devnet.pause('verifier')
    const before = await devnet.status()
    const after = await devnet.warp(600)
    expect(after.l1.timestamp - before.time).toBeGreaterThanOrEqual(600)
    const { timestamp } = await devnet.l2.publicClient.getBlock()
    expect(Number(timestamp)).toBeGreaterThanOrEqual(after.l1.timestamp)
    await devnet.resume('verifier')
    await becomesSafe(devnet, after.l1.timestamp)
  })

  test('is asked for over JSON-RPC', async () => {
    const before = await devnet.status()
    const after = (await call(devnet, 'takt_warp', [60])) as { time: number }
    expect(after.time - before.time).toBeGreaterThanOrEqual(60)
    expect(await call(devnet, 'devnet_mine')).toMatchObject({ outages: [] })
    await expect(call(devnet, 'takt_warp', ['soon'])).rejects.toThrow('seconds: "soon"')
    await expect(call(devnet, 'devnet_pause', ['moon'])).rejects.toThrow('not one of time, l1')
    await expect(call(devnet, 'devnet_revert', ['0x77'])).rejects.toThrow('no snapshot 0x77')
  })
})

describe('snapshots', () => {
  test('bring both chains, their time and the second node back, as often as one likes', async () => {
    await using devnet = await createDevnet({ ...fast, verifier: true })
    await reach(devnet, 6)
    const before = await devnet.status()
    const id = await devnet.snapshot()
    for (const _ of [1, 2]) {
      await devnet.l2.publicClient.waitForTransactionReceipt({ hash: await send(devnet) })
      const after = await devnet.warp(100)
      const back = await devnet.revert(id)
      expect(back.time).toBeLessThan(after.time)
      expect(back.l1.number).toBeLessThan(after.l1.number)
      expect(await devnet.l2.publicClient.getBalance({ address: recipient })).toBe(0n)
      const kept = await devnet.l2.publicClient.getBlock({
        blockNumber: BigInt(before.l2!.unsafe.number),
      })
      expect(kept.hash).toBe(before.l2!.unsafe.hash)
    }
    const hash = await send(devnet)
    const { blockNumber } = await devnet.l2.publicClient.waitForTransactionReceipt({ hash })
    const verified = async () => (await devnet.status()).verifier!.safe.number
    await expect.poll(verified).toBeGreaterThanOrEqual(Number(blockNumber))
  })
})

describe('faults', () => {
  let devnet: Devnet
  beforeAll(async () => {
    devnet = await createDevnet({ ...fast, verifier: true })
  })
  afterAll(() => devnet?.close())

  test.each(['l1', 'engine', 'beacon', 'batcher'] as const)(
    'the chain outlives an outage of %s, and becomes safe on both nodes',
    async (target) => {
      await devnet.startOutage(target)
      expect((await devnet.status()).outages).toEqual([target])
      await new Promise((resolve) => setTimeout(resolve, 3_000))
      await devnet.endOutage(target)
      const { outages, time } = await devnet.status()
      expect(outages).toEqual([])
      await becomesSafe(devnet, time)
    },
  )

  test('the chain outlives a deep reorganization of L1', async () => {
    await devnet.pause('l1')
    const before = await devnet.status()
    const after = await devnet.reorgL1(5)
    expect(after.l1.number).toBe(before.l1.number)
    expect(after.l1.hash).not.toBe(before.l1.hash)
    await devnet.resume('l1')
    await becomesSafe(devnet, after.time)
    await expect(devnet.reorgL1(100_000)).rejects.toMatchObject({ code: 'REORG_TOO_DEEP' })
  })

  test('latency slows down what it is set for', async () => {
    await devnet.setLatency('engine', 100)
    await devnet.setLatency('l1', 200)
    const { time, latencyMs } = await devnet.status()
    expect(latencyMs).toEqual({ l1: 200, beacon: 0, engine: 100 })
    await becomesSafe(devnet, time)
    await devnet.setLatency('engine', 0)
    await devnet.setLatency('l1', 0)
  })

  test('a part that is paused does nothing until it is resumed', async () => {
    await devnet.pause('sequencer')
    const paused = await devnet.status()
    expect(paused.paused).toEqual(['sequencer'])
    await expect(devnet.mine()).rejects.toMatchObject({ code: 'SEQUENCER_PAUSED' })
    await new Promise((resolve) => setTimeout(resolve, 2_500))
    expect((await devnet.status()).l2!.unsafe.number).toBe(paused.l2!.unsafe.number)
    await devnet.resume('sequencer')
    await becomesSafe(devnet, paused.time + 5)
    await devnet.pause('l1')
    const { l1 } = await devnet.status()
    await new Promise((resolve) => setTimeout(resolve, 3_000))
    expect((await devnet.status()).l1.number).toBe(l1.number)
    await devnet.resume('l1')
    await expect.poll(async () => (await devnet.status()).l1.number).toBeGreaterThan(l1.number)
  })
})

/** Waits until both nodes know all L2 blocks up to that time to be safe, and agree on them. */
async function becomesSafe(devnet: Devnet, time: number): Promise<void> {
  const target = (time - Number(devnet.rollupConfig.genesis.l2Time)) / fast.blockTime
  const safe = async () => {
    const { l2, verifier } = await devnet.status()
    return Math.min(l2?.safe.number ?? 0, verifier?.safe.number ?? 0)
  }
  await expect.poll(safe).toBeGreaterThanOrEqual(target)
  const { verifier } = await devnet.status()
  const number = BigInt(verifier!.safe.number)
  const block = await devnet.l2.publicClient.getBlock({ blockNumber: number })
  expect(block.hash).toBe(verifier!.safe.hash)
}

function send({ l2 }: Devnet): Promise<Hash> {
  return l2.walletClient.sendTransaction({ to: recipient, value: 1n })
}

/** All at once, as a script does that waits for nothing. */
async function sendMany({ l2 }: Devnet, count: number): Promise<Hash[]> {
  const sent: Hash[] = []
  for (let nonce = 0; nonce < count; nonce++) {
    sent.push(await l2.walletClient.sendTransaction({ to: recipient, value: 1n, nonce }))
  }
  return sent
}

async function reach({ l2 }: Devnet, number: number): Promise<void> {
  const head = async () => Number(await l2.publicClient.getBlockNumber())
  await expect.poll(head).toBeGreaterThanOrEqual(number)
}

function numbers({ l1, l2 }: Awaited<ReturnType<Devnet['status']>>) {
  return [l1.number, l2!.unsafe.number]
}

function call({ descriptor }: Devnet, method: string, params: unknown[] = []) {
  return rpcCall(descriptor.control.rpcUrl, method, ...params)
}
