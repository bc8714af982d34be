import { once } from 'node:events'
import { createRequire } from 'node:module'
import { privateKeyToAccount } from 'viem/accounts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { concatBytes } from '../../src/base/bytes.ts'
import { bytesToHex, type Hash, hexToBytes } from '../../src/base/hex.ts'
import { rlpDecode, rlpEncode } from '../../src/base/rlp.ts'
import { devnetL1Chain } from '../../src/chain/l1Chain.ts'
import type { L1BlockRef } from '../../src/chain/refs.ts'
import type { DevnetL1 } from '../../src/devnet/l1/l1.ts'
import { createJsonRpcClient, type JsonRpcClient } from '../../src/jsonrpc/client.ts'
import { versionedHash } from '../../src/protocol/versionedHash.ts'
import { systemClock } from '../../src/runtime/clock.ts'
import { silentLogger } from '../../src/runtime/logger.ts'
import { createBeaconClient } from '../../src/sources/beaconClient.ts'
import { createKzgLoader } from '../../src/sources/kzgThread.ts'
import { createL1Client, type L1Client } from '../../src/sources/l1Client.ts'
import { runL1Watcher } from '../../src/sources/l1Watcher.ts'
import { startTestL1 } from '../../src/testing/startTestL1.ts'

/** What the project's own interface to the library leaves out: making proofs. */
const kzgLibrary = createRequire(import.meta.url)('@crate-crypto/node-eth-kzg') as {
  readonly DasContextJs: {
    create(options: { usePrecomp: boolean }): {
      blobToKzgCommitment(blob: Uint8Array): Uint8Array
      computeCellsAndKzgProofs(blob: Uint8Array): { readonly proofs: readonly Uint8Array[] }
    }
  }
}

/** Init code that logs the word 1 under the topic 0xff. */
const loggingCode = '0x600160005260ff60206000a100'

let anvil: DevnetL1
let rpc: JsonRpcClient
let l1: L1Client

beforeAll(async () => {
  anvil = await startTestL1()
  rpc = createJsonRpcClient({ urls: [anvil.rpcUrl] }, { clock: systemClock, random: Math.random })
  l1 = createL1Client({ l1Chain: devnetL1Chain(900n), trustRpc: false }, { rpc })
})

afterAll(async () => {
  await rpc.close()
  await anvil.close()
})

async function mine(): Promise<L1BlockRef> {
  await anvil.mine(undefined)
  return (await l1.blockRefByLabel('latest'))!
}

describe('L1 client on anvil', () => {
  it('gives a block whose hash it has checked, with the price of blobs', async () => {
    const ref = await mine()
    expect(await l1.blockRefByNumber(ref.number)).toEqual(ref)
    const block = await l1.blockByHash(ref.hash)
    expect(block?.blobBaseFee).toBe(BigInt((await rpc.request('eth_blobBaseFee', [])) as string))
    expect((await l1.blockRefByNumber(ref.number - 1n))?.hash).toBe(ref.parentHash)
  })

  it('gives the receipts of a block, checked against its root', async () => {
    const [from] = (await rpc.request('eth_accounts', [])) as string[]
    for (const nonce of ['0x0', '0x1']) {
      await rpc.request('eth_sendTransaction', [{ from, data: loggingCode, nonce, gas: '0x186a0' }])
    }
    const { hash } = await mine()
    const receipts = await l1.receiptsByHash(hash)
    expect(receipts?.map(({ succeeded }) => succeeded)).toEqual([true, true])
    const logs = receipts?.flatMap(({ logs }) => logs) ?? []
    expect(logs.map(({ logIndex }) => logIndex)).toEqual([0n, 1n])
    expect(logs[0]?.topics).toEqual([`0x${'0'.repeat(62)}ff`])
    expect(logs[0]?.data).toEqual(new Uint8Array(32).with(31, 1))
  })

  it('has neither blocks nor receipts that anvil has not', async () => {
    const unknown: Hash = `0x${'99'.repeat(32)}`
    expect(await l1.blockByHash(unknown)).toBeUndefined()
    expect(await l1.receiptsByHash(unknown)).toBeUndefined()
    expect(await l1.blockRefByNumber(1_000_000n)).toBeUndefined()
  })
})

