import { describe, expect, test } from 'vitest'
import { decompress } from '../../src/base/compression.ts'
import { bytesToHex, type Hex, hexToBytes } from '../../src/base/hex.ts'
import { keccak256Hex } from '../../src/base/keccak.ts'
import { decodeBatch } from '../../src/protocol/batch/batch.ts'
import { bitAt } from '../../src/protocol/batch/bitlist.ts'
import {
  blobBytes,
  decodeBlob,
  encodeBlob,
  maxBlobDataBytes,
} from '../../src/protocol/batch/blobCodec.ts'
import { batchBytesAt, decompressChannel } from '../../src/protocol/batch/channelEncoding.ts'
import { decodeFrames } from '../../src/protocol/batch/frame.ts'
import type { SingularBatch } from '../../src/protocol/batch/singularBatch.ts'
import { SpanBatch } from '../../src/protocol/batch/spanBatch.ts'
import { encodeSpanBatch } from '../../src/protocol/batch/spanBatchEncoder.ts'
import {
  decodeSpanBatchLayout,
  type SpanBatchLayout,
} from '../../src/protocol/batch/spanBatchLayout.ts'
import {
  transactionFields,
  transactionHash,
  transactionType,
} from '../../src/protocol/transaction.ts'
import {
  haveVectors,
  readVector,
  readVectorJson,
  readVectorLines,
  vectorsNote,
} from '../../src/testing/vectors.ts'

const rules = { maxRlpBytes: 100_000_000, isBrotliAllowed: true }
const opMainnet = { genesisTime: 1686068903n, blockTime: 2n, l2ChainId: 10n }

interface SpanFacts {
  readonly relTimestamp: number
  readonly l1OriginNum: number
  readonly parentCheck: Hex
  readonly l1OriginCheck: Hex
  readonly blockCount: number
  readonly originBits: readonly number[]
  readonly txCounts: readonly number[]
  readonly firstTxHashIfChainId10?: Hex
  readonly firstTimestamp?: number
  readonly txs?: readonly Hex[]
  readonly txHashes?: readonly Hex[]
}

interface BatchVector extends SpanFacts {
  readonly id: string
  readonly tx: Hex
  readonly batcherTxData: Hex
  readonly input: Hex
  readonly txTypes: readonly number[]
  readonly spanBatch: SpanFacts
  readonly channel: { readonly decompressedLength: number }
  readonly decompressedLength: number
  readonly decompressedKeccak: Hex
  readonly l2GenesisTime: number
  readonly chainId: number
}

describe.runIf(haveVectors)(`published batches${vectorsNote}`, () => {
  const vectors = haveVectors ? readVectorJson<BatchVector[]>('codec/batches.json') : []
  const vector = (id: string) => vectors.find((candidate) => candidate.id === id)!

  test('the span batch in a mainnet batcher transaction', async () => {
    const { tx, channel, spanBatch } = vector('raw_batcher_tx')
    const calldata = transactionFields(hexToBytes(tx))[7] as Uint8Array
    const [frame, ...more] = decodeFrames(calldata)
    expect(more).toHaveLength(0)
    const bytes = await decompressChannel(frame!.data, rules)
    expect(bytes).toHaveLength(channel.decompressedLength)
    const layout = onlySpan(bytes)
    expectFacts(layout, spanBatch)
    const span = new SpanBatch(layout, opMainnet)
    expect(transactionHash(allTransactions(span)[0]!)).toBe(spanBatch.firstTxHashIfChainId10)
    expect(reencode(layout, span)).toEqual(layout.bytes)
  })

  test('a span batch of random blocks comes back byte by byte', () => {
    const facts = vector('raw_batch.hex')
    const layout = decodeSpanBatchLayout(hexToBytes(facts.input))
    // JSON has rounded the origin's number, which needs 64 bits.
    expectFacts(layout, { ...facts, l1OriginNum: Number(layout.l1OriginNumber) })
    const span = new SpanBatch(layout, { genesisTime: 0n, blockTime: 2n, l2ChainId: 28n })
    expect(allTransactions(span).map(transactionType)).toEqual(facts.txTypes)
    expect(reencode(layout, span, 28n)).toEqual(layout.bytes)
  })

  test('a span batch of OP Sepolia gives the transactions of its blocks', async () => {
    const facts = vector('op-sepolia-span-batch')
    const frames = decodeFrames(hexToBytes(facts.batcherTxData))
    const layout = onlySpan(await decompressChannel(frames[0]!.data, rules))
    expectFacts(layout, facts.spanBatch)
    const span = new SpanBatch(layout, {
      genesisTime: BigInt(facts.l2GenesisTime),
      blockTime: 2n,
      l2ChainId: BigInt(facts.chainId),
    })
    expect(span.timestamp(0)).toBe(BigInt(facts.spanBatch.firstTimestamp!))
    const transactions = allTransactions(span)
    expect(transactions.map(bytesToHex)).toEqual(facts.spanBatch.txs)
    expect(transactions.map(transactionHash)).toEqual(facts.spanBatch.txHashes)
  })

  test('the large span batch of OP Mainnet', async () => {
    const facts = vector('batch.hex')
    const bytes = await decompressChannel(readVector('codec/batch_hex.bin.gz'), rules)
    expect(bytes).toHaveLength(facts.decompressedLength)
    expect(keccak256Hex(bytes)).toBe(facts.decompressedKeccak)
    const layout = onlySpan(bytes)
    expectFacts(layout, facts.spanBatch)
    const span = new SpanBatch(layout, opMainnet)
    expect(reencode(layout, span, 10n)).toEqual(layout.bytes)
  })
})

