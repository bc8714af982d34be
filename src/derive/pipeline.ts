import { ChainError, faultOfTakt } from '../base/errors.ts'
import { isForkActive } from '../chain/forks.ts'
import type { BlockId, L1BlockRef, L2BlockRef } from '../chain/refs.ts'
import type { RollupConfig } from '../chain/rollupConfig.ts'
import type { UpgradeBundles } from '../protocol/upgrade/upgradeTransactions.ts'
import { type AttributesDeps, preparePayloadAttributes } from './attributes.ts'
import { AttributesQueue, type PrepareAttributes } from './attributesQueue.ts'
import { BatchQueue } from './batchQueue.ts'
import { BatchStage } from './batchStage.ts'
import { ChannelAssembler } from './channelAssembler.ts'
import { ChannelBank } from './channelBank.ts'
import { ChannelReader } from './channelReader.ts'
import { type DerivedAttributes, withDepositsOnly } from './derivedAttributes.ts'
import { FrameQueue } from './frameQueue.ts'
import { L1Retrieval } from './l1Retrieval.ts'
import { L1Traversal, type TraversalStart } from './l1Traversal.ts'
import { L1Window } from './l1Window.ts'
import type { DerivationObserver } from './observer.ts'
import { findPipelineStart } from './pipelineStart.ts'
import type { BlobProvider, L1DataProvider, SafeChainProvider } from './providers.ts'
import { onlyRelevantReceipts } from './relevantReceipts.ts'

/**
 * What one step came to.
 *
 * - `attributes`: the next safe block. Give the safe head that became of it to the next step.
 * - `progressed`: some data was worked off. Step again.
 * - `advanced`: the pipeline reads the next L1 block from now on. Step again.
 * - `idle`: all of L1 is read. Step again when L1 has a new block.
 */
export type StepOutcome =
  | { readonly type: 'attributes'; readonly derived: DerivedAttributes }
  | { readonly type: 'progressed' }
  | { readonly type: 'advanced'; readonly origin: L1BlockRef }
  | { readonly type: 'idle' }

/** Whatever derivation reads. */
export interface PipelineProviders {
  readonly l1: L1DataProvider
  readonly blobs: BlobProvider
  readonly safeChain: SafeChainProvider
  readonly upgradeBundles: UpgradeBundles
}

/** Builds a pipeline; it must be reset to a safe head before the first step. */
export function createPipeline(
  config: RollupConfig,
  providers: PipelineProviders,
  observe: DerivationObserver = () => undefined,
): Pipeline {
  const l1 = onlyRelevantReceipts(config, providers.l1)
  return new Pipeline(config, { ...providers, l1 }, observe)
}

/**
 * Derives the L2 chain from L1, one step at a time. Holds no clock, socket or log: the same L1 gives the same
 * outcomes. One call at a time.
 *
 * A throw leaves the pipeline where it was: what the error's severity says is up to the caller.
 *
 * @see https://specs.optimism.io/protocol/derivation.html#l2-chain-derivation-pipeline
 */
export class Pipeline {
  readonly #config: RollupConfig
  readonly #providers: PipelineProviders
  readonly #observe: DerivationObserver
  #stages: { readonly front: Front; readonly back: Back } | undefined
  #last: DerivedAttributes | undefined

  constructor(config: RollupConfig, providers: PipelineProviders, observe: DerivationObserver) {
    this.#config = config
    this.#providers = providers
    this.#observe = observe
  }

  /** The L1 block being read; `undefined` before the first reset. */
  get origin(): L1BlockRef | undefined {
    return this.#stages?.front.traversal.origin
  }

