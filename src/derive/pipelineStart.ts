import { ChainError } from '../base/errors.ts'
import type { L1BlockRef, L2BlockRef } from '../chain/refs.ts'
import { channelTimeout, type RollupConfig } from '../chain/rollupConfig.ts'
import type { TraversalStart } from './l1Traversal.ts'
import type { L1Provider, SafeChainProvider } from './providers.ts'

/** What {@link findPipelineStart} reads. */
export interface PipelineStartDeps {
  readonly l1: Pick<L1Provider, 'blockRefByHash'>
  readonly safeChain: Pick<SafeChainProvider, 'blockRefByNumber' | 'systemConfigByHash'>
}

/**
 * Where reading L1 must begin so that no frame is missed of a channel that goes on with the safe head: a
 * channel timeout before its L1 origin, or at genesis.
 *
 * Walks the safe chain back epoch by epoch, and asks L1 only about epochs that are far enough back.
 *
 * @throws {ChainError} `reset` when the safe chain has no such ancestor (`SAFE_CHAIN_GAP`); `temporary` when
 *   L1 does not know an origin (`ORIGIN_NOT_FOUND`), and what the providers throw.
 * @see https://specs.optimism.io/protocol/derivation.html#resetting-the-pipeline
 */
export async function findPipelineStart(
  config: RollupConfig,
  deps: PipelineStartDeps,
  safeHead: L2BlockRef,
  signal?: AbortSignal,
): Promise<TraversalStart> {
  const { genesis } = config
  let block = safeHead
  for (;;) {
    const isGenesis =
      block.number <= genesis.l2.number || block.l1Origin.number <= genesis.l1.number
    const depth = safeHead.l1Origin.number - block.l1Origin.number
    if (isGenesis || depth >= shortestTimeout(config)) {
      const origin = await originOf(deps, block, signal)
      if (isGenesis || depth >= channelTimeout(config, origin.timestamp)) {
        return { origin, systemConfig: await deps.safeChain.systemConfigByHash(block.hash, signal) }
      }
    }
    block = await lastBlockOfEpochBefore(config, deps, block, signal)
  }
}

/** No L1 block has a shorter channel timeout than this. */
function shortestTimeout(config: RollupConfig): bigint {
  const { granite } = config.forkTimes
  const before = config.channelTimeout
  const after = granite === undefined ? before : channelTimeout(config, granite)
  if (after < before) return after
  return before
}

async function originOf(
  deps: PipelineStartDeps,
  block: L2BlockRef,
  signal: AbortSignal | undefined,
): Promise<L1BlockRef> {
  const { hash, number } = block.l1Origin
  const origin = await deps.l1.blockRefByHash(hash, signal)
  if (origin !== undefined) return origin
  throw new ChainError(
    'temporary',
    'ORIGIN_NOT_FOUND',
    `L1 does not know block ${number} ${hash}, the origin of L2 block ${block.number}`,
  )
}

async function lastBlockOfEpochBefore(
  config: RollupConfig,
  deps: PipelineStartDeps,
  block: L2BlockRef,
  signal: AbortSignal | undefined,
): Promise<L2BlockRef> {
  const first = block.number - block.sequenceNumber
  const { l2 } = config.genesis
  const number = first > l2.number ? first - 1n : l2.number
  const before = await deps.safeChain.blockRefByNumber(number, signal)
  if (before !== undefined) return before
  throw new ChainError(
    'reset',
    'SAFE_CHAIN_GAP',
    `the engine has no L2 block ${number}, an ancestor of safe block ${block.number}`,
  )
}
