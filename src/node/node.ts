import { TaktError } from '../base/errors.ts'
import type { Hash } from '../base/hex.ts'
import type { L1Heads, SyncStatus } from '../driver/syncStatus.ts'
import { isWebSocketUrl } from '../jsonrpc/endpointUrl.ts'
import type { PayloadEnvelope } from '../protocol/payload.ts'
import type { NodeControl } from '../rpc/adminApi.ts'
import { runTogether } from '../runtime/runTogether.ts'
import type { L1Label } from '../sources/l1Client.ts'
import { runL1Watcher } from '../sources/l1Watcher.ts'
import { type NodeDeps, type NodeParts, openNodeParts } from './nodeParts.ts'
import type { NodeOptions } from './options.ts'

/** A rollup node in this process. */
export interface TaktNode extends NodeControl, AsyncDisposable {
  /**
   * Connects, checks, and begins to work. Resolves when the RPC serves and the driver runs.
   *
   * @throws {ConfigError} with the exit code of what is wrong; nothing is left running then.
   */
  start(signal?: AbortSignal): Promise<void>
  /** Ends within five seconds from any state. */
  stop(): Promise<void>
  /** Resolves when the node has stopped, rejects with the error that it could not go on from. */
  readonly ended: Promise<void>
  /** `undefined` without an RPC, and before `start`. */
  readonly rpcUrl: string | undefined
  syncStatus(): SyncStatus
  /** Resolves when the node does nothing on the side, such as looking ahead at L1. For scripts that act in lockstep. */
  settled(): Promise<void>
  /**
   * Asks L1 for its newest blocks now, instead of waiting to be told.
   *
   * @throws {ChainError} `temporary`
   */
  lookAtL1(): Promise<void>
  /** {@link Driver.atRest}, with nothing done on the side either. */
  atRest(): Promise<number>
}

/** Puts a node together. Nothing happens before `start`. */
export function createNode(options: NodeOptions, deps: NodeDeps): TaktNode {
  return new Node(options, deps)
}

// Of the five seconds that a stop may take, what the sequencer gets to finish its block.
const sequencerStopMs = 2_000

class Node implements TaktNode {
  readonly #options: NodeOptions
  readonly #deps: NodeDeps
  readonly #ended = Promise.withResolvers<void>()
  readonly #stopping = new AbortController()
  /** Once it has started. */
  #parts: NodeParts | undefined
  #run: Promise<void> | undefined
  #starting: Promise<void> | undefined
  #stopped: Promise<void> | undefined

  constructor(options: NodeOptions, deps: NodeDeps) {
    this.#options = options
    this.#deps = deps
    // Whoever does not watch `ended` learns of the failure from the log.
    this.#ended.promise.catch(() => undefined)
  }

  get ended(): Promise<void> {
    return this.#ended.promise
  }

  get rpcUrl(): string | undefined {
    return this.#parts?.rpcUrl
  }

  get sequencerActive(): boolean {
    return this.#started.driver.sequencerActive
  }

  start(signal?: AbortSignal): Promise<void> {
    this.#starting ??= this.#start(signal)
    return this.#starting
  }

  stop(): Promise<void> {
    this.#stopped ??= this.#stop()
    return this.#stopped
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }

  syncStatus(): SyncStatus {
    return this.#started.driver.status.sync
  }

  settled(): Promise<void> {
    return this.#started.tasks.settled()
  }

  async lookAtL1(): Promise<void> {
    const { l1, driver } = this.#started
    const look = async (name: keyof L1Heads, label: L1Label) => {
      const block = await l1.blockRefByLabel(label)
      if (block !== undefined) driver.onL1Block(name, block)
    }
    await Promise.all([
      look('head', 'latest'),
      look('safe', 'safe'),
      look('finalized', 'finalized'),
    ])
  }

  async atRest(): Promise<number> {
    const { driver, tasks } = this.#started
    await driver.atRest()
    await tasks.settled()
    return driver.atRest()
  }

  startSequencer(hash: Hash): Promise<void> {
    return this.#started.driver.startSequencer(hash)
  }

  stopSequencer(): Promise<Hash> {
    return this.#started.driver.stopSequencer()
  }

  requestReset(): Promise<void> {
    return this.#started.driver.requestReset()
  }

  insertUnsafePayload(envelope: PayloadEnvelope): Promise<void> {
    return this.#started.driver.insertUnsafePayload(envelope)
  }

  async #start(signal: AbortSignal | undefined): Promise<void> {
    const abort = () => this.#stopping.abort(signal!.reason)
    signal?.addEventListener('abort', abort, { once: true })
    try {
      signal?.throwIfAborted()
      const parts = await openNodeParts(this.#options, this.#deps, this.#stopping.signal)
      this.#parts = parts
      this.#run = this.#work(parts, this.#stopping.signal)
      this.#deps.observer?.onReady(parts.driver)
    } catch (error) {
      if (this.#stopping.signal.aborted) this.#ended.resolve()
      else this.#ended.reject(error)
      throw error
    } finally {
      signal?.removeEventListener('abort', abort)
    }
  }

  /** Runs until it is stopped, or something gives up; then nothing is left running. */
  async #work(parts: NodeParts, signal: AbortSignal): Promise<void> {
    let failure: { readonly error: unknown } | undefined
    try {
      await runTogether(
        [(inner) => this.#watchL1(parts, inner), (inner) => parts.driver.run(inner)],
        signal,
      )
    } catch (error) {
      if (!signal.aborted) failure = { error }
    }
    await parts.close()
    if (failure === undefined) return this.#ended.resolve()
    this.#deps.logger.error('Node stopped: it cannot go on', failure)
    this.#ended.reject(failure.error)
  }

  #watchL1({ l1, driver }: NodeParts, signal: AbortSignal): Promise<void> {
    const { l1: options } = this.#options
    const wsUrl = options.wsUrl ?? options.rpcUrls.slice(0, 1).find(isWebSocketUrl)
    return runL1Watcher(
      { ...options, wsUrl },
      {
        ...this.#deps,
        l1,
        onHead: (block) => driver.onL1Block('head', block),
        onSafe: (block) => driver.onL1Block('safe', block),
        onFinalized: (block) => driver.onL1Block('finalized', block),
      },
      signal,
    )
  }

  async #stop(): Promise<void> {
    if (this.#run !== undefined && this.#parts?.driver.sequencerActive) {
      // A block that is nearly done is finished rather than thrown away.
      await this.#parts.driver.stopSequencer(sequencerStopMs).catch(() => undefined)
    }
    this.#stopping.abort(new TaktError('NODE_STOPPING', 'the node is stopping'))
    await this.#starting?.catch(() => undefined)
    await this.#run
    if (this.#starting === undefined) this.#ended.resolve()
  }

  get #started(): NodeParts {
    if (this.#parts !== undefined) return this.#parts
    throw new TaktError('NODE_NOT_STARTED', 'the node has not been started')
  }
}
