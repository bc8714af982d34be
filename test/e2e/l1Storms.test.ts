import { type PrivateKeyAccount, privateKeyToAccount } from 'viem/accounts'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { type Hash, type Hex, hexToBytes } from '../../src/base/hex.ts'
import { deriveDevnetAccounts } from '../../src/devnet/accounts.ts'
import { createDevnet, type Devnet } from '../../src/devnet/devnet.ts'
import { decodeBlob } from '../../src/protocol/batch/blobCodec.ts'
import {
  type RpcTrouble,
  startTroubledRpc,
  type TroubledRpc,
} from '../../src/testing/troubledRpc.ts'
import { blocksInData, type PostedData } from '../sim/postedBlocks.ts'
import { rpcCall } from './rpcCall.ts'
import { startTakt, type TaktProcess } from './takt.ts'

const { batcher: account } = deriveDevnetAccounts(1).roles
const gwei = 1_000_000_000n

let devnet: Devnet
let l1: TroubledRpc
let takt: TaktProcess

/** Troubles in which it makes no difference what is posted. */
const inWhateverItPosts = new Set<RpcTrouble['type']>(['limiting', 'silent', 'closing'])

describe.each(['calldata', 'blobs'])('a batcher that posts %s', (kind) => {
  beforeAll(async () => {
    devnet = await createDevnet({ batcher: false, proposer: false, blockTime: 1, l1BlockTime: 1 })
    l1 = await startTroubledRpc(devnet.l1.rpcUrl)
    takt = startBatcher(`--data-availability-type=${kind}`)
  })
  afterEach(() => {
    l1.trouble = { type: 'none' }
  })
  afterAll(async () => {
    takt?.kill('SIGKILL')
    await takt?.ended
    await l1?.[Symbol.asyncDispose]()
    await devnet?.close()
  })

  test('makes the chain safe', () => untilSafeMoves())

  const passing: readonly [string, RpcTrouble, told?: RegExp][] = [
    ['answers 429', { type: 'limiting' }],
    ['answers 429 and asks for patience', { type: 'limiting', retryAfter: '3' }],
    ['answers nothing', { type: 'silent' }],
    ['closes connections', { type: 'closing' }],
    ['takes transactions and loses its answers', { type: 'losingAnswers' }],
    [
      'has a full pool',
      refusing('txpool is full'),
      /WARN .*(No pool takes the transaction yet) .*txpool is full/,
    ],
    [
      'refuses for reasons of its own',
      refusing('the moon is in the wrong house'),
      /WARN .*(L1 refuses a transaction) .*the moon is in the wrong house/,
    ],
  ]
  test.each(passing.filter(([, { type }]) => kind === 'calldata' || !inWhateverItPosts.has(type)))(
    'goes on after an L1 that %s',
    async (_, trouble, told) => {
      l1.trouble = trouble
      l1.troubled = 0
      await expect.poll(() => l1.troubled).toBeGreaterThan(2)
      if (told !== undefined) await takt.logged(told)
      l1.trouble = { type: 'none' }
      await untilSafeMoves()
    },
  )

  test('pays for a base fee twenty times as high', async () => {
    const published = transactionsIn(takt.stderr()).length
    const spike = setInterval(() => setBaseFee(100n * gwei).catch(() => undefined), 200)
    try {
      // What was published before waits; what pays for the spike gets in.
      const feeCaps = () => transactionsIn(takt.stderr()).slice(published)
      await expect.poll(() => feeCaps().some(paysForSpike)).toBe(true)
      await untilSafeMoves()
    } finally {
      clearInterval(spike)
    }
    await setBaseFee(gwei)
    await untilSafeMoves()
  })

  test('makes way for a transaction of somebody else with its key', async () => {
    const own = privateKeyToAccount(account.privateKey)
    for (let round = 0; round < 3; round++) {
      await sendAs(own, round)
      await untilSafeMoves()
    }
  })

  // Later what a reorganization takes out may come back by itself, beside what was posted in its place.
  test('has posted every block in order, and none again that was read', async () => {
    const { safe } = await heads()
    const repeated: number[] = []
    let next = 1
    for (const number of await blocksInData(await postedData(), devnet.rollupConfig)) {
      if (number === next) next++
      else if (number < next) repeated.push(number)
    }
    expect(repeated).toEqual([])
    expect(next).toBeGreaterThan(safe)
  })

  test('sends again what a reorganization of L1 takes out', async () => {
    await devnet.reorgL1(2)
    await untilSafeMoves()
    // Deeper than its three confirmations.
    await devnet.reorgL1(5)
    await untilSafeMoves()
  })

  test('has met nothing unforeseen', () => {
    const text = takt.stderr()
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

async function heads(): Promise<{ readonly safe: number; readonly unsafe: number }> {
  const status = await rpcCall(devnet.node.rpcUrl, 'optimism_syncStatus')
  const { safe_l2, unsafe_l2 } = status as Record<string, { number: number }>
  return { safe: safe_l2!.number, unsafe: unsafe_l2!.number }
}

/** Until a block is safe that did not exist before. */
async function untilSafeMoves(): Promise<void> {
  const { unsafe } = await heads()
  await expect.poll(async () => (await heads()).safe).toBeGreaterThan(unsafe)
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
