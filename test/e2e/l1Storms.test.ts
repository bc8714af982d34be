import { type PrivateKeyAccount, privateKeyToAccount } from 'viem/accounts'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { type Hash, type Hex, hexToBytes } from '../../src/base/hex.ts'
import { deriveDevnetAccounts } from '../../src/devnet/accounts.ts'
import { createDevnet, type Devnet } from '../../src/devnet/devnet.ts'
import { decodeBlob } from '../../src/protocol/batch/blobCodec.ts'
import {
  type RpcTrouble,
  startTroubledRpc,
  type TroubledRpc,
} from '../../src/testing/troubledRpc.ts'
import { batchesInData, type PostedData } from '../sim/postedBlocks.ts'
import { rpcCall } from './rpcCall.ts'
import { startTakt, type TaktProcess } from './takt.ts'

const { batcher: account } = deriveDevnetAccounts(1).roles
const gwei = 1_000_000_000n

let devnet: Devnet
let l1: TroubledRpc
let takt: TaktProcess

beforeAll(async () => {
  devnet = await createDevnet({ batcher: false, proposer: false, blockTime: 1, l1BlockTime: 1 })
  l1 = await startTroubledRpc(devnet.l1.rpcUrl)
}, 60_000)

afterEach(() => {
  l1.trouble = { type: 'none' }
})

afterAll(async () => {
  takt?.kill('SIGKILL')
  await l1?.[Symbol.asyncDispose]()
  await devnet?.close()
})

/** Troubles in which it makes no difference what is posted. */
const inWhateverItPosts = new Set<RpcTrouble['type']>(['limiting', 'silent', 'closing'])

describe.each(['calldata', 'blobs'])('a batcher that posts %s', (kind) => {
  beforeAll(async () => {
    takt?.kill('SIGTERM')
    await takt?.ended
    takt = startBatcher(`--data-availability-type=${kind}`)
    await untilSafeMoves(2)
  }, 60_000)

  const passing: readonly [string, RpcTrouble][] = [
    ['answers 429', { type: 'limiting' }],
    ['answers 429 and asks for patience', { type: 'limiting', retryAfter: '3' }],
    ['answers nothing', { type: 'silent' }],
    ['closes connections', { type: 'closing' }],
    ['takes transactions and loses its answers', { type: 'losingAnswers' }],
    ['has a full pool', refusing('txpool is full')],
    ['refuses for reasons of its own', refusing('the moon is in the wrong house')],
  ]
  test.each(passing.filter(([, { type }]) => kind === 'calldata' || !inWhateverItPosts.has(type)))(
    'goes on after an L1 that %s',
    async (_, trouble) => {
      l1.trouble = trouble
      l1.troubled = 0
      await pause(3_000)
      expect(l1.troubled).toBeGreaterThan(0)
      l1.trouble = { type: 'none' }
      await untilSafeMoves(3)
    },
    60_000,
  )

  test('pays for a base fee twenty times as high', async () => {
    const published = transactionsIn(takt.stderr()).length
    const spike = setInterval(() => void setBaseFee(100n * gwei), 200)
    try {
      // What was published before waits; what pays for the spike gets in.
      await vi.waitFor(
        () => expect(transactionsIn(takt.stderr()).slice(published).some(paysForSpike)).toBe(true),
        { timeout: 30_000, interval: 200 },
      )
      await untilSafeMoves(3)
    } finally {
      clearInterval(spike)
    }
    await setBaseFee(gwei)
    await untilSafeMoves(3)
  }, 90_000)

  test('sends again what a reorganization of L1 takes out', async () => {
    await devnet.reorgL1(2)
    await untilSafeMoves(3)
    // Deeper than its three confirmations.
    await devnet.reorgL1(5)
    await untilSafeMoves(3)
  }, 90_000)

  test('makes way for a transaction of somebody else with its key', async () => {
    const own = privateKeyToAccount(account.privateKey)
    for (let round = 0; round < 3; round++) {
      await sendAs(own, round)
      await pause(700)
    }
    await untilSafeMoves(3)
  }, 60_000)

  test('has posted every block in order, and none again that was read', async () => {
    const { safe } = await heads()
    const repeated: number[] = []
    let next = 1
    for (const { number, singular } of await batchesInData(
      await postedData(),
      devnet.rollupConfig,
    )) {
      // Of a chain that ended with the L1 blocks that it stood on.
      const { parentHash, epochHash, epochNumber } = singular!
      if ((await hashOf(devnet.l2.rpcUrl, number - 1)) !== parentHash) continue
      if ((await hashOf(devnet.l1.rpcUrl, Number(epochNumber))) !== epochHash) continue
      if (number === next) next++
      else if (number < next) repeated.push(number)
    }
    expect(repeated).toEqual([])
    expect(next).toBeGreaterThan(safe)
  }, 60_000)

  test('has told what L1 said, and met nothing unforeseen', () => {
    const text = takt.stderr()
    expect(text).toMatch(/WARN .*No pool takes the transaction yet .*txpool is full/)
    expect(text).toMatch(/WARN .*L1 refuses a transaction .*the moon is in the wrong house/)
    expect(text).not.toContain('stack=')
    expect(text).not.toContain('ERROR')
  })
})

