import { privateKeyToAccount } from 'viem/accounts'
import { afterEach, describe, expect, it } from 'vitest'
import { bytesToHex, hexToBytes } from '../base/hex.ts'
import { rlpDecode, rlpEncode } from '../base/rlp.ts'
import { devnetL1Chain } from '../chain/l1Chain.ts'
import { transactionToJson } from '../execution/rpc/transactionJson.ts'
import { decodeTransaction } from '../execution/transaction/transaction.ts'
import { createJsonRpcClient } from '../jsonrpc/client.ts'
import type { RpcMethods } from '../jsonrpc/dispatch.ts'
import { RpcError } from '../jsonrpc/rpcError.ts'
import { createJsonRpcServer } from '../jsonrpc/server.ts'
import { type BlockHeader, encodeHeader } from '../protocol/header.ts'
import { transactionsRoot } from '../protocol/payloadHeader.ts'
import { encodeReceipt, type Receipt } from '../protocol/receipt.ts'
import { systemClock } from '../runtime/clock.ts'
import { silentLogger } from '../runtime/logger.ts'
import { l1BlockOn, l1Chain, newHead, RpcL1, receiptToJson } from '../testing/rpcL1.ts'
import { createL1Client } from './l1Client.ts'

const cleanups: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

async function connect(methods: RpcMethods, trustRpc = false) {
  const server = await createJsonRpcServer(
    { host: '127.0.0.1', port: 0, methods },
    { logger: silentLogger },
  )
  const rpc = createJsonRpcClient(
    { urls: [server.url], retry: { maxAttempts: 1 } },
    { clock: systemClock, random: () => 0 },
  )
  cleanups.push(
    () => server.close(),
    () => rpc.close(),
  )
  return createL1Client({ l1Chain: devnetL1Chain(900n), trustRpc }, { rpc })
}

const receipt = (gas: bigint, succeeded = true): Receipt => ({
  type: 2,
  succeeded,
  cumulativeGasUsed: gas,
  logsBloom: new Uint8Array(256),
  logs: [
    {
      address: `0x${'11'.repeat(20)}`,
      topics: [`0x${'22'.repeat(32)}`],
      data: Uint8Array.of(1, 2, 3),
    },
  ],
  depositNonce: undefined,
  depositReceiptVersion: undefined,
})

const chain = l1Chain(3)
const receipts = [receipt(21_000n), receipt(50_000n, false), receipt(90_000n)]
const block = l1BlockOn(chain[2], { excessBlobGas: 10_000_000n }, receipts)
const temporary = (code: string) => ({ severity: 'temporary', code })

describe('L1 blocks', () => {
  it('are found by number, hash and label', async () => {
    const source = new RpcL1(chain)
    source.safe = chain[1]
    const l1 = await connect(source.methods())
    const { hash, header } = chain[1]!
    const ref = {
      hash,
      number: 1n,
      parentHash: header.parentHash,
      timestamp: header.timestamp,
    }
    expect(await l1.blockRefByNumber(1n)).toEqual(ref)
    expect(await l1.blockRefByHash(hash)).toEqual(ref)
    expect(await l1.blockRefByLabel('safe')).toEqual(ref)
    expect((await l1.blockRefByLabel('latest'))?.number).toBe(2n)
  })

  it('are undefined where there are none, also by a label that nobody has set yet', async () => {
    const l1 = await connect(new RpcL1(chain).methods())
    expect(await l1.blockRefByNumber(9n)).toBeUndefined()
    expect(await l1.blockByHash(`0x${'99'.repeat(32)}`)).toBeUndefined()
    expect(await l1.blockRefByLabel('finalized')).toBeUndefined()
  })

  it('carry the price of blobs', async () => {
    const l1 = await connect(new RpcL1([block]).methods())
    // e ** (10,000,000 / 5,007,716) = 7.36…
    expect((await l1.blockByHash(block.hash))?.blobBaseFee).toBe(7n)
  })

  it('are fetched once by hash, but anew by number, for number means another block after a reorg', async () => {
    const source = new RpcL1(chain)
    const l1 = await connect(source.methods())
    await l1.blockRefByNumber(2n)
    await l1.blockByHash(chain[2]!.hash)
    await l1.blockRefByNumber(2n)
    expect(source.calls).toEqual({ eth_getBlockByNumber: 2 })
  })

  it('are not fetched once their header has been announced', async () => {
    const source = new RpcL1(chain)
    const l1 = await connect(source.methods())
    expect(l1.admitHeader(newHead(chain[2]!)).number).toBe(2n)
    await l1.blockByHash(chain[2]!.hash)
    expect(source.calls).toEqual({})
  })

  it('are refused when their fields have another hash', async () => {
    const forged = { ...(newHead(chain[0]!) as object), timestamp: '0x1' }
    const methods: RpcMethods = { eth_getBlockByNumber: async () => forged }
    await expect((await connect(methods)).blockRefByNumber(0n)).rejects.toMatchObject({
      ...temporary('L1_BAD_DATA'),
      cause: { code: 'BLOCK_HASH' },
    })
    const trusting = await connect(methods, true)
    expect((await trusting.blockRefByNumber(0n))?.timestamp).toBe(1n)
  })

  it('are refused when another one was asked for', async () => {
    const methods: RpcMethods = {
      eth_getBlockByNumber: async () => newHead(chain[0]!),
      eth_getBlockByHash: async () => newHead(chain[0]!),
    }
    const l1 = await connect(methods)
    await expect(l1.blockRefByNumber(1n)).rejects.toMatchObject(temporary('L1_BAD_DATA'))
    await expect(l1.blockRefByHash(chain[1]!.hash)).rejects.toMatchObject(temporary('L1_BAD_DATA'))
  })

  it('are refused with the name of the field that is missing', async () => {
    const { mixHash: _, ...partial } = newHead(chain[0]!) as { mixHash: string }
    const l1 = await connect({ eth_getBlockByNumber: async () => partial })
    await expect(l1.blockRefByNumber(0n)).rejects.toThrow('mixHash is missing')
  })

  it('fail temporarily when L1 answers an error or nothing', async () => {
    const l1 = await connect({
      eth_getBlockByNumber: async () => {
        throw new RpcError(-32000, 'database is locked')
      },
    })
    await expect(l1.blockRefByNumber(0n)).rejects.toMatchObject(temporary('L1_ERROR'))
    await cleanups.shift()!()
    await expect(l1.blockRefByNumber(0n)).rejects.toMatchObject(temporary('L1_UNREACHABLE'))
  })
})

