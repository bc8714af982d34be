import { ChainError, TaktError } from '../../base/errors.ts'
import type { SyncStatus } from '../../driver/syncStatus.ts'
import type { EngineApi, ForkchoiceState } from '../../engine/interface.ts'
import { type EmbeddedEngine, startEmbeddedEngine } from '../../execution/worker/client.ts'
import type { EngineThreadOptions } from '../../execution/worker/messages.ts'
import { createNode, type TaktNode } from '../../node/node.ts'
import type { NodeObserver } from '../../node/observer.ts'
import type { NodeOptions } from '../../node/options.ts'
import { type Clock, sleep } from '../../runtime/clock.ts'
import type { Logger } from '../../runtime/logger.ts'
import type { Random } from '../../runtime/random.ts'
import { TaskGroup } from '../../runtime/taskGroup.ts'
import type { SequencedBlock } from '../../sequencer/sequencedBlock.ts'
import { keepEngineRunning } from './engineKeeper.ts'
import { onSamePort } from './onSamePort.ts'

export interface RollupNodeOptions {
  readonly node: NodeOptions
  readonly engine: EngineThreadOptions
}

export interface RollupNodeDeps {
  /** The time of the chain. */
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  readonly onBlock?: ((block: SequencedBlock) => void) | undefined
  readonly observer?: NodeObserver | undefined
}

/** A rollup node with an embedded engine of its own. Each can go and come back; their addresses stay. */
export class RollupNode {
  readonly engine: EmbeddedEngine
  /** Resolves with the reason when the node has ended and cannot go on. */
  readonly failed: Promise<unknown>
  readonly #fail: (reason: unknown) => void
  #options: NodeOptions
  readonly #deps: RollupNodeDeps
  readonly #keeper: TaskGroup
  #node: TaktNode | undefined
  #rpcUrl = ''
  #isEngineOut = false
  #engineLatencyMs = 0
  #buildingTimestamp = 0n
  #begun = Promise.withResolvers<void>()