function startBatcher(...more: readonly string[]): TaktProcess {
  const { l2, node } = devnet.descriptor
  return startTakt(
    [
      ...[
        'batcher',
        '--l1-eth-rpc',
        l1.url,
        '--l2-eth-rpc',
        l2.rpcUrl,
        '--rollup-rpc',
        node.rpcUrl,
      ],
      ...[
        '--rpc.port=0',
        '--poll-interval=200ms',
        '--max-channel-duration=1',
        '--max-pending-tx=3',
      ],
      ...['--num-confirmations=3', '--txmgr.receipt-query-interval=200ms', '--network-timeout=2s'],
      ...['--txmgr.rebroadcast-interval=1s', '--resubmission-timeout=3s', '--txmgr.max-retries=3'],
      ...['--txmgr.cell-proof-time=0', '--log.level=debug'],
      ...more,
    ],
    { OP_BATCHER_PRIVATE_KEY: account.privateKey },
  )
}

function refusing(message: string): RpcTrouble {
  return { type: 'refusing', method: 'eth_sendRawTransaction', message }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}

async function heads(): Promise<{ readonly safe: number; readonly unsafe: number }> {
  const status = await rpcCall(devnet.node.rpcUrl, 'optimism_syncStatus')
  const { safe_l2, unsafe_l2 } = status as Record<string, { number: number }>
  return { safe: safe_l2!.number, unsafe: unsafe_l2!.number }
}

/** Until blocks are safe that did not exist before. */
async function untilSafeMoves(blocks: number): Promise<void> {
  const { unsafe } = await heads()
  await vi.waitFor(
    async () => expect((await heads()).safe).toBeGreaterThanOrEqual(unsafe + blocks),
    { timeout: 45_000, interval: 200 },
  )
}

async function hashOf(url: string, number: number): Promise<Hash | undefined> {
  const block = await rpcCall(url, 'eth_getBlockByNumber', `0x${number.toString(16)}`, false)
  return (block as { hash: Hash } | null)?.hash
}

/** Fee caps of what was published, in order. */
function transactionsIn(log: string): bigint[] {
  return [...log.matchAll(/Published transaction .* feeCap=(\d+)/g)].map(([, fee]) => BigInt(fee!))
}

function paysForSpike(feeCap: bigint): boolean {
  return feeCap >= 100n * gwei
}

function setBaseFee(wei: bigint): Promise<unknown> {
  return rpcCall(devnet.l1.rpcUrl, 'anvil_setNextBlockBaseFeePerGas', `0x${wei.toString(16)}`)
}

/** Sends nothing to nobody, with the nonce that is next. */
async function sendAs(sender: PrivateKeyAccount, value: number): Promise<void> {
  const nonce = await rpcCall(devnet.l1.rpcUrl, 'eth_getTransactionCount', sender.address, 'latest')
  const raw = await sender.signTransaction({
    chainId: devnet.l1.chainId,
    nonce: Number(nonce),
    to: sender.address,
    value: BigInt(value),
    gas: 21_000n,
    maxFeePerGas: 500n * gwei,
    maxPriorityFeePerGas: 50n * gwei,
  })
  // The pool may hold one of the batcher's that pays as much, or one with blobs.
  await rpcCall(devnet.l1.rpcUrl, 'eth_sendRawTransaction', raw).catch(() => undefined)
}

interface L1Transaction {
  readonly from: Hex
  readonly to: Hex | null
  readonly input: Hex
  readonly blobVersionedHashes?: readonly Hash[]
}

async function postedData(): Promise<PostedData[]> {
  const posted: PostedData[] = []
  const head = Number(await rpcCall(devnet.l1.rpcUrl, 'eth_blockNumber'))
  for (let number = 0; number <= head; number++) {
    const block = await rpcCall(
      devnet.l1.rpcUrl,
      'eth_getBlockByNumber',
      `0x${number.toString(16)}`,
      true,
    )
    const { transactions } = block as { transactions: readonly L1Transaction[] }
    const own = transactions.filter(
      ({ from, to }) => from === account.address && to === devnet.rollupConfig.batchInboxAddress,
    )
    const hasBlobs = own.some(({ blobVersionedHashes }) => blobVersionedHashes !== undefined)
    const blobs = hasBlobs ? await blobsOf(number) : []
    for (const { input, blobVersionedHashes } of own) {
      const data =
        blobVersionedHashes === undefined
          ? [hexToBytes(input)]
          : blobs.splice(0, blobVersionedHashes.length).map(decodeBlob)
      posted.push(...data.map((data) => ({ l1Number: BigInt(number), data })))
    }
  }
  return posted
}

/** In the order of the block. */
async function blobsOf(number: number): Promise<Uint8Array[]> {
  const response = await fetch(`${devnet.l1.rpcUrl}/eth/v1/beacon/blobs/${number}`)
  const { data } = (await response.json()) as { data: Hex[] }
  return data.map(hexToBytes)
}
