import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { bytesToHex } from '../../src/base/hex.ts'
import { encodeQuantity } from '../../src/base/quantity.ts'
import { type RlpItem, rlpDecode, rlpEncode } from '../../src/base/rlp.ts'
import type { RollupConfig } from '../../src/chain/rollupConfig.ts'
import { headerToJson } from '../../src/execution/rpc/blockJson.ts'
import { transactionToJson } from '../../src/execution/rpc/transactionJson.ts'
import { decodeTransaction } from '../../src/execution/transaction/transaction.ts'
import { type BlockHeader, encodeHeader } from '../../src/protocol/header.ts'
import { encodeReceipt } from '../../src/protocol/receipt.ts'
import { transactionType, transactionTypes } from '../../src/protocol/transaction.ts'
import { receiptToJson } from '../../src/testing/rpcL1.ts'
import { type BenchL1Block, buildBenchChain } from './chain.ts'

// An L1 node in a process of its own. All answers are written beforehand, so that serving them costs next to nothing.

/** What the process is told. */
export type ToL1Server =
  | { readonly type: 'setLatency'; readonly latencyMs: number }
  /** Answered by the counts since the last time. */
  | { readonly type: 'takeCounts' }

/** What the process tells. */
export type FromL1Server =
  | ({ readonly type: 'ready' } & L1ServerFacts)
  | ({ readonly type: 'counts' } & L1Counts)

export interface L1ServerFacts {
  readonly url: string
  readonly config: RollupConfig
  /** Number of the last L1 block. */
  readonly lastL1Block: number
  readonly l2Blocks: number
  readonly isReal: boolean
}

export interface L1Counts {
  /** HTTP requests. */
  readonly requests: number
  /** Calls, several of which may be in a request. */
  readonly calls: number
  readonly receiptCalls: number
  readonly answerBytes: number
}

interface Call {
  readonly id: unknown
  readonly method: string
  readonly params: readonly unknown[]
}

const chain = await buildBenchChain({ spans: Number(process.argv[2]) })
const answers = writeAnswers(chain.blocks)
let latencyMs = 0
let counts = noCounts()

const server = createServer(async (request, response) => {
  const chunks: Uint8Array[] = []
  for await (const chunk of request) chunks.push(chunk)
  const json = JSON.parse(Buffer.concat(chunks).toString()) as Call | readonly Call[]
  const calls = [json].flat() as readonly Call[]
  const parts = calls.map(answer)
  const body = Array.isArray(json) ? Buffer.concat(asList(parts)) : parts[0]!
  counts = {
    requests: counts.requests + 1,
    calls: counts.calls + calls.length,
    receiptCalls:
      counts.receiptCalls + calls.filter(({ method }) => method.includes('Receipts')).length,
    answerBytes: counts.answerBytes + body.length,
  }
  if (latencyMs > 0) await sleep(latencyMs)
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': body.length })
  response.end(body)
})
server.listen(0, '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo
  tell({
    type: 'ready',
    url: `http://127.0.0.1:${port}`,
    config: chain.config,
    lastL1Block: chain.blocks.length - 1,
    l2Blocks: chain.l2Blocks,
    isReal: chain.isReal,
  })
})
process.on('message', (message: ToL1Server) => {
  if (message.type === 'setLatency') {
    latencyMs = message.latencyMs
  } else {
    tell({ type: 'counts', ...counts })
    counts = noCounts()
  }
})
process.on('disconnect', () => process.exit())

function tell(message: FromL1Server): void {
  process.send!(message)
}

function answer({ id, method, params }: Call): Buffer {
  const result = answers.get(`${method} ${params.join(' ')}`) ?? 'null'
  return Buffer.from(`{"jsonrpc":"2.0","id":${JSON.stringify(id)},"result":${result}}`)
}

function asList(parts: readonly Buffer[]): Buffer[] {
  const comma = Buffer.from(',')
  const list = parts.flatMap((part, index) => (index === 0 ? [part] : [comma, part]))
  return [Buffer.from('['), ...list, Buffer.from(']')]
}

function noCounts(): L1Counts {
  return { requests: 0, calls: 0, receiptCalls: 0, answerBytes: 0 }
}

/** The results of all calls that derivation may make, as JSON, by method and parameters. */
function writeAnswers(blocks: readonly BenchL1Block[]): Map<string, string> {
  const written = new Map<string, string>()
  const bodies = new Map<Uint8Array, Record<string, unknown>>()
  const transactionJson = (raw: Uint8Array) => {
    const known = bodies.get(raw) ?? transactionToJson(decodeTransaction(raw), undefined)
    bodies.set(raw, known)
    return known
  }
  const rawReceipts = cached((receipts: BenchL1Block['receipts']) =>
    JSON.stringify(receipts.map((receipt) => bytesToHex(encodeReceipt(receipt)))),
  )
  const jsonReceipts = cached((receipts: BenchL1Block['receipts']) =>
    JSON.stringify(receipts.map(receiptToJson)),
  )
  for (const { hash, header, transactions, receipts } of blocks) {
    const number = encodeQuantity(header.number)
    const withTransactions = (list: readonly unknown[]) =>
      JSON.stringify({ ...headerToJson(header, hash), uncles: [], transactions: list })
    const full = withTransactions(
      transactions.map((raw, index) => ({
        ...transactionJson(raw),
        blockHash: hash,
        blockNumber: number,
        transactionIndex: encodeQuantity(index),
      })),
    )
    const short = withTransactions(transactions.map((raw) => transactionJson(raw)['hash']))
    for (const [method, id] of [
      ['eth_getBlockByNumber', number],
      ['eth_getBlockByHash', hash],
    ]) {
      written.set(`${method} ${id} true`, full)
      written.set(`${method} ${id} false`, short)
    }
    for (const id of [number, hash]) {
      written.set(`debug_getRawBlock ${id}`, rawBlock(header, transactions))
    }
    written.set(`debug_getRawReceipts ${hash}`, rawReceipts(receipts))
    written.set(`eth_getBlockReceipts ${hash}`, jsonReceipts(receipts))
  }
  return written
}

function rawBlock(header: BlockHeader, transactions: readonly Uint8Array[]): string {
  const items = transactions.map(
    (raw): RlpItem => (transactionType(raw) === transactionTypes.legacy ? rlpDecode(raw) : raw),
  )
  return `"${bytesToHex(rlpEncode([rlpDecode(encodeHeader(header)), items, [], []]))}"`
}

function cached<K, V>(make: (key: K) => V): (key: K) => V {
  const made = new Map<K, V>()
  return (key) => {
    const value = made.get(key) ?? make(key)
    made.set(key, value)
    return value
  }
}