describe.runIf(haveVectors)(`published codec literals${vectorsNote}`, () => {
  test('brotli', async () => {
    const { brotli } = readVectorJson<{ brotli: { compressed: Hex; expected: Hex }[] }>(
      'codec/brotli.json',
    )
    for (const { compressed, expected } of brotli) {
      const output = await decompress('brotli', hexToBytes(compressed), 100_000_000)
      expect(bytesToHex(output)).toBe(expected)
    }
  })

  test('blobs of op-service', () => {
    interface BlobVector {
      readonly blob: Hex
      readonly data?: Hex
      readonly dataZeros?: number
      readonly error?: string
    }
    const vectors = readVectorJson<{ decode: BlobVector[]; encode: BlobVector[] }>(
      'codec/blob_codec.json',
    )
    const dataOf = ({ data, dataZeros }: BlobVector) =>
      data === undefined ? new Uint8Array(dataZeros!) : hexToBytes(data)
    for (const vector of vectors.decode) {
      if (vector.error === undefined) {
        expect(decodeBlob(paddedBlob(vector.blob))).toEqual(dataOf(vector))
      } else {
        expect(() => decodeBlob(paddedBlob(vector.blob))).toThrow(/blob/)
      }
    }
    for (const vector of vectors.encode) {
      if (vector.error === undefined) {
        expect(encodeBlob(dataOf(vector))).toEqual(paddedBlob(vector.blob))
      } else {
        expect(() => encodeBlob(dataOf(vector))).toThrow(`${maxBlobDataBytes} do`)
      }
    }
  })

  test('blobs of hildr', () => {
    for (const { blob, expected } of readVectorLines<{ blob: Hex; expected: Hex }>(
      'codec/blobs_hildr.ndjson.gz',
    )) {
      expect(bytesToHex(decodeBlob(hexToBytes(blob)))).toBe(expected)
    }
  })
})

function onlySpan(channel: Uint8Array): SpanBatchLayout {
  const entry = batchBytesAt(channel, 0)!
  expect(batchBytesAt(channel, entry.end)).toBeUndefined()
  const batch = decodeBatch(entry.bytes)
  if (batch.type !== 'spanLayout') throw new Error(`expected a span batch, got ${batch.type}`)
  return batch.layout
}

function expectFacts(layout: SpanBatchLayout, facts: SpanFacts): void {
  expect(layout.relTimestamp).toBe(BigInt(facts.relTimestamp))
  expect(Number(layout.l1OriginNumber)).toBe(facts.l1OriginNum)
  expect(layout.parentCheck).toBe(facts.parentCheck)
  expect(layout.l1OriginCheck).toBe(facts.l1OriginCheck)
  expect(layout.blockCount).toBe(facts.blockCount)
  expect(Array.from(layout.txCounts)).toEqual(facts.txCounts)
  expect(originBits(layout)).toEqual(facts.originBits)
}

function originBits(layout: SpanBatchLayout): number[] {
  return Array.from({ length: layout.blockCount }, (_, block) =>
    bitAt(layout.bytes, layout.originBitsEnd, block),
  )
}

function allTransactions(span: SpanBatch): Uint8Array[] {
  return Array.from({ length: span.blockCount }, (_, block) => span.transactions(block)).flat()
}

function paddedBlob(hex: Hex): Uint8Array {
  const blob = new Uint8Array(blobBytes)
  blob.set(hexToBytes(hex))
  return blob
}

/** Encodes the decoded blocks again, without the version byte. */
function reencode(layout: SpanBatchLayout, span: SpanBatch, l2ChainId = 10n): Uint8Array {
  const pad = '00'.repeat(12)
  const blocks = Array.from(
    { length: span.blockCount },
    (_, block): SingularBatch => ({
      type: 'singular',
      parentHash: `${layout.parentCheck}${pad}`,
      epochNumber: span.epochNumber(block),
      epochHash: `${layout.l1OriginCheck}${pad}`,
      timestamp: layout.relTimestamp + 2n * BigInt(block),
      transactions: span.transactions(block),
    }),
  )
  const chain = { genesisTime: 0n, blockTime: 2n, l2ChainId }
  return encodeSpanBatch(blocks, chain, originBits(layout)[0] === 1).subarray(1)
}