  private constructor(options: NodeOptions, engine: EmbeddedEngine, deps: RollupNodeDeps) {
    const { promise, resolve } = Promise.withResolvers<unknown>()
    this.failed = promise
    this.#fail = resolve
    this.engine = engine
    this.#options = options
    this.#deps = deps
    this.#keeper = new TaskGroup(deps)
    const isWanted = () => !this.#isEngineOut
    this.#keeper.spawn('engine keeper', (signal) =>
      keepEngineRunning(engine, { ...deps, isWanted }, signal),
    )
  }

  /** Starts the engine; the node waits for {@link start}. @throws like {@link startEmbeddedEngine} */
  static async open(options: RollupNodeOptions, deps: RollupNodeDeps): Promise<RollupNode> {
    const engine = await startEmbeddedEngine(options.engine, deps)
    return new RollupNode(options.node, engine, deps)
  }

  /** Of the node's RPC; known from the first start on. */
  get rpcUrl(): string {
    return this.#rpcUrl
  }

  get isRunning(): boolean {
    return this.#node !== undefined
  }

  get isSequencing(): boolean {
    return this.#node?.sequencerActive ?? false
  }

  get isEngineOut(): boolean {
    return this.#isEngineOut
  }

  get engineLatencyMs(): number {
    return this.#engineLatencyMs
  }

  /** Timestamp of the block that the engine was last asked to build. */
  get buildingTimestamp(): bigint {
    return this.#buildingTimestamp
  }

  /** Resolves when the engine begins the next block. */
  nextBegun(): Promise<void> {
    return this.#begun.promise
  }

  /** @throws {ChainError} `temporary` `NODE_PAUSED` */
  syncStatus(): SyncStatus {
    return this.#running.syncStatus()
  }

  /** See {@link TaktNode.settled}. */
  async settled(): Promise<void> {
    await this.#node?.settled()
  }

  /** Resolves when the block that is being built holds all transactions that wait for it. */
  async filled(): Promise<void> {
    // An engine that is out fills nothing.
    await this.engine.building.blockFilled().catch(() => undefined)
  }

  /** Makes it know L1 as it is. Does nothing while it does not run. @throws {ChainError} `temporary` */
  async lookAtL1(): Promise<void> {
    await this.#node?.lookAtL1()
  }

  /** See {@link TaktNode.atRest}; a node that does not run always is. */
  async atRest(): Promise<number> {
    return (await this.#node?.atRest()) ?? Number.POSITIVE_INFINITY
  }

  /** @throws what {@link TaktNode.start} throws. */
  async start(signal?: AbortSignal): Promise<void> {
    if (this.#node !== undefined) return
    this.#buildingTimestamp = 0n
    const engine = { api: this.#engineApi(), chain: this.engine.chain }
    const startNew = async () => {
      const node = createNode(this.#options, { ...this.#deps, engine })
      await node.start(signal)
      return node
    }
    const isKnown = this.#rpcUrl !== ''
    const node = await (isKnown ? onSamePort(startNew, this.#deps, signal) : startNew())
    this.#node = node
    this.#rpcUrl = node.rpcUrl!
    // From now on the node is known by this port.
    const port = Number(new URL(this.#rpcUrl).port)
    this.#options = { ...this.#options, rpc: { ...this.#options.rpc, port } }
    node.ended.catch((error) => this.#fail(error))
  }

  async stop(): Promise<void> {
    const node = this.#node
    this.#node = undefined
    await node?.stop()
  }

  /** Makes no more blocks, also after the node was started anew. */
  async pauseSequencing(): Promise<void> {
    this.#setStopped(true)
    if (this.isSequencing) await this.#running.stopSequencer()
  }

  async resumeSequencing(): Promise<void> {
    this.#setStopped(false)
    if (this.#node === undefined || this.isSequencing) return
    await this.#node.startSequencer(this.#node.syncStatus().unsafeL2.hash)
  }

  /** Ends the engine as a fault would, until {@link restoreEngine}. */
  async cutEngine(): Promise<void> {
    this.#isEngineOut = true
    await this.engine.crash()
  }

  async restoreEngine(): Promise<void> {
    if (!this.#isEngineOut) return
    this.#isEngineOut = false
    await this.#restartEngine()
  }

  /** Answers of the engine come that much later from now on. */
  setEngineLatency(latencyMs: number): void {
    this.#engineLatencyMs = latencyMs
  }

  /** The heads as they are now. */
  forkchoice(): ForkchoiceState {
    const { unsafeL2, safeL2, finalizedL2 } = this.syncStatus()
    return {
      headBlockHash: unsafeL2.hash,
      safeBlockHash: safeL2.hash,
      finalizedBlockHash: finalizedL2.hash,
    }
  }

  /**
   * Makes earlier heads the heads again, and empties the pool. The node must be stopped.
   *
   * @throws {TaktError} `ENGINE_REFUSED`
   */
  async rewind(heads: ForkchoiceState): Promise<void> {
    const { payloadStatus } = await this.engine.api.forkchoiceUpdated(heads, undefined)
    if (payloadStatus.status !== 'VALID') {
      throw new TaktError('ENGINE_REFUSED', `the engine cannot go back to ${heads.headBlockHash}`, {
        context: { payloadStatus },
      })
    }
    await this.#restartEngine()
  }

  /** Ends the engine for good. */
  async closeEngine(): Promise<void> {
    await Promise.all([this.#keeper.close(), this.engine.close()])
  }

  #restartEngine(): Promise<void> {
    return onSamePort(() => this.engine.restart(), this.#deps)
  }

  get #running(): TaktNode {
    if (this.#node !== undefined) return this.#node
    // Temporary: whoever asks for it all the time may go on with that.
    throw new ChainError('temporary', 'NODE_PAUSED', 'the node does not run', {
      metaMessages: ['Resume it first.'],
    })
  }

  #setStopped(stopped: boolean): void {
    this.#options = { ...this.#options, sequencer: { ...this.#options.sequencer, stopped } }
  }

  #noteBegun(timestamp: bigint): void {
    this.#buildingTimestamp = timestamp
    const begun = this.#begun
    this.#begun = Promise.withResolvers()
    begun.resolve()
  }

  /** The engine as the node reaches it: late, if told so. */
  #engineApi(): EngineApi {
    const { api } = this.engine
    const { clock } = this.#deps
    const late = async <T>(call: () => Promise<T>, signal: AbortSignal | undefined): Promise<T> => {
      if (this.#isEngineOut) throw engineOut()
      if (this.#engineLatencyMs > 0) await sleep(clock, this.#engineLatencyMs, signal)
      return call()
    }
    return {
      getPayload: (id, timestamp, signal) =>
        late(() => api.getPayload(id, timestamp, signal), signal),
      newPayload: (envelope, signal) => late(() => api.newPayload(envelope, signal), signal),
      forkchoiceUpdated: async (state, attributes, signal) => {
        const answer = await late(() => api.forkchoiceUpdated(state, attributes, signal), signal)
        const hasBegun = attributes !== undefined && answer.payloadId !== undefined
        if (hasBegun) this.#noteBegun(attributes.timestamp)
        return answer
      },
    }
  }
}

function engineOut(): ChainError {
  return new ChainError('temporary', 'ENGINE_GONE', 'the engine is out, as it was told to be')
}
