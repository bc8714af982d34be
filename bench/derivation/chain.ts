import type { Hash } from '../../src/base/hex.ts'
import { keccak256Hex } from '../../src/base/keccak.ts'
import type { RollupConfig } from '../../src/chain/rollupConfig.ts'
import { encodeChannel } from '../../src/protocol/batch/channelEncoding.ts'
import { encodeFrames, type Frame } from '../../src/protocol/batch/frame.ts'
import type { SingularBatch } from '../../src/protocol/batch/singularBatch.ts'
import { encodeSpanBatch } from '../../src/protocol/batch/spanBatchEncoder.ts'
import { mergeBloom } from '../../src/protocol/logsBloom.ts'
import type { Receipt } from '../../src/protocol/receipt.ts'
import { seededRandom } from '../../src/runtime/seededRandom.ts'
import { Batcher, channelId, split } from '../../src/testing/batcher.ts'
import { testRollupConfig } from '../../src/testing/rollupConfig.ts'
import { l1BlockOn, type RpcL1Block } from '../../src/testing/rpcL1.ts'
import { orderedTrieRoot } from '../../src/trie/orderedRoot.ts'
import { busyReceipts } from './receipts.ts'
import { loadSpanShapes, type SpanShapes, spanChain } from './spanShapes.ts'

/** An L1 with the batches of a rollup, always the same for the same options. */
export interface BenchChain {
  readonly config: RollupConfig
  /** Numbered from 0. */
  readonly blocks: readonly BenchL1Block[]
  /** L2 blocks that are posted. */
  readonly l2Blocks: number
  /** The batches are those of OP Mainnet. */
  readonly isReal: boolean
}

export interface BenchL1Block extends RpcL1Block {
  /** EIP-2718 bytes. */
  readonly transactions: readonly Uint8Array[]
}

/** Transactions of others in every L1 block. */
const usersPerBlock = 150
/** One in so many blocks has a deposit; in between, receipts repeat. */
const depositInterval = 20
const frameBytes = 120_000
/** Distance that the sequencer's L1 origin keeps from the L1 head. */
const originLag = 4n
const l1BlockTime = 12n

/**
 * Builds the chain: the span batch of OP Mainnet over and over, each time on the next L2 blocks and their L1 origins,
 * in frames of 120 KB of calldata, one in an L1 block, among transactions and receipts of others.
 */
export async function buildBenchChain(options: { readonly spans: number }): Promise<BenchChain> {
  const shapes = await loadSpanShapes()
  const users = shapes.blocks.flat()
  const batcher = new Batcher()
  const config = testRollupConfig('karst', { l2ChainId: spanChain.l2ChainId })
  const random = seededRandom(1)
  const receiptSets = Array.from({ length: depositInterval }, (_, index) =>
    busyReceipts(usersPerBlock, random, index === 1 ? config.depositContractAddress : undefined),
  )
  const blocks: BenchL1Block[] = []
  const frames: Frame[] = []
  let spans = 0
  while (spans < options.spans || frames.length > 0) {
    const { length: number } = blocks
    const transactions = Array.from(
      { length: usersPerBlock },
      (_, index) => users[(number * usersPerBlock + index) % users.length]!,
    )
    const lastOfSpan = BigInt((spans + 1) * shapes.blocks.length)
    if (spans < options.spans && lastOfSpan * config.blockTime < BigInt(number) * l1BlockTime) {
      frames.push(...postedSpan(config, shapes, spans++, blocks))
    }
    const frame = frames.shift()
    if (frame !== undefined) {
      transactions.push(batcher.calldata(config, encodeFrames([frame]), number))
    }
    blocks.push(mine(blocks.at(-1), transactions, receiptSets[number % depositInterval]!))
  }
  const [genesis] = blocks
  const systemConfig = { ...config.genesis.systemConfig, batcherAddress: batcher.address }
  return {
    config: {
      ...config,
      genesis: {
        l1: { hash: genesis!.hash, number: 0n },
        l2: { hash: l2Hash(0n), number: 0n },
        l2Time: genesis!.header.timestamp,
        systemConfig,
      },
    },
    blocks,
    l2Blocks: options.spans * shapes.blocks.length,
    isReal: shapes.isReal,
  }
}

/** Hash of the L2 block of that number: the engine of the benchmark names its blocks so, whatever is in them. */
export function l2Hash(number: bigint): Hash {
  return keccak256Hex(new TextEncoder().encode(`L2 block ${number}`))
}

function mine(
  parent: RpcL1Block | undefined,
  transactions: readonly Uint8Array[],
  receipts: readonly Receipt[],
): BenchL1Block {
  const logsBloom = new Uint8Array(256)
  for (const receipt of receipts) mergeBloom(logsBloom, receipt.logsBloom)
  const transactionsRoot = orderedTrieRoot(transactions)
  return { ...l1BlockOn(parent, { transactionsRoot, logsBloom }, receipts), transactions }
}

/** The frames of the span batch on L2 blocks `count · index + 1` and on. */
function postedSpan(
  { blockTime, l2ChainId }: RollupConfig,
  { blocks }: SpanShapes,
  index: number,
  l1: readonly RpcL1Block[],
): Frame[] {
  const genesisTime = l1[0]!.header.timestamp
  const first = BigInt(index * blocks.length + 1)
  const originOf = (number: bigint) => {
    const newest = (number * blockTime) / l1BlockTime
    return newest > originLag ? newest - originLag : 0n
  }
  const batches = blocks.map((transactions, offset): SingularBatch => {
    const number = first + BigInt(offset)
    const epochNumber = originOf(number)
    return {
      type: 'singular',
      parentHash: l2Hash(number - 1n),
      epochNumber,
      epochHash: l1[Number(epochNumber)]!.hash,
      timestamp: genesisTime + number * blockTime,
      transactions,
    }
  })
  const beginsEpoch = originOf(first) !== originOf(first - 1n)
  const span = encodeSpanBatch(batches, { genesisTime, blockTime, l2ChainId }, beginsEpoch)
  const data = encodeChannel([span], 'zlib')
  return split(data, Math.ceil(data.length / frameBytes), channelId(index))
}
