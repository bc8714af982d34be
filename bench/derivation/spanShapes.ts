import { concatBytes } from '../../src/base/bytes.ts'
import { zeroHash } from '../../src/base/hex.ts'
import {
  batchBytesAt,
  decompressChannel,
  encodeChannel,
} from '../../src/protocol/batch/channelEncoding.ts'
import type { SingularBatch } from '../../src/protocol/batch/singularBatch.ts'
import { decodeSpanBatch, type SpanBatchChain } from '../../src/protocol/batch/spanBatch.ts'
import { encodeSpanBatch } from '../../src/protocol/batch/spanBatchEncoder.ts'
import { seededRandom } from '../../src/runtime/seededRandom.ts'
import { Batcher } from '../../src/testing/batcher.ts'
import { haveVectors, readVector } from '../../src/testing/vectors.ts'

/** A channel with one span batch, and what its blocks hold. */
export interface SpanShapes {
  /** From OP Mainnet; otherwise made up, of the same size. */
  readonly isReal: boolean
  /** Compressed. */
  readonly channel: Uint8Array
  /** Transactions of each block. */
  readonly blocks: readonly (readonly Uint8Array[])[]
}

/** The chain that the batch is read as: signatures bind its transactions to the chain id. */
export const spanChain: SpanBatchChain = { genesisTime: 0n, blockTime: 2n, l2ChainId: 10n }
/** Far above what the batch inflates to. */
export const channelRules = { maxRlpBytes: 100_000_000, isBrotliAllowed: true }

/** The span batch of OP Mainnet among the published vectors (143 blocks, 1,766 transactions), or a stand-in. */
export async function loadSpanShapes(): Promise<SpanShapes> {
  const channel = haveVectors ? readVector('codec/batch_hex.bin.gz') : madeUpChannel()
  const inflated = await decompressChannel(channel, channelRules)
  const span = decodeSpanBatch(batchBytesAt(inflated, 0)!.bytes.subarray(1), spanChain)
  const blocks = Array.from({ length: span.blockCount }, (_, block) => span.transactions(block))
  return { isReal: haveVectors, channel, blocks }
}

const blockCount = 143
const transactionsPerBlock = 12

/** As many blocks and transactions of about the same size, half of which compresses well. */
function madeUpChannel(): Uint8Array {
  const random = seededRandom(1)
  const users = Array.from({ length: 50 }, (_, index) => new Batcher(`user ${index}`))
  const batches = Array.from({ length: blockCount }, (_, block): SingularBatch => {
    const transactions = Array.from({ length: transactionsPerBlock }, (_, index) => {
      const noise = Uint8Array.from({ length: 330 }, () => 256 * random())
      const data = concatBytes(noise, new Uint8Array(340))
      const user = users[(block + index) % users.length]!
      return user.calldata({ l1ChainId: spanChain.l2ChainId, batchInboxAddress }, data, block)
    })
    const timestamp = spanChain.blockTime * BigInt(block + 1)
    const epoch = { epochNumber: BigInt(block), epochHash: zeroHash }
    return { type: 'singular', parentHash: zeroHash, ...epoch, timestamp, transactions }
  })
  return encodeChannel([encodeSpanBatch(batches, spanChain, true)], 'zlib')
}

/** Nobody's inbox: the transactions are those of users. */
const batchInboxAddress = '0x00000000000000000000000000000000000000aa'