/** As `debug_getRawBlock` answers. */
function rawBlock(header: BlockHeader, typed: readonly Uint8Array[]): string {
  return bytesToHex(rlpEncode([rlpDecode(encodeHeader(header)), typed, [], []]))
}

describe('L1 transactions', () => {
  const sender = privateKeyToAccount(`0x${'42'.repeat(32)}`)
  const to = `0x${'aa'.repeat(20)}` as const

  async function blockWithTransactions() {
    const raw = await Promise.all(
      [0, 1].map(async (nonce) => {
        const fees = { gas: 21_000n, maxFeePerGas: 9n, maxPriorityFeePerGas: 1n }
        return hexToBytes(await sender.signTransaction({ chainId: 900, to, nonce, ...fees }))
      }),
    )
    const full = l1BlockOn(chain[2], { transactionsRoot: transactionsRoot(raw) })
    const json = {
      ...(newHead(full) as object),
      transactions: raw.map((bytes) => transactionToJson(decodeTransaction(bytes), undefined)),
    }
    return { full, raw, json }
  }

  it('are the bytes that the header commits to', async () => {
    const { full, raw, json } = await blockWithTransactions()
    const l1 = await connect({ eth_getBlockByHash: async () => json })
    expect(await l1.transactionsByHash(full.hash)).toEqual(raw)
  })

  it('are taken from the raw block where the endpoint gives it', async () => {
    const { full, raw } = await blockWithTransactions()
    const asked: unknown[] = []
    const l1 = await connect({
      debug_getRawBlock: async ([id]) => {
        asked.push(id)
        return rawBlock(full.header, raw)
      },
    })
    expect(await l1.transactionsByHash(full.hash)).toEqual(raw)
    const block = await l1.blockWithTransactions(3n)
    expect(block?.transactions).toEqual(raw)
    expect(block?.block.header).toEqual(full.header)
    expect(asked).toEqual([full.hash, '0x3'])
  })

  it('are asked of the raw block once where the endpoint does not give it', async () => {
    const { full, raw, json } = await blockWithTransactions()
    let asked = 0
    const l1 = await connect({
      eth_getBlockByHash: async () => json,
      debug_getRawBlock: async () => {
        asked++
        throw new RpcError(-32601, 'the method debug_getRawBlock does not exist')
      },
    })
    for (let i = 0; i < 3; i++) expect(await l1.transactionsByHash(full.hash)).toEqual(raw)
    expect(asked).toBe(1)
  })

  it.each(['null', 'an error'])(
    'are undefined when the raw block is gone, which is %s',
    async (kind) => {
      const l1 = await connect({
        debug_getRawBlock: async () => {
          if (kind === 'null') return null
          throw new RpcError(-32000, 'block #9 not found')
        },
      })
      expect(await l1.blockWithTransactions(9n)).toBeUndefined()
    },
  )

  it('are refused when the raw block has others than its header commits to', async () => {
    const { full, raw } = await blockWithTransactions()
    const l1 = await connect({ debug_getRawBlock: async () => rawBlock(full.header, raw.slice(1)) })
    await expect(l1.blockWithTransactions(3n)).rejects.toMatchObject({
      ...temporary('L1_BAD_DATA'),
      cause: { code: 'TRANSACTIONS_ROOT' },
    })
  })

  it('are undefined for a block that is gone', async () => {
    const l1 = await connect({ eth_getBlockByHash: async () => null })
    expect(await l1.transactionsByHash(chain[0]!.hash)).toBeUndefined()
  })

  it('are refused when one is left out', async () => {
    const { full, json } = await blockWithTransactions()
    const cut = { ...json, transactions: json.transactions.slice(1) }
    const l1 = await connect({ eth_getBlockByHash: async () => cut })
    await expect(l1.transactionsByHash(full.hash)).rejects.toMatchObject({
      ...temporary('L1_BAD_DATA'),
      cause: { code: 'TRANSACTIONS_ROOT' },
    })
  })

  it('are refused when they come with another block', async () => {
    const { json } = await blockWithTransactions()
    const l1 = await connect({ eth_getBlockByHash: async () => json })
    await expect(l1.transactionsByHash(chain[0]!.hash)).rejects.toMatchObject({
      cause: { code: 'BLOCK_OTHER' },
    })
  })
})

