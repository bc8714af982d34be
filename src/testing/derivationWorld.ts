import { concatBytes } from '../base/bytes.ts'
import type { Hash } from '../base/hex.ts'
import { rlpEncode, rlpUint } from '../base/rlp.ts'
import type { L1BlockRef, L2BlockRef } from '../chain/refs.ts'
import type { RollupConfig } from '../chain/rollupConfig.ts'
import { preparePayloadAttributes } from '../derive/attributes.ts'
import type { BatchVerdict } from '../derive/batchVerdict.ts'
import type { DerivedAttributes } from '../derive/derivedAttributes.ts'
import type { DerivationEvent } from '../derive/observer.ts'
import { createPipeline, type Pipeline } from '../derive/pipeline.ts'
import type { BlobProvider, L1DataProvider } from '../derive/providers.ts'
import { encodeFrames, type Frame } from '../protocol/batch/frame.ts'
import { encodeSingularBatch, type SingularBatch } from '../protocol/batch/singularBatch.ts'
import { encodeSpanBatch } from '../protocol/batch/spanBatchEncoder.ts'
import type { PayloadAttributes } from '../protocol/payload.ts'
import type { UpgradeBundles } from '../protocol/upgrade/upgradeTransactions.ts'
import { Batcher, framesOf } from './batcher.ts'
import { DataL1 } from './dataL1.ts'
import { FakeEngine } from './fakeEngine.ts'
import { fakeRollupConfig } from './fakeRollup.ts'
import { ManualClock } from './manualClock.ts'

export interface DerivationWorldOptions {
  readonly config?: Partial<Omit<RollupConfig, 'genesis'>>
  readonly upgradeBundles?: UpgradeBundles
}

/** A block of the sequencer, as the batch that would carry it. */
export interface SequencedBatch {
  readonly batch: SingularBatch
  readonly ref: L2BlockRef
}

/** What was safe when an L1 block had been read to its end. */
export interface SafeHeadMark {
  readonly l1Number: bigint
  readonly safeHead: L2BlockRef
}

const genesisTime = 1_000_000n

/**
 * A sequencer, an L1 with its batch inbox, and a verifier that derives from it: all in memory. L1 blocks come
 * every 12 seconds, L2 blocks every 2.
 */
export class DerivationWorld {
  readonly config: RollupConfig
  readonly l1 = new DataL1({ genesisTime, blockTime: 12n })
  readonly batcher = new Batcher()
  readonly sequencer: FakeEngine
  readonly verifier: FakeEngine
  readonly events: DerivationEvent[] = []
  readonly #upgradeBundles: UpgradeBundles
  #pipeline: Pipeline
  #sequencerHead: L2BlockRef
  #safeHead: L2BlockRef

  constructor(options: DerivationWorldOptions = {}) {
    const { hash, number } = this.l1.head
    const config = fakeRollupConfig({
      l1Genesis: { hash, number },
      l2Time: genesisTime,
      seqWindowSize: 20n,
      channelTimeout: 10n,
      ...options.config,
    })
    const systemConfig = {
      ...config.genesis.systemConfig,
      batcherAddress: this.batcher.address,
    }
    this.config = { ...config, genesis: { ...config.genesis, systemConfig } }
    this.#upgradeBundles = options.upgradeBundles ?? new Map()
    this.sequencer = this.#engine()
    this.verifier = this.#engine()
    this.#sequencerHead = this.sequencer.head
    this.#safeHead = this.verifier.head
    this.#pipeline = this.pipelineFrom(this.l1)
    this.#pipeline.resetTo({ origin: this.l1.head, systemConfig })
  }

  get safeHead(): L2BlockRef {
    return this.#safeHead
  }

  get sequencerHead(): L2BlockRef {
    return this.#sequencerHead
  }

  get pipeline(): Pipeline {
    return this.#pipeline
  }

  /** A new pipeline of the verifier, not reset yet, that reads another L1 or through other means. */
  pipelineFrom(l1: L1DataProvider & BlobProvider): Pipeline {
    const providers = {
      l1,
      blobs: l1,
      safeChain: this.verifier,
      upgradeBundles: this.#upgradeBundles,
    }
    return createPipeline(this.config, providers, (event) => this.events.push(event))
  }

  /**
   * Replaces the verifier's pipeline by a fresh one, reset to its safe head, or to what was the safe head at the
   * end of an L1 block.
   */
  async restart(mark?: SafeHeadMark): Promise<void> {
    const safeHead = mark?.safeHead ?? this.#safeHead
    await makeHead(this.verifier, safeHead.hash, this.config)
    this.#safeHead = safeHead
    this.#pipeline = this.pipelineFrom(this.l1)
    await this.#pipeline.reset(safeHead, mark?.l1Number)
  }

