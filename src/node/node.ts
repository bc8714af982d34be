import { TaktError } from '../base/errors.ts'
import { createDriver } from '../driver/createDriver.ts'
import type { Driver } from '../driver/driver.ts'
import type { SyncStatus } from '../driver/syncStatus.ts'
import type { SafeHeadDatabase } from '../engine/safeHeadDatabase.ts'
import { isWebSocketUrl } from '../jsonrpc/endpointUrl.ts'
import { createJsonRpcServer, type JsonRpcServer } from '../jsonrpc/server.ts'
import type { UpgradeBundles } from '../protocol/upgrade/upgradeTransactions.ts'
import { adminApi, type NodeControl } from '../rpc/adminApi.ts'
import { healthProblems, healthResponse } from '../rpc/health.ts'
import { optimismApi } from '../rpc/optimismApi.ts'
import type { Clock } from '../runtime/clock.ts'
import type { Logger } from '../runtime/logger.ts'
import type { Random } from '../runtime/random.ts'
import { runTogether } from '../runtime/runTogether.ts'
import { TaskGroup } from '../runtime/taskGroup.ts'
import { disabledConductor } from '../sequencer/conductor.ts'
import { noPublisher } from '../sequencer/publisher.ts'
import type { SequencedBlock } from '../sequencer/sequencedBlock.ts'
import type { L1Label } from '../sources/l1Client.ts'
import { runL1Watcher } from '../sources/l1Watcher.ts'
import { readAdminState, rememberAdminState } from './adminState.ts'
import { type DerivationThread, startDerivationThread } from './derivationThread/client.ts'
import { connectEndpoints, type Endpoints, type NodeEngine } from './endpoints.ts'
import { openLevelSafeHeads } from './levelSafeHeads.ts'
import type { NodeObserver } from './observer.ts'
import type { NodeOptions } from './options.ts'
import { missingUpgradeBundles, readUpgradeBundles } from './upgradeBundles.ts'

