import { concatBytes } from '../../src/base/bytes.ts'
import type { Hash } from '../../src/base/hex.ts'
import { keccak256Hex } from '../../src/base/keccak.ts'
import { batchBytesAt, decompressChannel } from '../../src/protocol/batch/channelEncoding.ts'
import { decodeSpanBatch } from '../../src/protocol/batch/spanBatch.ts'
import { type Summary, summarize } from '../statistics.ts'
import { channelRules, loadSpanShapes, spanChain } from './spanShapes.ts'

/** What was measured by decoding one span batch over and over. Milliseconds. */
export interface SpanDecodeResult {
  /** The batch is of OP Mainnet; otherwise made up. */
  readonly isReal: boolean
  readonly blocks: number
  readonly transactions: number
  readonly compressedBytes: number
  readonly inflatedBytes: number
  /** keccak256 of all transactions, one behind the other: what any other decoder must come to. */
  readonly transactionsKeccak: Hash
  /** From the inflated channel to the transactions of all blocks. */
  readonly decode: Summary
  /** The same, from the compressed channel. */
  readonly inflateAndDecode: Summary
  /** Inflated megabytes a second, by the median. */
  readonly decodeMbPerSecond: number
  readonly inflateAndDecodeMbPerSecond: number
}

const warmUpRounds = 50
const measuredRounds = 300

/**
 * Decodes the span batch of OP Mainnet to the transactions of each of its blocks.
 *
 * @throws when two rounds come to different transactions.
 */
export async function runSpanDecodeBench(): Promise<SpanDecodeResult> {
  const { channel, blocks, isReal } = await loadSpanShapes()
  const inflated = await decompressChannel(channel, channelRules)
  const decode = (bytes: Uint8Array) => {
    const span = decodeSpanBatch(batchBytesAt(bytes, 0)!.bytes.subarray(1), spanChain)
    return Array.from({ length: span.blockCount }, (_, block) => span.transactions(block))
  }
  const transactionsKeccak = digest(blocks)
  const check = (decoded: readonly (readonly Uint8Array[])[]) => {
    if (digest(decoded) !== transactionsKeccak) throw new Error('a span decoded differently')
  }
  const decodeMs = await measure(async () => decode(inflated), check)
  const allMs = await measure(
    async () => decode(await decompressChannel(channel, channelRules)),
    check,
  )
  const rate = ({ p50 }: Summary) => inflated.length / 1_000 / p50
  return {
    isReal,
    blocks: blocks.length,
    transactions: blocks.flat().length,
    compressedBytes: channel.length,
    inflatedBytes: inflated.length,
    transactionsKeccak,
    decode: decodeMs,
    inflateAndDecode: allMs,
    decodeMbPerSecond: rate(decodeMs),
    inflateAndDecodeMbPerSecond: rate(allMs),
  }
}

async function measure<T>(run: () => Promise<T>, check: (result: T) => void): Promise<Summary> {
  const times: number[] = []
  for (let round = 0; round < warmUpRounds + measuredRounds; round++) {
    const beganMs = performance.now()
    const result = await run()
    if (round >= warmUpRounds) times.push(performance.now() - beganMs)
    // Not every time: hashing would push what is measured out of the caches.
    if (round % 50 === 0) check(result)
  }
  return summarize(times)
}

function digest(blocks: readonly (readonly Uint8Array[])[]): Hash {
  return keccak256Hex(concatBytes(...blocks.flat()))
}