describe('blobs on anvil', () => {
  const blob = new Uint8Array(131_072).with(1, 7)

  /** Posts the blob as the network form of today has it: with a proof for each of its 128 cells. */
  async function postBlob(): Promise<{ readonly transaction: Uint8Array; readonly hash: Hash }> {
    const library = kzgLibrary.DasContextJs.create({ usePrecomp: false })
    const commitment = library.blobToKzgCommitment(blob)
    const hash = versionedHash(commitment)
    const signer = privateKeyToAccount(`0x${'42'.repeat(32)}`)
    await anvil.fund([signer.address], 10n ** 18n)
    const signed = await signer.signTransaction({
      type: 'eip4844',
      chainId: 900,
      nonce: 0,
      to: `0x${'aa'.repeat(20)}`,
      gas: 21_000n,
      maxFeePerGas: 10n ** 10n,
      maxPriorityFeePerGas: 1n,
      maxFeePerBlobGas: 10n ** 10n,
      blobVersionedHashes: [hash],
    })
    const transaction = hexToBytes(signed)
    const wrapper = rlpEncode([
      rlpDecode(transaction.subarray(1)),
      Uint8Array.of(1),
      [blob],
      [commitment],
      library.computeCellsAndKzgProofs(blob).proofs,
    ])
    const raw = bytesToHex(concatBytes(Uint8Array.of(3), wrapper))
    // Anvil loads its own trusted set-up first; sent a second time it would be refused as known.
    await rpc.request('eth_sendRawTransaction', [raw], { timeoutMs: 60_000 })
    return { transaction, hash }
  }

  it('come back, and so does the transaction that names them', async () => {
    const { transaction, hash } = await postBlob()
    const block = await mine()
    const beacon = createBeaconClient(
      { urls: [anvil.rpcUrl], archiverUrls: [], blobIds: { type: 'blockHash' } },
      { clock: systemClock, random: Math.random, logger: silentLogger, kzg: createKzgLoader() },
    )
    expect(await beacon.blobsOfBlock(block, [hash])).toEqual([blob])
    await beacon.close()

    await expect(l1.transactionsByHash(block.hash)).rejects.toMatchObject({
      cause: { code: 'TRANSACTIONS_ROOT' },
    })
    const options = { l1Chain: devnetL1Chain(900n), trustRpc: false, isAnvil: true }
    const tolerant = createL1Client(options, { rpc })
    expect(await tolerant.transactionsByHash(block.hash)).toEqual([transaction])
  })
})

describe.each([
  ['by subscription', true],
  ['by polls', false],
])('L1 watcher on anvil, %s', (_, isSubscribed) => {
  it('follows the chain through a reorg', async () => {
    const heads: L1BlockRef[] = []
    const arrival = new EventTarget()
    const stop = new AbortController()
    const running = runL1Watcher(
      {
        wsUrl: isSubscribed ? anvil.wsUrl : undefined,
        pollIntervalMs: isSubscribed ? 60_000 : 20,
        epochPollIntervalMs: 60_000,
      },
      {
        l1,
        clock: systemClock,
        random: Math.random,
        logger: silentLogger,
        onHead: (head) => {
          heads.push(head)
          arrival.dispatchEvent(new Event('head'))
        },
        onSafe: () => {},
        onFinalized: () => {},
      },
      stop.signal,
    )
    const untilHead = async (hash: Hash) => {
      while (heads.at(-1)?.hash !== hash) await once(arrival, 'head')
    }
    await once(arrival, 'head')
    for (let i = 0; i < 4; i++) await untilHead((await mine()).hash)
    const before = heads.at(-1)!
    await rpc.request('anvil_reorg', [3, []])
    const after = (await l1.blockRefByLabel('latest'))!
    expect(after.hash).not.toBe(before.hash)
    await untilHead(after.hash)
    await untilHead((await mine()).hash)
    stop.abort()
    await running
  })
})