export interface NodeDeps {
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  /** An engine in this process. It is not closed with the node. */
  readonly engine?: NodeEngine | undefined
  /** Told of every block that the node has made. Must return at once. */
  readonly onBlock?: ((block: SequencedBlock) => void) | undefined
  readonly observer?: NodeObserver | undefined
}

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
  readonly #tasks: TaskGroup
  #endpoints: Endpoints | undefined
  #derivation: DerivationThread | undefined
  #safeHeads: SafeHeadDatabase | undefined
  #server: JsonRpcServer | undefined
  #driver: Driver | undefined
  #run: Promise<void> | undefined
  #starting: Promise<void> | undefined
  #stopped: Promise<void> | undefined

  constructor(options: NodeOptions, deps: NodeDeps) {
    this.#options = options
    this.#deps = deps
    this.#tasks = new TaskGroup(deps)
    // Whoever does not watch `ended` learns of the failure from the log.
    this.#ended.promise.catch(() => undefined)
  }

  get ended(): Promise<void> {
    return this.#ended.promise
  }

  get rpcUrl(): string | undefined {
    return this.#server?.url
  }

  get sequencerActive(): boolean {
    return this.#started.sequencerActive
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
    return this.#started.status.sync
  }

  settled(): Promise<void> {
    return this.#tasks.settled()
  }

  async lookAtL1(): Promise<void> {
    const driver = this.#started
    const { l1 } = this.#endpoints!
    const look = async (name: Parameters<Driver['onL1Block']>[0], label: L1Label) => {
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
    const driver = this.#started
    await driver.atRest()
    await this.#tasks.settled()
    return driver.atRest()
  }

  startSequencer(hash: Parameters<NodeControl['startSequencer']>[0]): Promise<void> {
    return this.#started.startSequencer(hash)
  }

  stopSequencer(): ReturnType<NodeControl['stopSequencer']> {
    return this.#started.stopSequencer()
  }

  requestReset(): Promise<void> {
    return this.#started.requestReset()
  }

  insertUnsafePayload(envelope: Parameters<NodeControl['insertUnsafePayload']>[0]): Promise<void> {
    return this.#started.insertUnsafePayload(envelope)
  }

  async #start(signal: AbortSignal | undefined): Promise<void> {
    const abort = () => this.#stopping.abort(signal!.reason)
    signal?.addEventListener('abort', abort, { once: true })
    try {
      signal?.throwIfAborted()
      await this.#startUp(this.#stopping.signal)
    } catch (error) {
      await this.#cleanUp()
      if (this.#stopping.signal.aborted) this.#ended.resolve()
      else this.#ended.reject(error)
      throw error
    } finally {
      signal?.removeEventListener('abort', abort)
    }
  }

  #warnOfUpgrades(bundles: UpgradeBundles): void {
    const { clock, logger } = this.#deps
    const nowSeconds = BigInt(Math.floor(clock.now() / 1000))
    const forks = missingUpgradeBundles(this.#options.rollupConfig, bundles, nowSeconds)
    if (forks.length === 0) return
    logger.warn('Forks ahead lack upgrade transactions: the node will stop there', {
      forks,
      try: 'name a folder with <fork>_nut_bundle.json by --upgrade-bundles before their time',
    })
  }

  async #startUp(signal: AbortSignal): Promise<void> {
    const { rpc, sync, upgradeBundlesDir } = this.#options
    const upgradeBundles = await readUpgradeBundles(upgradeBundlesDir)
    this.#warnOfUpgrades(upgradeBundles)
    const remembered =
      rpc.adminStatePath === undefined ? undefined : await readAdminState(rpc.adminStatePath)
    const endpoints = await connectEndpoints(
      this.#options,
      { ...this.#deps, engine: this.#deps.engine },
      signal,
    )
    this.#endpoints = endpoints
    if (sync.safeHeadsDir !== undefined) {
      this.#safeHeads = await openLevelSafeHeads(sync.safeHeadsDir)
    }
    this.#derivation = await this.#startDerivation(endpoints, upgradeBundles)
    this.#driver = this.#createDriver(endpoints, upgradeBundles, remembered)
    if (rpc.enabled) this.#server = await this.#serve(this.#driver, endpoints)
    signal.throwIfAborted()
    this.#run = this.#work(this.#driver, endpoints, signal)
    this.#deps.observer?.onReady(this.#driver)
  }

  #startDerivation(
    { l1Chain, isAnvil, engine }: Endpoints,
    upgradeBundles: UpgradeBundles,
  ): Promise<DerivationThread> {
    const { rollupConfig: config, l1, beacon } = this.#options
    return startDerivationThread(
      { config, upgradeBundles, l1, l1Chain, beacon, isAnvil },
      { ...this.#deps, l2: engine.chain },
    )
  }

  /** @param remembered - Whether the sequencer was to run when the node was last told. */
  #createDriver(
    { l1, engine }: Endpoints,
    upgradeBundles: UpgradeBundles,
    remembered: boolean | undefined,
  ): Driver {
    const { mode, rollupConfig: config, sequencer, sync } = this.#options
    const { onBlock, observer } = this.#deps
    const canSequence = mode === 'sequencer'
    return createDriver(
      {
        config,
        upgradeBundles,
        canSequence,
        verifierL1Confs: sync.l1Confs,
        skipSyncStartCheck: sync.skipStartCheck,
        trustsEngine: this.#deps.engine !== undefined,
        elSync:
          sync.mode === 'execution-layer'
            ? { worksPastFinality: sync.engineKind !== 'geth' }
            : undefined,
        sequencer: { ...sequencer, active: canSequence && (remembered ?? !sequencer.stopped) },
      },
      {
        ...this.#deps,
        l1,
        engine: engine.api,
        l2: engine.chain,
        derivation: this.#derivation,
        safeHeads: this.#safeHeads,
        conductor: disabledConductor,
        publisher: noPublisher,
        tasks: this.#tasks,
        onBlock: (block) => {
          onBlock?.(block)
          observer?.onBlock(block)
        },
        observe: observer?.onDriverEvent,
      },
    )
  }

  #serve(driver: Driver, endpoints: Endpoints): Promise<JsonRpcServer> {
    const { rollupConfig: config, rpc, version } = this.#options
    const control =
      rpc.adminStatePath === undefined ? driver : rememberAdminState(driver, rpc.adminStatePath)
    return createJsonRpcServer(
      {
        host: rpc.host,
        port: rpc.port,
        portFlag: '--rpc.port',
        methods: {
          ...optimismApi(
            { config, version },
            {
              l2: endpoints.engine.chain,
              syncStatus: () => driver.status.sync,
              safeHeads: this.#safeHeads,
            },
          ),
          ...(rpc.enableAdmin && adminApi(control)),
        },
        routes: {
          'GET /healthz': () => healthResponse(version, this.#problems(driver)),
          'GET /livez': () => healthResponse(version, []),
        },
      },
      this.#deps,
    )
  }

  #problems(driver: Driver): string[] {
    return healthProblems({
      nowMs: this.#deps.clock.now(),
      blockTime: this.#options.rollupConfig.blockTime,
      isSequencing: driver.sequencerActive,
      unsafe: driver.status.unsafeHead,
      unsafeSinceMs: driver.status.unsafeSinceMs,
      l1SinceMs: driver.status.l1SinceMs,
      derivation: driver.status.derivation,
    })
  }

  /** Runs until it is stopped, or something gives up; then nothing is left running. */
  async #work(driver: Driver, endpoints: Endpoints, signal: AbortSignal): Promise<void> {
    const { l1: l1Options } = this.#options
    const wsUrl = l1Options.wsUrl ?? l1Options.rpcUrls.slice(0, 1).find(isWebSocketUrl)
    const watch = (inner: AbortSignal) =>
      runL1Watcher(
        { ...l1Options, wsUrl },
        {
          ...this.#deps,
          l1: endpoints.l1,
          onHead: (block) => driver.onL1Block('head', block),
          onSafe: (block) => driver.onL1Block('safe', block),
          onFinalized: (block) => driver.onL1Block('finalized', block),
        },
        inner,
      )
    try {
      await runTogether([watch, (inner) => driver.run(inner)], signal)
      await this.#cleanUp()
      this.#ended.resolve()
    } catch (error) {
      await this.#cleanUp()
      if (signal.aborted) return this.#ended.resolve()
      this.#deps.logger.error('Node stopped: it cannot go on', { error })
      this.#ended.reject(error)
    }
  }

  async #stop(): Promise<void> {
    if (this.#run !== undefined && this.#driver?.sequencerActive) {
      // A block that is nearly done is finished rather than thrown away.
      await this.#driver.stopSequencer(sequencerStopMs).catch(() => undefined)
    }
    this.#stopping.abort(new Error('the node is stopping'))
    await this.#starting?.catch(() => undefined)
    await this.#run
    if (this.#starting === undefined) this.#ended.resolve()
  }

  async #cleanUp(): Promise<void> {
    await Promise.all([
      this.#tasks.close(),
      this.#server?.close(),
      this.#derivation?.close(),
      this.#endpoints?.close(),
      this.#safeHeads?.close(),
    ])
  }

  get #started(): Driver {
    if (this.#driver !== undefined) return this.#driver
    throw new TaktError('NODE_NOT_STARTED', 'the node has not been started')
  }
}