  /**
   * The sequencer's next block, with L1 origin `epoch`: that of its head unless given.
   *
   * @param transactions - Those of users.
   */
  async sequence(
    transactions: readonly Uint8Array[] = [],
    epoch: Pick<L1BlockRef, 'hash' | 'number'> = this.#sequencerHead.l1Origin,
  ): Promise<SequencedBatch> {
    const parent = this.#sequencerHead
    const prepared = await preparePayloadAttributes(
      {
        config: this.config,
        l1: this.l1,
        systemConfigByHash: (hash) => this.sequencer.systemConfigByHash(hash),
        upgradeBundles: this.#upgradeBundles,
        reportDroppedUpdate: () => undefined,
      },
      parent,
      epoch,
    )
    const attributes = { ...prepared, transactions: [...prepared.transactions, ...transactions] }
    this.#sequencerHead = await adopt(this.sequencer, parent, attributes, this.config)
    const batch: SingularBatch = {
      type: 'singular',
      parentHash: parent.hash,
      epochNumber: epoch.number,
      epochHash: epoch.hash,
      timestamp: attributes.timestamp,
      transactions,
    }
    return { batch, ref: this.#sequencerHead }
  }

  /** The sequencer builds on another block from now on: one of its own, or of the verifier. */
  async resequenceFrom(head: L2BlockRef): Promise<void> {
    for (const { hash } of this.verifier.canonical) {
      await this.sequencer.newPayload((await this.verifier.payloadByHash(hash))!)
    }
    await makeHead(this.sequencer, head.hash, this.config)
    this.#sequencerHead = head
  }

  /** So many blocks in a row, with one transaction each, in the epoch of the sequencer's head. */
  async sequenceMany(count: number): Promise<SequencedBatch[]> {
    const blocks: SequencedBatch[] = []
    for (let i = 0; i < count; i++) {
      blocks.push(await this.sequence([this.transaction(this.#sequencerHead.number)]))
    }
    return blocks
  }

  /** A user's transaction; different nonces make different ones. Its signature is nobody's. */
  transaction(nonce: bigint): Uint8Array {
    const none = new Uint8Array(0)
    const one = Uint8Array.of(1)
    const fields = [rlpUint(this.config.l2ChainId), rlpUint(nonce), none, none, none]
    const rest = [new Uint8Array(20), none, none, [], none, one, one]
    return concatBytes(Uint8Array.of(2), rlpEncode([...fields, ...rest]))
  }

  /** Mines an L1 block in which the batcher posts frames, one transaction for each list of them. */
  post(...transactions: readonly (readonly Frame[])[]): L1BlockRef {
    return this.l1.mine({
      transactions: transactions.map((frames) =>
        this.batcher.calldata(this.config, encodeFrames(frames)),
      ),
    })
  }

  /** Mines an L1 block with one channel that holds these batches, each a singular one. */
  postSingular(...batches: readonly SequencedBatch[]): L1BlockRef {
    return this.post(framesOf(batches.map(({ batch }) => encodeSingularBatch(batch))))
  }

  /** Mines an L1 block with one channel that holds these blocks as one span batch. */
  postSpan(...blocks: readonly SequencedBatch[]): L1BlockRef {
    return this.post(framesOf([this.span(...blocks)]))
  }

  /** These blocks as an encoded span batch. */
  span(...blocks: readonly SequencedBatch[]): Uint8Array {
    const { genesis, blockTime, l2ChainId } = this.config
    const chain = { genesisTime: genesis.l2Time, blockTime, l2ChainId }
    const beginsEpoch = blocks[0]!.ref.sequenceNumber === 0n
    return encodeSpanBatch(
      blocks.map(({ batch }) => batch),
      chain,
      beginsEpoch,
    )
  }

  /** Derives until L1 is read to its end, and makes a block of all attributes. */
  async derive(): Promise<DerivedAttributes[]> {
    const derived: DerivedAttributes[] = []
    for (;;) {
      const outcome = await this.#pipeline.step(this.#safeHead)
      if (outcome.type === 'idle') return derived
      if (outcome.type !== 'attributes') continue
      derived.push(outcome.derived)
      await this.adopt(outcome.derived)
    }
  }

  /** Steps until there are attributes, and returns them without making a block. */
  async nextAttributes(): Promise<DerivedAttributes> {
    for (;;) {
      const outcome = await this.#pipeline.step(this.#safeHead)
      if (outcome.type === 'attributes') return outcome.derived
      if (outcome.type === 'idle') throw new Error('L1 was read to its end')
    }
  }

  /** Makes the verifier's next safe block of these attributes. */
  async adopt({ attributes, parent }: DerivedAttributes): Promise<void> {
    this.#safeHead = await adopt(this.verifier, parent, attributes, this.config)
  }

  /** What was said of batches, in order: `accept`, `drop: <rule>` and so on. */
  get verdicts(): string[] {
    return this.events.flatMap((event) =>
      event.type === 'batchJudged' ? [verdictText(event.verdict)] : [],
    )
  }

  /** How often something was observed. */
  count(type: DerivationEvent['type']): number {
    return this.events.filter((event) => event.type === type).length
  }

  #engine(): FakeEngine {
    return new FakeEngine({ config: this.config }, { clock: new ManualClock() })
  }
}

async function adopt(
  engine: FakeEngine,
  parent: L2BlockRef,
  attributes: PayloadAttributes,
  config: RollupConfig,
): Promise<L2BlockRef> {
  const block = engine.buildElsewhere(parent.hash, attributes)
  await engine.newPayload(block)
  await makeHead(engine, block.executionPayload.blockHash, config)
  return engine.head
}

async function makeHead(engine: FakeEngine, hash: Hash, { genesis }: RollupConfig): Promise<void> {
  const finalizedBlockHash = genesis.l2.hash
  const state = { headBlockHash: hash, safeBlockHash: hash, finalizedBlockHash }
  await engine.forkchoiceUpdated(state, undefined)
}

function verdictText(verdict: BatchVerdict): string {
  return verdict.type === 'drop' ? `drop: ${verdict.rule}` : verdict.type
}