  /**
   * Starts over behind `safeHead`, reading L1 from a channel timeout before its origin.
   *
   * @param readUpTo - Number of an L1 block at whose end `safeHead` was the safe head, where that is known. The
   *   batches up to it are then not judged again. Without it, a batch that came too early at its time (Holocene)
   *   may pass for one in time, because the blocks before it are there now.
   * @throws {ChainError} see {@link findPipelineStart}. The pipeline then stays as it was.
   */
  async reset(safeHead: L2BlockRef, readUpTo?: bigint, signal?: AbortSignal): Promise<void> {
    const start = await findPipelineStart(this.#config, this.#providers, safeHead, signal)
    this.resetTo(start, readUpTo)
  }

  /** Starts over at a known L1 block. */
  resetTo(start: TraversalStart, readUpTo?: bigint): void {
    const window = new L1Window(start.origin, readUpTo)
    const front = createFront(this.#config, this.#providers, this.#observe, start, window)
    this.#last = undefined
    this.#stages = { front, back: this.#createBack(front) }
  }

  /**
   * Does the next piece of work, on top of `safeHead`: the last block made of derived attributes, whether it
   * concluded its span or not.
   *
   * @throws {ChainError} `critical` `PIPELINE_NOT_RESET`; `reset` when L1 or the safe head moved away from
   *   what was read; `temporary` when something could not be read yet.
   */
  async step(safeHead: L2BlockRef, signal?: AbortSignal): Promise<StepOutcome> {
    const { front, back } = this.#ready()
    const { traversal } = front
    const pulled = await back.attributes.pull(traversal.origin, safeHead, signal)
    if (pulled.type === 'item') {
      this.#last = pulled.item
      return { type: 'attributes', derived: pulled.item }
    }
    if (pulled.type === 'again') return { type: 'progressed' }
    const before = traversal.origin
    if (!(await traversal.advance(signal))) return { type: 'idle' }
    if (this.#activatesHolocene(before, traversal.origin)) this.#enterHolocene(front)
    return { type: 'advanced', origin: traversal.origin }
  }

  /**
   * The last attributes again, with deposits only: what Holocene puts in the place of a block that the engine
   * found invalid. The rest of the batch's channel is invalid too and is forgotten.
   *
   * @throws {ChainError} `critical` `NOT_LAST_ATTRIBUTES` when the pipeline did not just make these, or made
   *   them before Holocene, where an invalid block is left out instead.
   * @see https://specs.optimism.io/protocol/holocene/derivation.html#engine-queue
   */
  depositsOnly(parent: BlockId, derivedFrom: L1BlockRef): DerivedAttributes {
    const { batches } = this.#ready().back
    const last = this.#last
    if (
      last === undefined ||
      last.parent.hash !== parent.hash ||
      last.derivedFrom.hash !== derivedFrom.hash ||
      !(batches instanceof BatchStage)
    ) {
      throw new ChainError(
        'critical',
        'NOT_LAST_ATTRIBUTES',
        `no attributes on top of L2 block ${parent.number} can be cut down to deposits`,
        { context: { parent, derivedFrom }, metaMessages: [faultOfTakt] },
      )
    }
    batches.flush()
    this.#observe({ type: 'channelFlushed' }, derivedFrom)
    this.#last = withDepositsOnly(last)
    return this.#last
  }

  /**
   * Frames, channels and batches from before Holocene are forgotten when L1 reaches it.
   *
   * @see https://specs.optimism.io/protocol/holocene/derivation.html#activation
   */
  #enterHolocene(front: Front): void {
    front.frames.clear()
    this.#stages = { front, back: this.#createBack(front) }
    this.#observe({ type: 'holoceneActivated' }, front.traversal.origin)
  }

  #createBack(front: Front): Back {
    return createBack(this.#config, this.#providers, this.#observe, front)
  }

  #ready(): { readonly front: Front; readonly back: Back } {
    if (this.#stages !== undefined) return this.#stages
    throw new ChainError('critical', 'PIPELINE_NOT_RESET', 'the pipeline has no safe head yet', {
      metaMessages: [faultOfTakt],
    })
  }

  #activatesHolocene(before: L1BlockRef, now: L1BlockRef): boolean {
    return (
      isForkActive(this.#config, 'holocene', now.timestamp) &&
      !isForkActive(this.#config, 'holocene', before.timestamp)
    )
  }
}

/** The stages that read L1: the same before and after Holocene. */
interface Front {
  readonly traversal: L1Traversal
  readonly frames: FrameQueue
  /** Survives Holocene, whose first channel may hold batches of epochs from before. */
  readonly window: L1Window
}

/** The stages that make attributes of frames. */
interface Back {
  readonly batches: BatchQueue | BatchStage
  readonly attributes: AttributesQueue
}

function createFront(
  config: RollupConfig,
  { l1, blobs }: PipelineProviders,
  observe: DerivationObserver,
  start: TraversalStart,
  window: L1Window,
): Front {
  const traversal = new L1Traversal(config, start, { l1, observe })
  const retrieval = new L1Retrieval(config, traversal, { l1, blobs, observe })
  const frames = new FrameQueue(config, retrieval, observe)
  return { traversal, frames, window }
}

/** Builds the empty back part that reads L1 blocks of the origin's time. */
function createBack(
  config: RollupConfig,
  providers: PipelineProviders,
  observe: DerivationObserver,
  front: Front,
): Back {
  const { frames, window, traversal } = front
  const deps = { safeChain: providers.safeChain, observe }
  const prepare = attributesFrom(config, providers, observe, traversal)
  if (!isForkActive(config, 'holocene', traversal.origin.timestamp)) {
    const reader = new ChannelReader(config, new ChannelBank(config, frames, observe), observe)
    const batches = new BatchQueue(config, window, reader, deps)
    return { batches, attributes: new AttributesQueue(config, batches, prepare) }
  }
  const assembler = new ChannelAssembler(config, frames, observe)
  const reader = new ChannelReader(config, assembler, observe)
  const flushChannel = () => {
    reader.flush()
    assembler.flush()
  }
  const batches = new BatchStage(config, window, reader, { ...deps, flushChannel })
  return { batches, attributes: new AttributesQueue(config, batches, prepare) }
}

function attributesFrom(
  config: RollupConfig,
  { l1, safeChain, upgradeBundles }: PipelineProviders,
  observe: DerivationObserver,
  traversal: L1Traversal,
): PrepareAttributes {
  const deps: AttributesDeps = {
    ...{ config, l1, upgradeBundles },
    systemConfigByHash: (hash, signal) => safeChain.systemConfigByHash(hash, signal),
    reportDroppedUpdate: (error) => {
      observe({ type: 'configUpdateDropped', error }, traversal.origin)
    },
  }
  return (parent, epoch, signal) => preparePayloadAttributes(deps, parent, epoch, signal)
}
