import { mnemonicToAccount } from 'viem/accounts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { bytesToHex, type Hash, hexToBytes } from '../../src/base/hex.ts'
import type { DevnetL1 } from '../../src/devnet/l1/l1.ts'
import { createJsonRpcClient, type JsonRpcClient } from '../../src/jsonrpc/client.ts'
import { systemClock } from '../../src/runtime/clock.ts'
import { silentLogger } from '../../src/runtime/logger.ts'
import { type KzgThread, startKzgThread } from '../../src/sources/kzgThread.ts'
import { createL1TxClient } from '../../src/sources/l1TxClient.ts'
import { startTestL1 } from '../../src/testing/startTestL1.ts'
import type { TxManager } from '../../src/txmgr/interface.ts'
import { createMnemonicSigner } from '../../src/txmgr/localSigner.ts'
import { type TxManagerOptions, txManagerOptions } from '../../src/txmgr/options.ts'
import { createTxManager } from '../../src/txmgr/txManager.ts'

const inbox = `0x${'ff'.repeat(20)}` as const
const mnemonic = 'test test test test test test test test test test test junk'
const signer = createMnemonicSigner(mnemonic)

let l1: DevnetL1
let rpc: JsonRpcClient
let kzg: KzgThread
let stopMining: () => Promise<void>
const managers: TxManager[] = []

beforeAll(async () => {
  ;[l1, kzg] = await Promise.all([startTestL1(), startKzgThread()])
  rpc = createJsonRpcClient({ urls: [l1.rpcUrl] }, { clock: systemClock, random: Math.random })
  await l1.fund([signer.address], 10n ** 20n)
  stopMining = mineForever()
})

afterAll(async () => {
  await Promise.all(managers.map((manager) => manager.close()))
  await stopMining()
  await Promise.all([kzg.close(), rpc.close()])
  await l1.close()
})

describe('transactions to anvil', () => {
  it('come from the account that other tools derive from the mnemonic', () => {
    expect(signer.address).toBe(mnemonicToAccount(mnemonic).address.toLowerCase())
  })

  it('many at once arrive in their order', async () => {
    const transactions = manager()
    const receipts = await Promise.all(
      [1, 2, 3, 4, 5].map((byte) => transactions.send({ to: inbox, data: Uint8Array.of(byte) })),
    )
    const inputs = await Promise.all(
      receipts.map((receipt) => transaction(receipt.transactionHash)),
    )
    expect(inputs.map(({ input }) => input)).toEqual(['0x01', '0x02', '0x03', '0x04', '0x05'])
    const nonces = inputs.map(({ nonce }) => Number(nonce))
    expect(nonces).toEqual(nonces.map((_, index) => nonces[0]! + index))
    expect(receipts.every(({ succeeded }) => succeeded)).toBe(true)
  })

  it.each([
    ['one proof each', undefined],
    ['cell proofs', 0n],
  ])('carry blobs with %s, which the beacon API serves', async (_, cellProofTime) => {
    const transactions = manager({ cellProofTime })
    const blobs = [blobOf(7), blobOf(8)]
    const receipt = await transactions.send({ to: inbox, data: new Uint8Array(), blobs })
    expect(receipt).toMatchObject({ succeeded: true, blobGasUsed: 262_144n })
    expect(receipt.blobGasPrice).toBeGreaterThan(0n)
    const response = await fetch(`${l1.rpcUrl}/eth/v1/beacon/blobs/${receipt.blockNumber}`)
    const served = (await response.json()) as { data: string[] }
    expect(served.data).toEqual(blobs.map(bytesToHex))
  })

  it('replace what is stuck in the pool', async () => {
    await stopMining()
    const transactions = manager({ resubmissionTimeoutMs: 400 })
    const stop = new AbortController()
    const stuck = transactions.send({ to: inbox, data: Uint8Array.of(1) }, stop.signal)
    await expect.poll(() => pendingCount()).toBe(1)
    stop.abort(new Error('given up'))
    await expect(stuck).rejects.toThrow('given up')
    const sent = transactions.send({ to: inbox, data: Uint8Array.of(2) })
    await expect.poll(() => pendingInput()).toBe('0x02')
    stopMining = mineForever()
    expect((await sent).succeeded).toBe(true)
  })

  it('deploy contracts, whose reverts are put into words before anything is paid', async () => {
    const transactions = manager()
    const receipt = await transactions.send({ to: undefined, data: hexToBytes(picky) })
    const json = (await rpc.request('eth_getTransactionReceipt', [receipt.transactionHash])) as {
      contractAddress: `0x${string}`
    }
    const to = json.contractAddress
    await expect(transactions.send({ to, data: new Uint8Array() })).rejects.toMatchObject({
      code: 'TX_REVERTS',
      shortMessage: 'the transaction would fail: arithmetic overflow or underflow',
    })
  })

  it('of an account without ETH say so', async () => {
    const transactions = manager({}, createMnemonicSigner(mnemonic, "m/44'/60'/7'/0/9"))
    expect(await transactions.balance()).toBe(0n)
    await expect(
      transactions.send({ to: inbox, data: new Uint8Array(), value: 1n }),
    ).rejects.toMatchObject({ code: 'TX_UNDERFUNDED' })
  })
})

// Code that puts `panicking` on chain: PUSH1 len DUP1 PUSH1 9 PUSH0 CODECOPY PUSH0 RETURN, then the code, which
// reverts with Panic(0x11).
const panicking = '634e487b715f5260116020526024601cfd'
const picky =
  `0x60${(panicking.length / 2).toString(16).padStart(2, '0')}8060095f395ff3${panicking}` as const

function manager(changes: Partial<TxManagerOptions> = {}, account = signer): TxManager {
  const created = createTxManager(
    txManagerOptions({
      numConfirmations: 1,
      receiptQueryIntervalMs: 50,
      rebroadcastIntervalMs: 200,
      retryIntervalMs: 50,
      ...changes,
    }),
    { chainId: 900n },
    {
      backend: createL1TxClient({ rpc }),
      signer: account,
      loadProver: async () => kzg,
      clock: systemClock,
      logger: silentLogger,
    },
  )
  managers.push(created)
  return created
}

function mineForever(): () => Promise<void> {
  const stop = new AbortController()
  const mining = (async () => {
    while (!stop.signal.aborted) {
      await l1.mine(undefined)
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  })()
  return async () => {
    stop.abort()
    await mining
  }
}

function blobOf(byte: number): Uint8Array {
  const blob = new Uint8Array(131_072)
  for (let i = 1; i < blob.length; i += 32) blob[i] = byte
  return blob
}

async function transaction(hash: Hash) {
  return (await rpc.request('eth_getTransactionByHash', [hash])) as { input: string; nonce: string }
}

async function pendingCount(): Promise<number> {
  const status = (await rpc.request('txpool_status', [])) as { pending: string }
  return Number(status.pending)
}

async function pendingInput(): Promise<string | undefined> {
  const block = (await rpc.request('txpool_content', [])) as {
    pending: Record<string, Record<string, { input: string }>>
  }
  return Object.values(block.pending).flatMap((byNonce) => Object.values(byNonce))[0]?.input
}
