import { afterEach, describe, expect, test } from 'vitest'
import { zeroHash } from '../base/hex.ts'
import { createJsonRpcClient } from '../jsonrpc/client.ts'
import type { RpcMethods } from '../jsonrpc/dispatch.ts'
import { RpcError } from '../jsonrpc/rpcError.ts'
import { createJsonRpcServer } from '../jsonrpc/server.ts'
import { systemClock } from '../runtime/clock.ts'
import { silentLogger } from '../runtime/logger.ts'
import type { TxCall } from '../txmgr/backend.ts'
import { createL1Reader } from './l1Reader.ts'
import { createL1TxClient } from './l1TxClient.ts'

const cleanups: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

async function serve(methods: RpcMethods) {
  const server = await createJsonRpcServer(
    { host: '127.0.0.1', port: 0, methods },
    { logger: silentLogger },
  )
  cleanups.push(() => server.close())
  const rpc = createJsonRpcClient(
    { urls: [server.url], retry: { maxAttempts: 1 } },
    { clock: systemClock, random: () => 0 },
  )
  cleanups.push(() => rpc.close())
  return { ...createL1TxClient({ rpc }), reader: createL1Reader({ rpc }) }
}

const answering = (error: RpcError): RpcMethods => {
  const method = async () => {
    throw error
  }
  return { eth_sendRawTransaction: method, eth_estimateGas: method, eth_call: method }
}

const address = `0x${'aa'.repeat(20)}` as const
const call: TxCall = {
  from: address,
  to: undefined,
  data: Uint8Array.of(1),
  value: 0n,
  gas: 1n,
  maxPriorityFeePerGas: 1n,
  maxFeePerGas: 2n,
  blobs: undefined,
}

describe('what L1 says about a transaction', () => {
  test('is a refusal, with what the contract reverted with', async () => {
    const l1 = await serve(answering(new RpcError(3, 'execution reverted', '0x1234')))
    const refusal = {
      type: 'refused',
      message: 'execution reverted',
      data: Uint8Array.of(0x12, 0x34),
    }
    expect(await l1.estimateGas(call)).toEqual(refusal)
    expect(await l1.call(call)).toEqual(refusal)
    expect(await l1.sendRawTransaction(Uint8Array.of(2))).toEqual(refusal)
    expect(await l1.reader.call(address, Uint8Array.of(1))).toEqual(refusal)
  })

  test('may carry data that is no bytes', async () => {
    const l1 = await serve(answering(new RpcError(-32000, 'nonce too low', { next: 5 })))
    expect(await l1.sendRawTransaction(Uint8Array.of(2))).toMatchObject({ data: undefined })
  })

  test.each([
    ['a rate limit', new RpcError(-32005, 'daily request count exceeded')],
    ['a missing method', new RpcError(-32601, 'the method does not exist')],
  ])('is not %s: that passes', async (_, error) => {
    const l1 = await serve(answering(error))
    await expect(l1.sendRawTransaction(Uint8Array.of(2))).rejects.toMatchObject({
      code: 'L1_ERROR',
      severity: 'temporary',
    })
  })
})

test('a call is asked with its blobs, and without a target for a new contract', async () => {
  const asked: unknown[] = []
  const l1 = await serve({
    eth_estimateGas: async (params) => {
      asked.push(params[0])
      return '0x5208'
    },
  })
  const blobs = { maxFeePerBlobGas: 7n, versionedHashes: [zeroHash] }
  expect(await l1.estimateGas({ ...call, blobs })).toBe(21_000n)
  expect(asked).toEqual([
    {
      from: address,
      input: '0x01',
      value: '0x0',
      gas: '0x1',
      maxPriorityFeePerGas: '0x1',
      maxFeePerGas: '0x2',
      maxFeePerBlobGas: '0x7',
      blobVersionedHashes: [zeroHash],
    },
  ])
})

test('a transaction that is in no block has no receipt', async () => {
  const l1 = await serve({ eth_getTransactionReceipt: async () => null })
  expect(await l1.receipt(zeroHash)).toBeUndefined()
})

test('receipts that are none pass as bad data', async () => {
  const l1 = await serve({ eth_getTransactionReceipt: async () => ({ status: '0x1' }) })
  await expect(l1.receipt(zeroHash)).rejects.toMatchObject({ code: 'L1_BAD_DATA' })
})

describe('tips of blobs', () => {
  const transaction = (type: string, tip: string, feeCap: string) => ({
    type,
    maxPriorityFeePerGas: tip,
    maxFeePerGas: feeCap,
  })

  test('are what blob transactions paid on top of the base fee', async () => {
    const asked: unknown[] = []
    const l1 = await serve({
      eth_getBlockByNumber: async (params) => {
        asked.push(params)
        const transactions = [
          { type: '0x0' },
          transaction('0x3', '0x5', '0x64'),
          transaction('0x3', '0x5', '0xc'),
          transaction('0x2', '0x9', '0x64'),
        ]
        return { baseFeePerGas: '0xa', transactions }
      },
    })
    expect(await l1.blobTips(255n)).toEqual([5n, 2n])
    expect(asked).toEqual([['0xff', true]])
  })

  test('of a block that is gone are none', async () => {
    const l1 = await serve({ eth_getBlockByNumber: async () => null })
    expect(await l1.blobTips(1n)).toEqual([])
  })
})
