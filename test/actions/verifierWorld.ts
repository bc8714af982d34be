import { concatBytes } from '../../src/base/bytes.ts'
import { rlpEncode, rlpUint } from '../../src/base/rlp.ts'
import type { Fork } from '../../src/chain/forks.ts'
import { forkTimesUpTo } from '../../src/chain/forks.ts'
import type { L1BlockRef, L2BlockRef } from '../../src/chain/refs.ts'
import type { RollupConfig } from '../../src/chain/rollupConfig.ts'
import { preparePayloadAttributes } from '../../src/derive/attributes.ts'
import type { DerivationEvent } from '../../src/derive/observer.ts'
import { createPipeline } from '../../src/derive/pipeline.ts'
import { createDriver } from '../../src/driver/createDriver.ts'
import { type Derivation, localDerivation } from '../../src/driver/derivation.ts'
import type { Driver } from '../../src/driver/driver.ts'
import type { DriverObserver } from '../../src/driver/observer.ts'
import type { SafeHeadDatabase } from '../../src/engine/safeHeadDatabase.ts'
import { encodeFrames } from '../../src/protocol/batch/frame.ts'
import { encodeSingularBatch, type SingularBatch } from '../../src/protocol/batch/singularBatch.ts'
import { encodeSpanBatch } from '../../src/protocol/batch/spanBatchEncoder.ts'
import type { PayloadEnvelope } from '../../src/protocol/payload.ts'
import { sleep } from '../../src/runtime/clock.ts'
import { type Logger, silentLogger } from '../../src/runtime/logger.ts'
import { TaskGroup } from '../../src/runtime/taskGroup.ts'
import { disabledConductor } from '../../src/sequencer/conductor.ts'
import { noPublisher } from '../../src/sequencer/publisher.ts'
import type { SequencedBlock as PublishedBlock } from '../../src/sequencer/sequencedBlock.ts'
import { Batcher, channelId, framesOf } from '../../src/testing/batcher.ts'
import { DataL1 } from '../../src/testing/dataL1.ts'
import { FakeEngine } from '../../src/testing/fakeEngine.ts'
import { fakeRollupConfig } from '../../src/testing/fakeRollup.ts'
import { ManualClock, settle } from '../../src/testing/manualClock.ts'

export interface VerifierWorldOptions {
  readonly fork?: Fork
  readonly seqWindowSize?: bigint
  readonly safeHeads?: SafeHeadDatabase
  readonly logger?: Logger
  readonly elSync?: { readonly worksPastFinality: boolean }
  /** The node makes the blocks itself; there is no other sequencer. */
  readonly sequences?: boolean
  /** Each turn of derivation takes that long. */
  readonly derivationMs?: number
  readonly onBlock?: (block: PublishedBlock) => void
  readonly observe?: DriverObserver
  /** Of an older network, to be followed by another verifier. */
  readonly l1?: DataL1
  readonly chain?: readonly SequencedBlock[]
}

interface SequencedBlock {
  readonly ref: L2BlockRef
  readonly payload: PayloadEnvelope
  readonly batch: SingularBatch
  /** L1 block that holds its batch. */
  includedIn: bigint | undefined
}

const genesisTime = 1_700_000_000n
// In which time is moved on.
const stepMs = 50

/**
 * A network in memory, and a verifier of it.
 *
 * L1 makes a block every 12 seconds, a sequencer one every 2 with one transaction each; a batcher posts them when it is
 * told to. The verifier is a real driver with a real pipeline, on a fake engine, in virtual time.
 */