describe('L1 receipts', () => {
  it.each([
    ['raw', ['debug_getRawReceipts', 'eth_getBlockReceipts']],
    ['by block', ['eth_getBlockReceipts']],
    ['one by one', []],
  ])('are the same, fetched %s', async (_, methods) => {
    const l1 = await connect(new RpcL1([block]).methods(methods))
    const fetched = await l1.receiptsByHash(block.hash)
    expect(fetched?.map(({ succeeded }) => succeeded)).toEqual([true, false, true])
    expect(fetched?.flatMap(({ logs }) => logs.map(({ logIndex }) => logIndex))).toEqual([
      0n,
      1n,
      2n,
    ])
    expect(fetched?.[0]?.logs[0]).toEqual({ ...receipts[0]!.logs[0], logIndex: 0n })
  })

  it('ask for a method that L1 lacks once only', async () => {
    const source = new RpcL1([block, ...chain])
    let asked = 0
    const l1 = await connect({
      ...source.methods(['eth_getBlockReceipts']),
      debug_getRawReceipts: async () => {
        asked++
        throw new RpcError(-32601, 'the method debug_getRawReceipts does not exist')
      },
    })
    for (const { hash } of source.blocks) await l1.receiptsByHash(hash)
    expect(asked).toBe(1)
  })

  it('are fetched another way where the endpoint encodes raw ones wrongly', async () => {
    const l1 = await connect({
      ...new RpcL1([block]).methods(),
      debug_getRawReceipts: async () => ['0x1234'],
    })
    expect(await l1.receiptsByHash(block.hash)).toHaveLength(3)
  })

  it('are kept', async () => {
    const source = new RpcL1([block])
    const l1 = await connect(source.methods())
    await l1.receiptsByHash(block.hash)
    await l1.receiptsByHash(block.hash)
    expect(source.calls).toEqual({ eth_getBlockByHash: 1, debug_getRawReceipts: 1 })
  })

  it('are undefined for a block that is gone', async () => {
    const source = new RpcL1([block])
    const l1 = await connect(source.methods())
    await l1.blockByHash(block.hash)
    source.blocks = chain
    expect(await l1.receiptsByHash(block.hash)).toBeUndefined()
  })

  it.each([
    ['one is left out', receipts.slice(1)],
    ['one is changed', [receipt(21_001n), ...receipts.slice(1)]],
    ['two are swapped', [receipts[1]!, receipts[0]!, receipts[2]!]],
  ])('are refused when %s', async (_, wrong) => {
    const { eth_getBlockByHash } = new RpcL1([block]).methods()
    const l1 = await connect({
      eth_getBlockByHash: eth_getBlockByHash!,
      debug_getRawReceipts: async () => wrong.map((item) => bytesToHex(encodeReceipt(item))),
    })
    await expect(l1.receiptsByHash(block.hash)).rejects.toMatchObject({
      ...temporary('L1_BAD_DATA'),
      cause: { code: 'RECEIPTS_ROOT' },
    })
  })

  it('are refused when malformed', async () => {
    const { logsBloom: _, ...partial } = receiptToJson(receipts[0]!) as { logsBloom: string }
    const { eth_getBlockByHash } = new RpcL1([block]).methods()
    const l1 = await connect({
      eth_getBlockByHash: eth_getBlockByHash!,
      eth_getBlockReceipts: async () => [partial],
    })
    await expect(l1.receiptsByHash(block.hash)).rejects.toThrow('logsBloom is missing')
  })
})
