import { ChainError } from '../base/errors.ts'
import type { RollupConfig } from '../chain/rollupConfig.ts'
import type { Logger } from '../runtime/logger.ts'
import type { BatchEncoder } from './encoder/batchEncoder.ts'
import { toBatcherBlock } from './encoder/batcherBlock.ts'
import type { BlockRange } from './encoder/syncPoint.ts'
import type { BatcherNode } from './interface.ts'

/**
 * What loading a range came to.
 *
 * - `all`: the encoder has all of it.
 * - `some`: it has the first of them, and takes more at once.
 * - `noRoom`: it takes no more before some are safe.
 * - `reorganized`: a block does not follow those that it has.
 */
export type LoadOutcome = 'all' | 'some' | 'noRoom' | 'reorganized'

// How many blocks are asked for at one time, and after how many what there is is packed.
const blocksAtOnce = 10n
const blocksPerRound = 100n
// Of blocks that are kept until they are safe. What is behind them is loaded when there is room again.
const maxBlockBytes = 128 * 1_024 * 1_024

/** Gives an encoder the first L2 blocks of a range. @throws {ChainError} `temporary` */
export async function loadBlocks(
  { from, to }: BlockRange,
  encoder: Pick<BatchEncoder, 'addBlock' | 'blockBytes' | 'blockCount'>,
  deps: { readonly config: RollupConfig; readonly node: BatcherNode; readonly logger: Logger },
  signal: AbortSignal,
): Promise<LoadOutcome> {
  const { config, node, logger } = deps
  if (encoder.blockBytes >= maxBlockBytes) {
    logger.warn('Loading no more L2 blocks before some of those are safe', {
      kept: encoder.blockCount,
      waiting: to - from + 1n,
    })
    return 'noRoom'
  }
  const last = to - from < blocksPerRound ? to : from + blocksPerRound - 1n
  for (let next = from; next <= last; next += blocksAtOnce) {
    for (const block of await fetchBlocks(node, next, last, signal)) {
      if (!encoder.addBlock(toBatcherBlock(config, block))) return 'reorganized'
    }
  }
  if (last === to) return 'all'
  logger.info('Loaded L2 blocks', {
    from,
    to: last,
    remaining: to - last,
    kept: encoder.blockCount,
  })
  return 'some'
}

/** The next blocks of a range, in order. */
async function fetchBlocks(node: BatcherNode, from: bigint, to: bigint, signal: AbortSignal) {
  const count = Math.min(Number(blocksAtOnce), Number(to - from) + 1)
  const numbers = Array.from({ length: count }, (_, index) => from + BigInt(index))
  return Promise.all(
    numbers.map(async (number) => {
      const block = await node.blockByNumber(number, signal)
      if (block !== undefined) return block
      const message = `the L2 engine has no block ${number}`
      throw new ChainError('temporary', 'L2_BLOCK_MISSING', message)
    }),
  )
}