export class VerifierWorld implements AsyncDisposable {
  readonly clock = new ManualClock(Number(genesisTime) * 1000)
  readonly l1: DataL1
  readonly batcher = new Batcher()
  readonly config: RollupConfig
  /** What the sequencer has made. */
  readonly chain: SequencedBlock[]
  readonly sequencer: FakeEngine
  readonly engine: FakeEngine
  readonly events: DerivationEvent[] = []
  driver: Driver
  failure: unknown
  readonly #options: VerifierWorldOptions
  #tasks: TaskGroup
  #end = new AbortController()
  #run: Promise<void> | undefined
  /** Inflating takes real time, on a thread of its own: virtual time stands still meanwhile. */
  #deriving: Promise<unknown> = Promise.resolve()
  #channels = 0
  #nonce = 0

  constructor(options: VerifierWorldOptions = {}) {
    const { fork = 'karst', seqWindowSize = 200n } = options
    this.#options = options
    this.l1 = options.l1 ?? new DataL1({ genesisTime, blockTime: 12n })
    this.chain = [...(options.chain ?? [])]
    const { hash, number } = this.l1.at(0n)
    const config = fakeRollupConfig({
      l1Genesis: { hash, number },
      l2Time: genesisTime,
      seqWindowSize,
      channelTimeout: 50n,
      forkTimes: forkTimesUpTo(fork),
    })
    const systemConfig = { ...config.genesis.systemConfig, batcherAddress: this.batcher.address }
    this.config = { ...config, genesis: { ...config.genesis, systemConfig } }
    this.sequencer = new FakeEngine({ config: this.config }, this)
    this.engine = new FakeEngine({ config: this.config }, this)
    this.#tasks = new TaskGroup({ logger: silentLogger })
    this.driver = this.#createDriver()
  }

