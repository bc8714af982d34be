import { concatBytes } from '../src/base/bytes.ts'
import { compress } from '../src/base/compression.ts'
import { bytesToHex, type Hash, zeroHash } from '../src/base/hex.ts'
import { keccak256Hex } from '../src/base/keccak.ts'
import { BatchEncoder } from '../src/batcher/encoder/batchEncoder.ts'
import type { BatcherBlock } from '../src/batcher/encoder/batcherBlock.ts'
import { encodeSubmission, type Submission } from '../src/batcher/encoder/submission.ts'
import {
  type BatcherOptionsInput,
  batcherOptions,
  type CompressionAlgorithm,
  channelSettings,
} from '../src/batcher/options.ts'
import { calldataGas } from '../src/batcher/prices.ts'
import { threadCompressor } from '../src/batcher/threadCompressor.ts'
import type { RollupConfig } from '../src/chain/rollupConfig.ts'
import { batchBytesAt, decompressChannel } from '../src/protocol/batch/channelEncoding.ts'
import type { SingularBatch } from '../src/protocol/batch/singularBatch.ts'
import { decodeSpanBatch } from '../src/protocol/batch/spanBatch.ts'
import { encodeSpanBatch } from '../src/protocol/batch/spanBatchEncoder.ts'
import { testRollupConfig } from '../src/testing/rollupConfig.ts'
import { haveVectors, readVector, vectorsFolder } from '../src/testing/vectors.ts'
import { type Summary, summarize } from './statistics.ts'

/** What was measured on a span batch of OP Mainnet: 143 blocks with 1,766 transactions. */
export interface BatcherBenchResult {
  readonly blocks: number
  readonly transactionBytes: number
  /** Milliseconds that a block takes to get into a channel, compressing excluded. */
  readonly encodePerBlock: Summary
  /** Milliseconds for all blocks: ours, and a batcher's that encodes the whole span with every block. */
  readonly encodeTotal: number
  readonly reencodeTotal: number
  readonly speedUp: number
  /** Bytes of transactions by bytes of the channel, for each algorithm. */
  readonly ratios: Readonly<Record<CompressionAlgorithm, number>>
  /** The same for the transactions alone, through brotli at quality 10. */
  readonly plainBrotli10: number
  /** CPU seconds to compress a megabyte of transactions in one go, for each algorithm. */
  readonly cpuPerMegabyte: Readonly<Record<CompressionAlgorithm, number>>
  readonly filling: FillingResult
  readonly cost: CostResult
}

/** Blobs filled one by one with brotli. */
export interface FillingResult {
  readonly channels: number
  /** Compressions that it took to find out what fits. */
  readonly compressions: number
  /** Share of the room that full channels use. */
  readonly fullness: number
  /** CPU seconds for a megabyte of transactions, all told. */
  readonly cpuPerMegabyte: number
}

/** L1 gas for a byte of L2 transactions. */
export interface CostResult {
  readonly calldataGas: number
  readonly blobTransactionGas: number
  readonly blobGas: number
}

const algorithms = ['zlib', 'brotli-9', 'brotli-10', 'brotli-11'] as const
const config: RollupConfig = {
  ...testRollupConfig('karst'),
  l2ChainId: 10n,
}

/** `undefined` without the vectors that hold the batch. */
export async function runBatcherBench(): Promise<BatcherBenchResult | undefined> {
  if (!haveVectors) {
    console.error(`bench: no test vectors at ${vectorsFolder}`)
    return undefined
  }
  const blocks = await realBlocks()
  const transactions = blocks.flatMap(({ batch }) => batch.transactions)
  const transactionBytes = transactions.reduce((sum, { length }) => sum + length, 0)
  const megabytes = transactionBytes / 1e6
  const plain = compress('brotli', concatBytes(...transactions), 10)

  // Once without looking, for the compiler.
  await post(blocks, { compressionAlgo: 'zlib' })
  reencode(blocks)
  const encoded = await post(blocks, { compressionAlgo: 'zlib' })
  const encodeTotal = encoded.blockMs.reduce((sum, ms) => sum + ms, 0)
  const reencodeTotal = reencode(blocks)

  const whole = new Map<string, Posted>()
  for (const compressionAlgo of algorithms) {
    whole.set(compressionAlgo, await post(blocks, { compressionAlgo }))
  }
  const each = (value: (posted: Posted) => number) =>
    Object.fromEntries(
      [...whole].map(([name, posted]) => [name, value(posted)]),
    ) as BatcherBenchResult['ratios']
  const best = whole.get('brotli-11')!
  const single = await post(blocks, { compressionAlgo: 'brotli', targetNumFrames: 1 })
  return {
    blocks: blocks.length,
    transactionBytes,
    encodePerBlock: summarize(encoded.blockMs),
    encodeTotal,
    reencodeTotal,
    speedUp: reencodeTotal / encodeTotal,
    ratios: each(({ channelBytes }) => transactionBytes / channelBytes),
    plainBrotli10: transactionBytes / plain.length,
    cpuPerMegabyte: each(({ cpuSeconds }) => cpuSeconds / megabytes),
    filling: {
      channels: single.channels,
      compressions: single.compressions,
      fullness: single.fullness,
      cpuPerMegabyte: single.cpuSeconds / megabytes,
    },
    cost: await costs(blocks, transactionBytes, best),
  }
}

/** What became of the blocks in a batcher's encoder. */
interface Posted {
  /** Time that each block took, compressing excluded. */
  readonly blockMs: readonly number[]
  readonly channelBytes: number
  readonly channels: number
  readonly compressions: number
  /** Of all channels but the last. */
  readonly fullness: number
  /** Of compressing. */
  readonly cpuSeconds: number
  readonly submissions: readonly { readonly data: Uint8Array; readonly blobCount: number }[]
}

