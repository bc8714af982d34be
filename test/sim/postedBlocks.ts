import type { RollupConfig } from '../../src/chain/rollupConfig.ts'
import { decodeBatch } from '../../src/protocol/batch/batch.ts'
import { decodeBlob } from '../../src/protocol/batch/blobCodec.ts'
import { Channel } from '../../src/protocol/batch/channel.ts'
import { batchBytesAt, decompressChannel } from '../../src/protocol/batch/channelEncoding.ts'
import { decodeFrames } from '../../src/protocol/batch/frame.ts'
import { readInboxTransaction } from '../../src/protocol/batch/inboxTransaction.ts'
import { SpanBatch } from '../../src/protocol/batch/spanBatch.ts'
import type { DerivationWorld } from '../../src/testing/derivationWorld.ts'

/** Numbers of the L2 blocks whose batches are on L1 in complete channels, in the order of L1, repeats included. */
export async function postedBlocks(world: DerivationWorld): Promise<number[]> {
  return blocksInData(await postedData(world), world.config)
}

/** All that is in the inbox, in the order of L1. */
export async function postedData({ config, l1 }: DerivationWorld): Promise<PostedData[]> {
  const posted: PostedData[] = []
  for (let number = 0n; number <= l1.head.number; number++) {
    const block = l1.at(number)
    for (const raw of (await l1.transactionsByHash(block.hash)) ?? []) {
      const found = readInboxTransaction(raw, config.batchInboxAddress, config.l1ChainId)
      if (found === undefined) continue
      const blobs = await l1.blobsOfBlock(block, found.blobHashes ?? [])
      const parts = found.blobHashes === undefined ? [found.calldata] : blobs.map(decodeBlob)
      posted.push(...parts.map((data) => ({ l1Number: number, data })))
    }
  }
  return posted
}

/** What a batcher posted: calldata, or what a blob holds. */
export interface PostedData {
  readonly l1Number: bigint
  readonly data: Uint8Array
}

/** As {@link postedBlocks}, of data in the order of L1. */
export async function blocksInData(
  posted: readonly PostedData[],
  config: ChainTimes,
): Promise<number[]> {
  const channels = new Map<string, Channel>()
  const numbers: number[] = []
  for (const { l1Number, data } of posted) {
    for (const frame of decodeFrames(data)) {
      const { channelId: id } = frame
      const channel = channels.get(id) ?? new Channel(id, l1Number, false)
      channels.set(id, channel)
      if (channel.add(frame) !== undefined || !channel.isReady) continue
      numbers.push(...(await blocksOf(channel.data(), config)))
    }
  }
  return numbers
}

type ChainTimes = Pick<RollupConfig, 'genesis' | 'blockTime' | 'l2ChainId'>

async function blocksOf(data: Uint8Array, config: ChainTimes): Promise<number[]> {
  const rules = { maxRlpBytes: 1_000_000, isBrotliAllowed: true }
  const bytes = await decompressChannel(data, rules)
  const { genesis, blockTime, l2ChainId } = config
  const chain = { genesisTime: genesis.l2Time, blockTime, l2ChainId }
  const numberAt = (timestamp: bigint) => Number((timestamp - genesis.l2Time) / blockTime)
  const numbers: number[] = []
  for (let at = batchBytesAt(bytes, 0); at !== undefined; at = batchBytesAt(bytes, at.end)) {
    const batch = decodeBatch(at.bytes)
    if (batch.type === 'singular') {
      numbers.push(numberAt(batch.timestamp))
    } else {
      const span = new SpanBatch(batch.layout, chain)
      const first = numberAt(span.timestamp(0))
      for (let index = 0; index < span.blockCount; index++) {
        numbers.push(first + index)
      }
    }
  }
  return numbers
}
