import type { Worker } from 'node:worker_threads'
import { assertNever } from '../../base/assertNever.ts'
import { ChainError, TaktError } from '../../base/errors.ts'
import type { Hash } from '../../base/hex.ts'
import type { EngineApi, L2Chain } from '../../engine/interface.ts'
import type { PayloadEnvelope } from '../../protocol/payload.ts'
import { endThread } from '../../runtime/endThread.ts'
import type { Logger } from '../../runtime/logger.ts'
import { PendingCalls } from '../../runtime/pendingCalls.ts'
import { startThread } from '../../runtime/startThread.ts'
import type {
  Building,
  BuiltPayloads,
  EngineCallName,
  EngineCalls,
  EngineThreadOptions,
  FromEngine,
  ToEngine,
} from './messages.ts'
import { unpackPayload } from './packedPayload.ts'
import { errorFromWire } from './wireError.ts'

/** The embedded execution engine as the node sees it: typed calls into a thread of its own. */
export interface EmbeddedEngine extends AsyncDisposable {
  /** Stays the same object over {@link restart}. */
  readonly api: EngineApi
  /** Stays the same object over {@link restart}. Calls fail when no rollup config was given. */
  readonly chain: L2Chain
  /** Stays the same object over {@link restart}. */
  readonly building: Building
  readonly genesisHash: Hash
  /** `eth_` JSON-RPC over HTTP; WebSocket on the same port. */
  readonly rpcUrl: string
  readonly wsUrl: string
  /** Engine API over HTTP with JWT. */
  readonly engineUrl: string
  /**
   * Calls `listener` each time the thread dies without having been asked to. Calls in flight are
   * rejected first, as temporary: the same call works again after {@link restart}.
   */
  onExit(listener: (cause: ChainError) => void): void
  /**
   * Starts a new thread on the same data and the same ports, and ends the old one if it still runs.
   *
   * @throws like {@link startEmbeddedEngine}.
   */
  restart(): Promise<void>
  /**
   * Ends the thread unprepared, as a fault would: {@link onExit} is called. For trying out what a node does
   * then.
   */
  crash(): Promise<void>
  /** Ends servers, builds and the thread. Calls from then on are rejected. */
  close(): Promise<void>
}

/**
 * Starts the embedded execution engine in a worker thread, with its HTTP servers in that thread.
 *
 * @throws {ConfigError} when the genesis is malformed, the data folder belongs to another chain
 * (exit code 5) or a port is taken.
 */
export async function startEmbeddedEngine(
  options: EngineThreadOptions,
  deps: { readonly logger: Logger },
): Promise<EmbeddedEngine> {
  const engine = new EngineThread(options, deps)
  await engine.start()
  return engine
}

class EngineThread implements EmbeddedEngine {
  readonly api: EngineApi
  readonly chain: L2Chain
  readonly building: Building
  #options: EngineThreadOptions
  readonly #logger: Logger
  readonly #exitListeners: ((cause: ChainError) => void)[] = []
  readonly #pending = new PendingCalls()
  #worker: Worker | undefined
  /** The worker, once it can be called. */
  #started: Worker | undefined
  #genesisHash: Hash | undefined
  #isClosing = false