  /** Starts the verifier, for the first time or again on the same engine. */
  async start(): Promise<this> {
    this.#end = new AbortController()
    this.#tasks = new TaskGroup({ logger: silentLogger })
    this.driver = this.#createDriver()
    this.failure = undefined
    this.#run = this.driver.run(this.#end.signal).catch((error) => {
      this.failure = error
    })
    this.announce()
    await settle()
    return this
  }

  /** Ends the verifier as a power cut would: nothing is finished. */
  async stop(): Promise<void> {
    this.#end.abort(new Error('the story is over'))
    await Promise.all([this.#run, this.#tasks.close()])
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }

  /** The watcher of the verifier reports the head of L1. */
  announce(): void {
    this.driver.onL1Block('head', this.l1.head)
  }

  /** L1 calls that block final. */
  finalizeL1(number: bigint): void {
    this.driver.onL1Block('finalized', this.l1.at(number))
  }

  /** Mines empty L1 blocks; the sequencer keeps up. */
  async mine(count = 1): Promise<void> {
    for (let i = 0; i < count; i++) {
      this.l1.mine()
      await this.#sequence()
    }
    this.announce()
  }

  /** Mines an L1 block with the batches of all blocks that are not on L1 yet, as one channel. */
  async post(kind: 'span' | 'singular' = 'span'): Promise<L1BlockRef> {
    const waiting = this.chain.filter((block) => block.includedIn === undefined)
    const frames = framesOf(this.#batches(waiting, kind), { id: channelId(++this.#channels) })
    const data = encodeFrames(frames)
    const block = this.l1.mine({ transactions: [this.batcher.calldata(this.config, data)] })
    for (const sequenced of waiting) sequenced.includedIn = block.number
    await this.#sequence()
    this.announce()
    return block
  }

  /** A while of ordinary life: some L1 blocks, each third with batches. */
  async live(l1Blocks: number): Promise<void> {
    for (let i = 0; i < l1Blocks; i++) {
      if (i % 3 === 2) await this.post()
      else await this.mine()
    }
  }

  /** L1 takes back its last blocks; the sequencer follows it. Mine more than `depth` for others to see. */
  async reorgL1(depth: number): Promise<void> {
    this.l1.rewind(depth)
    const { number } = this.l1.head
    const kept = this.chain.filter(({ ref }) => ref.l1Origin.number <= number)
    this.chain.splice(kept.length)
    for (const block of kept) {
      if (block.includedIn !== undefined && block.includedIn > number) block.includedIn = undefined
    }
    await moveHead(this.sequencer, kept.at(-1)?.ref ?? this.sequencer.canonical[0]!)
    await this.#sequence()
  }

  /** The sequencer sends the verifier its block of that number, or all blocks up to it. */
  async gossip(number: number, from = number): Promise<void> {
    for (let i = from; i <= number; i++) {
      await this.during(this.driver.insertUnsafePayload(this.chain[i - 1]!.payload))
    }
  }

  /** The newest block of the sequencer whose batch is on L1. */
  get posted(): L2BlockRef | undefined {
    return this.chain.findLast((block) => block.includedIn !== undefined)?.ref
  }

  get status() {
    return this.driver.status.sync
  }

  /** Lets time pass until something holds. @throws after two minutes. */
  async until(what: string, condition: () => boolean | Promise<boolean>): Promise<void> {
    for (let i = 0; i < 2_400; i++) {
      await settle()
      await this.#deriving
      if (await condition()) return
      if (this.failure !== undefined) throw this.failure
      await this.clock.advance(stepMs)
    }
    throw new Error(`waited in vain until ${what}; ${describe(this)}`)
  }

  /** Waits, with the clock standing still, until derivation has worked off what L1 has given it so far. */
  async digest(): Promise<void> {
    for (let last: unknown; last !== this.#deriving; ) {
      last = this.#deriving
      await last
      await settle()
    }
  }

  /** Lets so much time pass, and derivation follow, however slow the host inflates. */
  async advance(durationMs: number): Promise<void> {
    const endMs = this.clock.now() + durationMs
    while (this.clock.now() < endMs) {
      await this.clock.advance(Math.min(stepMs, endMs - this.clock.now()))
      await this.digest()
    }
  }

  /** Lets time pass until the verifier has read all of L1 and told the engine. */
  async untilDerived(): Promise<void> {
    await this.until('all of L1 is derived', async () => {
      const safe = await this.engine.blockRefByLabel('safe')
      return (
        this.status.currentL1.hash === this.l1.head.hash &&
        this.status.safeL2.hash === safe?.hash &&
        safe.number >= (this.posted?.number ?? 0n)
      )
    })
  }

  /** Lets time pass until a promise settles. */
  async during<T>(promise: Promise<T>): Promise<T> {
    let isSettled = false
    const done = promise.finally(() => {
      isSettled = true
    })
    done.catch(() => undefined)
    await this.until('it settles', () => isSettled)
    return done
  }

  #createDriver(): Driver {
    const providers = {
      l1: this.l1,
      blobs: this.l1,
      safeChain: this.engine,
      upgradeBundles: new Map(),
    }
    const pipeline = createPipeline(this.config, providers, (event) => this.events.push(event))
    return createDriver(
      {
        config: this.config,
        upgradeBundles: new Map(),
        canSequence: this.#options.sequences ?? false,
        elSync: this.#options.elSync,
        sequencer: {
          active: this.#options.sequences ?? false,
          l1Confs: 0,
          recover: false,
          minSealingMarginMs: 2,
          maxSealingMarginMs: 250,
        },
      },
      {
        l1: this.l1,
        engine: this.engine,
        l2: this.engine,
        derivation: this.#watched(localDerivation(pipeline)),
        safeHeads: this.#options.safeHeads,
        conductor: disabledConductor,
        publisher: noPublisher,
        clock: this.clock,
        random: () => 0.5,
        logger: this.#options.logger ?? silentLogger,
        tasks: this.#tasks,
        onBlock: (block) => this.#options.onBlock?.(block),
        observe: this.#options.observe,
      },
    )
  }

  #watched(derivation: Derivation): Derivation {
    const { derivationMs } = this.#options
    return {
      ...derivation,
      next: async (safeHead, signal) => {
        if (derivationMs !== undefined) {
          await sleep(this.clock, derivationMs, signal)
          return derivation.next(safeHead, signal)
        }
        const outcome = derivation.next(safeHead, signal)
        this.#deriving = outcome.catch(() => undefined)
        return outcome
      },
    }
  }

  #batches(blocks: readonly SequencedBlock[], kind: 'span' | 'singular'): Uint8Array[] {
    const batches = blocks.map(({ batch }) => batch)
    const [first] = blocks
    if (first === undefined) return []
    if (kind === 'singular') return batches.map(encodeSingularBatch)
    const { genesis, blockTime, l2ChainId } = this.config
    const chain = { genesisTime: genesis.l2Time, blockTime, l2ChainId }
    return [encodeSpanBatch(batches, chain, first.ref.sequenceNumber === 0n)]
  }

  /** The sequencer makes all blocks that are due by the time of the L1 head. */
  async #sequence(): Promise<void> {
    while (!this.#options.sequences) {
      const parent = this.chain.at(-1)?.ref ?? this.sequencer.canonical[0]!
      const timestamp = parent.timestamp + this.config.blockTime
      if (timestamp > this.l1.head.timestamp) return
      await this.#sequenceOn(parent, timestamp)
    }
  }

  async #sequenceOn(parent: L2BlockRef, timestamp: bigint): Promise<void> {
    const next =
      this.l1.head.number > parent.l1Origin.number && this.l1.at(parent.l1Origin.number + 1n)
    const epoch = next && next.timestamp <= timestamp ? next : parent.l1Origin
    const prepared = await preparePayloadAttributes(
      {
        config: this.config,
        l1: this.l1,
        systemConfigByHash: (hash) => this.sequencer.systemConfigByHash(hash),
        upgradeBundles: new Map(),
        reportDroppedUpdate: () => undefined,
      },
      parent,
      epoch,
    )
    const transactions = [userTransaction(this.config, ++this.#nonce)]
    const attributes = { ...prepared, transactions: [...prepared.transactions, ...transactions] }
    const payload = this.sequencer.buildElsewhere(parent.hash, attributes)
    await this.sequencer.newPayload(payload)
    const ref = (await this.sequencer.blockRefByHash(payload.executionPayload.blockHash))!
    await moveHead(this.sequencer, ref)
    const batch: SingularBatch = {
      ...{ type: 'singular', parentHash: parent.hash, timestamp, transactions },
      ...{ epochNumber: epoch.number, epochHash: epoch.hash },
    }
    this.chain.push({ ref, payload, batch, includedIn: undefined })
  }
}

