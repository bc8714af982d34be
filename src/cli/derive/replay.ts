import type { Hash, Hex } from '../../base/hex.ts'
import { isForkActive } from '../../chain/forks.ts'
import type { L1BlockRef, L2BlockRef } from '../../chain/refs.ts'
import type { RollupConfig } from '../../chain/rollupConfig.ts'
import type { SystemConfig } from '../../chain/systemConfig.ts'
import { ChannelAssembler } from '../../derive/channelAssembler.ts'
import { ChannelBank } from '../../derive/channelBank.ts'
import { ChannelReader } from '../../derive/channelReader.ts'
import type { DerivedAttributes } from '../../derive/derivedAttributes.ts'
import { FrameQueue } from '../../derive/frameQueue.ts'
import { L1Retrieval } from '../../derive/l1Retrieval.ts'
import { L1Traversal } from '../../derive/l1Traversal.ts'
import type { DerivationObserver } from '../../derive/observer.ts'
import { createPipeline } from '../../derive/pipeline.ts'
import { onlyRelevantReceipts } from '../../derive/relevantReceipts.ts'
import { attributesMismatches } from '../../protocol/attributesMatch.ts'
import type { Batch } from '../../protocol/batch/batch.ts'
import { l2BlockRefFromPayload } from '../../protocol/l2BlockRef.ts'
import type { PayloadEnvelope } from '../../protocol/payload.ts'
import { systemConfigFromPayload } from '../../protocol/payloadSystemConfig.ts'
import type { UpgradeBundles } from '../../protocol/upgrade/upgradeTransactions.ts'
import { type BatchFacts, batchFacts } from '../batch/batchFacts.ts'
import type { ExpectedChannel } from './expectedChannel.ts'
import { l1BlockRef, vectorL1, vectorSafeChain } from './vectorChain.ts'
import type { DerivationVector } from './vectorFolder.ts'

/** A block whose attributes were derived, held against the block that is expected. */
export interface ReplayedBlock {
  readonly number: bigint
  readonly hash: Hash
  readonly derived: DerivedAttributes
  /** Fields in which the two differ. */
  readonly mismatches: readonly string[]
}

/**
 * Derives the blocks behind a vector's safe head, each on top of the expected one before it, until all expected
 * blocks are there or L1 ends.
 *
 * Reading begins at the first L1 block of the vector.
 */
export async function* replayBlocks(
  vector: DerivationVector,
  upgradeBundles: UpgradeBundles,
  observe: DerivationObserver = () => undefined,
): AsyncGenerator<ReplayedBlock> {
  const { config, l2Blocks } = vector
  const [safeBlock, ...expected] = l2Blocks
  const [firstL1Block] = vector.l1Blocks
  if (safeBlock === undefined || firstL1Block === undefined) return
  const l1 = vectorL1(vector)
  const safeChain = vectorSafeChain(config, l2Blocks)
  const pipeline = createPipeline(config, { l1, blobs: l1, safeChain, upgradeBundles }, observe)
  pipeline.resetTo({
    origin: l1BlockRef(firstL1Block),
    systemConfig: systemConfigFromPayload(config, safeBlock.executionPayload),
  })
  let safeHead = refOf(config, safeBlock)
  while (expected.length > 0) {
    const outcome = await pipeline.step(safeHead)
    if (outcome.type === 'idle') return
    if (outcome.type !== 'attributes') continue
    const block = expected.shift()!
    const { blockNumber: number, blockHash: hash } = block.executionPayload
    const { derived } = outcome
    const { attributes, parent } = derived
    const mismatches = attributesMismatches(config, attributes, parent.hash, block)
    yield { number, hash, derived, mismatches }
    safeHead = refOf(config, block)
  }
}

/** A channel that was read, held against the one that is expected. */
export interface ReplayedChannel {
  readonly channelId: Hex
  /** The L1 block that completed it. */
  readonly origin: L1BlockRef
  readonly batches: readonly BatchFacts[]
  /** The channel at this place of the vector; `undefined` when that has no more. */
  readonly expected: ExpectedChannel | undefined
}

/** Reads all of a vector's channels, whether their batches are valid on some safe head or not. */
export async function replayChannels(vector: DerivationVector): Promise<ReplayedChannel[]> {
  const channels = await readChannels(vector)
  return channels.map(({ channelId, origin, batches }, index) => ({
    channelId,
    origin,
    batches: batches.map(batchFacts),
    expected: vector.channels[index],
  }))
}

interface ReadChannel {
  readonly channelId: Hex
  readonly origin: L1BlockRef
  readonly batches: Batch[]
}

async function readChannels(vector: DerivationVector): Promise<ReadChannel[]> {
  const { config } = vector
  const [firstL1Block] = vector.l1Blocks
  if (firstL1Block === undefined) return []
  const read: ReadChannel[] = []
  const observe: DerivationObserver = (event, origin) => {
    if (event.type !== 'channelRead') return
    read.push({ channelId: event.channelId, origin, batches: [] })
  }
  const source = vectorL1(vector)
  const l1 = onlyRelevantReceipts(config, source)
  const start = { origin: l1BlockRef(firstL1Block), systemConfig: firstSystemConfig(vector) }
  const traversal = new L1Traversal(config, start, { l1, observe })
  const retrieval = new L1Retrieval(config, traversal, { l1, blobs: source, observe })
  const frames = new FrameQueue(config, retrieval, observe)
  const isHolocene = isForkActive(config, 'holocene', start.origin.timestamp)
  const channels = new (isHolocene ? ChannelAssembler : ChannelBank)(config, frames, observe)
  const reader = new ChannelReader(config, channels, observe)
  for (;;) {
    const pulled = await reader.pull(traversal.origin)
    if (pulled.type === 'item') read.at(-1)!.batches.push(pulled.item)
    if (pulled.type === 'exhausted' && !(await traversal.advance())) return read
  }
}

/** As of the vector's safe head, or at genesis: the batcher's address is what counts. */
function firstSystemConfig({ config, l2Blocks }: DerivationVector): SystemConfig {
  const [safeBlock] = l2Blocks
  return safeBlock === undefined
    ? config.genesis.systemConfig
    : systemConfigFromPayload(config, safeBlock.executionPayload)
}

function refOf(config: RollupConfig, block: PayloadEnvelope): L2BlockRef {
  return l2BlockRefFromPayload(config, block.executionPayload)
}