  constructor(options: EngineThreadOptions, deps: { readonly logger: Logger }) {
    this.#options = options
    this.#logger = deps.logger
    this.api = rememberBuilt({
      forkchoiceUpdated: this.#caller('forkchoiceUpdated', 2),
      getPayload: this.#caller('getPayload', 2),
      newPayload: this.#caller('newPayload', 1),
      newBuiltPayload: this.#caller('newBuiltPayload', 1),
    })
    this.building = { blockFilled: this.#caller('blockFilled', 0) }
    this.chain = {
      blockRefByLabel: this.#caller('blockRefByLabel', 1),
      blockRefByHash: this.#caller('blockRefByHash', 1),
      blockRefByNumber: this.#caller('blockRefByNumber', 1),
      payloadByHash: this.#caller('payloadByHash', 1),
      payloadByNumber: this.#caller('payloadByNumber', 1),
      systemConfigByHash: this.#caller('systemConfigByHash', 1),
      outputRootsByHash: this.#caller('outputRootsByHash', 1),
    }
  }

  get genesisHash(): Hash {
    return this.#genesisHash!
  }

  get rpcUrl(): string {
    return `http://${authority(this.#options.rpc)}`
  }

  get wsUrl(): string {
    return `ws://${authority(this.#options.rpc)}`
  }

  get engineUrl(): string {
    return `http://${authority(this.#options.engineApi)}`
  }

  onExit(listener: (cause: ChainError) => void): void {
    this.#exitListeners.push(listener)
  }

  async start(): Promise<void> {
    if (this.#isClosing) throw threadGone(0, undefined)
    const worker = startThread('./entry', import.meta.url, {
      workerData: this.#options,
      name: 'takt-engine',
    })
    this.#worker = worker
    const ready = Promise.withResolvers<void>()
    let cause: unknown
    worker.on('message', (message: FromEngine) => {
      // It is answered once the thread has ended, and with it let go of its files and ports.
      if (message.type === 'failed') cause = errorFromWire(message.error)
      else this.#receive(message, ready.resolve)
    })
    worker.on('error', (error) => {
      cause = error
    })
    worker.on('exit', (exitCode) => {
      const gone = threadGone(exitCode, cause)
      ready.reject(cause instanceof TaktError ? cause : gone)
      if (this.#worker !== worker) return
      const wasStarted = this.#started !== undefined
      this.#worker = undefined
      this.#started = undefined
      this.#pending.rejectAll(gone)
      if (!wasStarted) return
      this.#logger.error('Embedded engine ended unexpectedly', { exitCode, error: gone })
      for (const listener of this.#exitListeners) listener(gone)
    })
    await ready.promise
  }

  async restart(): Promise<void> {
    await this.#endThread()
    await this.start()
  }

  async crash(): Promise<void> {
    if (this.#worker !== undefined) {
      await endThread(this.#worker, { type: 'crash' } satisfies ToEngine)
    }
  }

  async close(): Promise<void> {
    this.#isClosing = true
    await this.#endThread()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  async #endThread(): Promise<void> {
    const worker = this.#worker
    if (worker === undefined) return
    // No longer ours: its exit is expected and must not be reported.
    this.#worker = undefined
    this.#started = undefined
    this.#pending.rejectAll(threadGone(0, undefined))
    await endThread(worker, { type: 'close' } satisfies ToEngine)
  }

  #receive(message: Exclude<FromEngine, { type: 'failed' }>, noteReady: () => void): void {
    switch (message.type) {
      case 'ready':
        this.#noteStarted(message)
        this.#started = this.#worker
        noteReady()
        break
      case 'result':
        this.#pending.resolve(message.id, message.value)
        break
      case 'payload':
        this.#pending.resolve(message.id, unpackPayload(message.packed))
        break
      case 'error':
        this.#pending.reject(message.id, errorFromWire(message.error))
        break
      case 'log':
        this.#logger[message.level](message.message, message.fields)
        break
      default:
        assertNever(message)
    }
  }

  #noteStarted(message: Extract<FromEngine, { type: 'ready' }>): void {
    const { rpc, engineApi } = this.#options
    this.#genesisHash = message.genesisHash
    // Free ports are chosen once: a restart must come back where its callers know it.
    this.#options = {
      ...this.#options,
      rpc: { ...rpc, port: message.rpcPort },
      engineApi: { ...engineApi, port: message.enginePort },
    }
  }

  /** A method of the interface; what follows its `arity` arguments is the signal. */
  #caller<Name extends EngineCallName>(method: Name, arity: number): EngineCalls[Name] {
    const call = (...args: unknown[]) => {
      const signal = args[arity] as AbortSignal | undefined
      return this.#call(method, args.slice(0, arity), signal)
    }
    return call as EngineCalls[Name]
  }

  async #call(
    method: EngineCallName,
    args: readonly unknown[],
    signal: AbortSignal | undefined,
  ): Promise<unknown> {
    signal?.throwIfAborted()
    const worker = this.#started
    if (worker === undefined) throw threadGone(0, undefined)
    const send = (id: number) =>
      worker.postMessage({ type: 'call', id, method, args } satisfies ToEngine)
    return this.#pending.begin(send, signal)
  }
}

/** A payload that came from the thread goes back by its hash alone, if the thread still has the block. */
function rememberBuilt(calls: EngineApi & BuiltPayloads): EngineApi {
  const built = new WeakSet<PayloadEnvelope>()
  return {
    forkchoiceUpdated: calls.forkchoiceUpdated,
    async getPayload(id, timestamp, signal) {
      const envelope = await calls.getPayload(id, timestamp, signal)
      built.add(envelope)
      return envelope
    },
    async newPayload(envelope, signal) {
      const { blockHash } = envelope.executionPayload
      const status = built.has(envelope)
        ? await calls.newBuiltPayload(blockHash, signal)
        : undefined
      return status ?? calls.newPayload(envelope, signal)
    },
  }
}

function threadGone(exitCode: number, cause: unknown): ChainError {
  return new ChainError('temporary', 'ENGINE_GONE', 'the embedded engine does not run', {
    context: { exitCode },
    cause,
  })
}

function authority({ host, port }: { host: string; port: number }): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`
}