/** A verifier that runs already, in a network that has lived through so many L1 blocks. */
export async function startVerifier(
  options: VerifierWorldOptions & { readonly l1Blocks?: number } = {},
): Promise<VerifierWorld> {
  const world = new VerifierWorld(options)
  await world.live(options.l1Blocks ?? 0)
  return world.start()
}

async function moveHead(engine: FakeEngine, head: L2BlockRef): Promise<void> {
  const genesis = engine.canonical[0]!.hash
  const state = { headBlockHash: head.hash, safeBlockHash: genesis, finalizedBlockHash: genesis }
  await engine.forkchoiceUpdated(state, undefined)
}

function describe(world: VerifierWorld): string {
  const { currentL1, unsafeL2, safeL2 } = world.status
  return `L1 ${currentL1.number} of ${world.l1.head.number}, safe ${safeL2.number}, unsafe ${unsafeL2.number}, posted ${world.posted?.number}`
}

/** Signed by nobody: a fake engine does not mind. */
function userTransaction(config: RollupConfig, nonce: number): Uint8Array {
  const none = new Uint8Array(0)
  const one = Uint8Array.of(1)
  const fields = [rlpUint(config.l2ChainId), rlpUint(BigInt(nonce)), none, none, none]
  const rest = [new Uint8Array(20), none, none, [], none, one, one]
  return concatBytes(Uint8Array.of(2), rlpEncode([...fields, ...rest]))
}
