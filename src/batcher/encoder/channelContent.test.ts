import { expect, test } from 'vitest'
import type { Hash } from '../../base/hex.ts'
import { keccak256Hex } from '../../base/keccak.ts'
import type { BatcherBlock } from './batcherBlock.ts'
import { createChannelContent } from './channelContent.ts'

const chain = { genesisTime: 1_000n, blockTime: 2n, l2ChainId: 901n }

function block(number: bigint): BatcherBlock {
  const hash = (salt: string): Hash => keccak256Hex(new TextEncoder().encode(salt))
  const [l1Origin, parentHash] = [{ hash: hash('L1'), number: 7n }, hash(`L2 ${number - 1n}`)]
  const timestamp = chain.genesisTime + 2n * number
  return {
    ref: {
      hash: hash(`L2 ${number}`),
      number,
      parentHash,
      timestamp,
      l1Origin,
      sequenceNumber: number,
    },
    originTimestamp: chain.genesisTime,
    batch: {
      type: 'singular',
      parentHash,
      epochNumber: l1Origin.number,
      epochHash: l1Origin.hash,
      timestamp,
      transactions: [],
    },
    rawBytes: 0,
    dataBytes: 0,
  }
}

test.each([
  { batchType: 'singular', maxBlocksPerSpan: 0 },
  { batchType: 'span', maxBlocksPerSpan: 0 },
  { batchType: 'span', maxBlocksPerSpan: 1 },
  { batchType: 'span', maxBlocksPerSpan: 3 },
] as const)('the size of any number of first blocks is known: %j', (settings) => {
  const content = createChannelContent(settings, chain)
  for (let number = 1n; number <= 8n; number++) content.append(block(number))
  const counts = [0, 1, 2, 3, 4, 5, 6, 7, 8]
  expect(counts.map((count) => content.rawBytes(count))).toEqual(
    counts.map((count) => content.encode(count).length),
  )
  const sizes = new Set(counts.map((count) => content.rawBytes(count)))
  expect(sizes.size).toBeGreaterThan(2)
})