async function post(blocks: readonly BatcherBlock[], input: BatcherOptionsInput): Promise<Posted> {
  const options = batcherOptions({
    batchType: 'span',
    dataAvailabilityType: 'blobs',
    targetNumFrames: 6,
    ...input,
  })
  const channels = {
    calldata: channelSettings(options, 'calldata'),
    blobs: channelSettings(options, 'blobs'),
  }
  const availability = options.dataAvailabilityType === 'calldata' ? 'calldata' : 'blobs'
  let lastId = 0
  const encoder = new BatchEncoder(
    {
      config,
      channels,
      availability,
      maxChannelDuration: 0n,
      subSafetyMargin: 10n,
      pace: { maxPendingTx: 0, numConfirmations: 10 },
    },
    { newChannelId: () => bytesToHex(new Uint8Array(16).fill(++lastId)) },
  )
  const submissions: Submission[] = []
  const blockMs: number[] = []
  const frameBytes: number[] = []
  let compressions = 0
  let cpuSeconds = 0
  const work = async (): Promise<number> => {
    let spentMs = 0
    for (;;) {
      const beganMs = performance.now()
      const outcome = encoder.step()
      spentMs += performance.now() - beganMs
      if (outcome.type === 'idle') {
        const submission = encoder.nextSubmission()
        if (submission === undefined) return spentMs
        submissions.push(submission)
      }
      if (outcome.type === 'closed') frameBytes.push(outcome.channel.frameBytes)
      if (outcome.type !== 'compress') continue
      compressions++
      const before = process.cpuUsage()
      const { id, data, compression } = outcome.job
      const bytes = await threadCompressor.compress(data, compression)
      const { user, system } = process.cpuUsage(before)
      cpuSeconds += (user + system) / 1e6
      encoder.compressed(id, bytes)
    }
  }
  for (const block of blocks) {
    const beganMs = performance.now()
    encoder.addBlock(block)
    blockMs.push(performance.now() - beganMs + (await work()))
  }
  encoder.flush()
  blockMs[blockMs.length - 1]! += await work()
  const { maxFrameBytes, targetFrames } = channels[availability]
  const full = frameBytes.slice(0, -1)
  return {
    blockMs,
    channelBytes: frameBytes.reduce((sum, bytes) => sum + bytes, 0),
    channels: frameBytes.length,
    compressions,
    fullness:
      full.reduce((sum, bytes) => sum + bytes, 0) / (full.length * maxFrameBytes * targetFrames),
    cpuSeconds,
    submissions: submissions.map((submission) => {
      const { data, blobs } = encodeSubmission(submission)
      return { data, blobCount: blobs.length }
    }),
  }
}

/** Milliseconds of a batcher that encodes the span anew with every block, as op-batcher does. */
function reencode(blocks: readonly BatcherBlock[]): number {
  const batches = blocks.map(({ batch }) => batch)
  const { genesis, blockTime, l2ChainId } = config
  const chain = { genesisTime: genesis.l2Time, blockTime, l2ChainId }
  const beganMs = performance.now()
  for (let count = 1; count <= batches.length; count++) {
    encodeSpanBatch(batches.slice(0, count), chain, true)
  }
  return performance.now() - beganMs
}

async function costs(
  blocks: readonly BatcherBlock[],
  transactionBytes: number,
  blobs: Posted,
): Promise<CostResult> {
  const calldata = await post(blocks, {
    compressionAlgo: 'brotli-11',
    dataAvailabilityType: 'calldata',
  })
  const gasOf = ({ submissions }: Posted) =>
    submissions.reduce((sum, { data }) => sum + Number(calldataGas(data)), 0)
  const blobCount = blobs.submissions.reduce((sum, submission) => sum + submission.blobCount, 0)
  return {
    calldataGas: gasOf(calldata) / transactionBytes,
    blobTransactionGas: gasOf(blobs) / transactionBytes,
    blobGas: (131_072 * blobCount) / transactionBytes,
  }
}

/** The blocks of the batch, on a chain that begins right before them. */
async function realBlocks(): Promise<BatcherBlock[]> {
  const rules = { maxRlpBytes: 100_000_000, isBrotliAllowed: true }
  const channel = await decompressChannel(readVector('codec/batch_hex.bin.gz'), rules)
  const { blockTime, l2ChainId, genesis } = config
  const chain = { genesisTime: genesis.l2Time, blockTime, l2ChainId }
  const span = decodeSpanBatch(batchBytesAt(channel, 0)!.bytes.subarray(1), chain)
  const blocks: BatcherBlock[] = []
  let parentHash: Hash = zeroHash
  let sequenceNumber = 0n
  for (let index = 0; index < span.blockCount; index++) {
    const epochNumber = span.epochNumber(index)
    const isFirst = index === 0 || span.epochNumber(index - 1) !== epochNumber
    sequenceNumber = isFirst ? 0n : sequenceNumber + 1n
    const timestamp = genesis.l2Time + blockTime * BigInt(index + 1)
    const hash = keccak256Hex(new TextEncoder().encode(`${index}`))
    const epochHash = keccak256Hex(new TextEncoder().encode(`L1 ${epochNumber}`))
    const batch: SingularBatch = {
      type: 'singular',
      parentHash,
      epochNumber,
      epochHash,
      timestamp,
      transactions: span.transactions(index),
    }
    const l1Origin = { number: epochNumber, hash: epochHash }
    const number = BigInt(index + 1)
    blocks.push({
      ref: { hash, number, parentHash, timestamp, l1Origin, sequenceNumber },
      batch,
      originTimestamp: 0n,
      rawBytes: 0,
      dataBytes: 0,
    })
    parentHash = hash
  }
  return blocks
}
