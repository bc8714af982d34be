import type { RollupConfig } from '../chain/rollupConfig.ts'
import { createDriver } from '../driver/createDriver.ts'
import type { Driver } from '../driver/driver.ts'
import type { SafeHeadDatabase } from '../engine/safeHeadDatabase.ts'
import { createJsonRpcServer, type JsonRpcServer } from '../jsonrpc/server.ts'
import type { UpgradeBundles } from '../protocol/upgrade/upgradeTransactions.ts'
import { adminApi } from '../rpc/adminApi.ts'
import { healthProblems, healthResponse } from '../rpc/health.ts'
import { optimismApi } from '../rpc/optimismApi.ts'
import { type Clock, nowSeconds } from '../runtime/clock.ts'
import type { Logger } from '../runtime/logger.ts'
import type { Random } from '../runtime/random.ts'
import { TaskGroup } from '../runtime/taskGroup.ts'
import { disabledConductor } from '../sequencer/conductor.ts'
import { noPublisher } from '../sequencer/publisher.ts'
import type { SequencedBlock } from '../sequencer/sequencedBlock.ts'
import type { L1Client } from '../sources/l1Client.ts'
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

/** What a node is made of while it runs. */
export interface NodeParts {
  readonly l1: L1Client
  readonly driver: Driver
  /** What is done beside the driver, such as looking ahead at L1. */
  readonly tasks: TaskGroup
  /** `undefined` without an RPC. */
  readonly rpcUrl: string | undefined
  close(): Promise<void>
}

/**
 * Connects a node to its endpoints, checks them, and puts its parts together. They serve from then on, and do nothing
 * by themselves before the driver runs.
 *
 * @throws {ConfigError} with the exit code of what is wrong; nothing is left open then.
 */
export async function openNodeParts(
  options: NodeOptions,
  deps: NodeDeps,
  signal: AbortSignal,
): Promise<NodeParts> {
  const { rpc, sync, rollupConfig, upgradeBundlesDir } = options
  const tasks = new TaskGroup(deps)
  const opened: { close(): Promise<void> }[] = [tasks]
  try {
    const upgradeBundles = await readUpgradeBundles(upgradeBundlesDir)
    warnOfMissingBundles(rollupConfig, upgradeBundles, deps)
    const wasSequencing =
      rpc.adminStatePath === undefined ? undefined : await readAdminState(rpc.adminStatePath)
    const endpoints = await connectEndpoints(options, deps, signal)
    opened.push(endpoints)
    const safeHeads =
      sync.safeHeadsDir === undefined ? undefined : await openLevelSafeHeads(sync.safeHeadsDir)
    if (safeHeads) opened.push(safeHeads)
    const derivation = await openDerivation(options, deps, endpoints, upgradeBundles)
    opened.push(derivation)
    const made = { endpoints, upgradeBundles, safeHeads, derivation, tasks }
    const driver = driverOf(options, deps, { ...made, wasSequencing })
    const server = rpc.enabled ? await serve(options, deps, { ...made, driver }) : undefined
    if (server) opened.push(server)
    signal.throwIfAborted()
    const close = async () => {
      await Promise.all(opened.map((part) => part.close()))
    }
    return { l1: endpoints.l1, driver, tasks, rpcUrl: server?.url, close }
  } catch (error) {
    await Promise.allSettled(opened.map((part) => part.close()))
    throw error
  }
}

function warnOfMissingBundles(
  config: RollupConfig,
  bundles: UpgradeBundles,
  { clock, logger }: NodeDeps,
): void {
  const forks = missingUpgradeBundles(config, bundles, nowSeconds(clock))
  if (forks.length === 0) return
  logger.warn('Forks ahead lack upgrade transactions: the node will stop there', {
    forks,
    try: 'name a folder with <fork>_nut_bundle.json by --upgrade-bundles before their time',
  })
}

function openDerivation(
  { rollupConfig: config, l1, beacon }: NodeOptions,
  deps: NodeDeps,
  { l1Chain, isAnvil, engine }: Endpoints,
  upgradeBundles: UpgradeBundles,
): Promise<DerivationThread> {
  return startDerivationThread(
    { config, upgradeBundles, l1, l1Chain, beacon, isAnvil },
    { ...deps, l2: engine.chain },
  )
}

function driverOf(
  { mode, rollupConfig: config, sequencer, sync }: NodeOptions,
  deps: NodeDeps,
  made: {
    readonly endpoints: Endpoints
    readonly upgradeBundles: UpgradeBundles
    readonly derivation: DerivationThread
    readonly safeHeads: SafeHeadDatabase | undefined
    readonly tasks: TaskGroup
    /** Whether the sequencer was to run when the node was last told; `undefined` when it never was. */
    readonly wasSequencing: boolean | undefined
  },
): Driver {
  const { endpoints, upgradeBundles, wasSequencing } = made
  const { l1, engine } = endpoints
  const { onBlock, observer } = deps
  const canSequence = mode === 'sequencer'
  const isElSync = sync.mode === 'execution-layer'
  return createDriver(
    {
      config,
      upgradeBundles,
      canSequence,
      verifierL1Confs: sync.l1Confs,
      skipSyncStartCheck: sync.skipStartCheck,
      trustsEngine: deps.engine !== undefined,
      elSync: isElSync ? { worksPastFinality: sync.engineKind !== 'geth' } : undefined,
      sequencer: { ...sequencer, active: canSequence && (wasSequencing ?? !sequencer.stopped) },
    },
    {
      ...deps,
      ...made,
      l1,
      engine: engine.api,
      l2: engine.chain,
      conductor: disabledConductor,
      publisher: noPublisher,
      onBlock: (block) => {
        onBlock?.(block)
        observer?.onBlock(block)
      },
      observe: observer?.onDriverEvent,
    },
  )
}

function serve(
  { rollupConfig: config, rpc, version }: NodeOptions,
  deps: NodeDeps,
  made: {
    readonly endpoints: Endpoints
    readonly safeHeads: SafeHeadDatabase | undefined
    readonly driver: Driver
  },
): Promise<JsonRpcServer> {
  const { endpoints, safeHeads, driver } = made
  const control =
    rpc.adminStatePath === undefined ? driver : rememberAdminState(driver, rpc.adminStatePath)
  const l2 = endpoints.engine.chain
  const syncStatus = () => driver.status.sync
  const problems = () => {
    const { unsafeHead: unsafe, unsafeSinceMs, l1SinceMs, derivation } = driver.status
    return healthProblems({
      nowMs: deps.clock.now(),
      blockTime: config.blockTime,
      isSequencing: driver.sequencerActive,
      ...{ unsafe, unsafeSinceMs, l1SinceMs, derivation },
    })
  }
  return createJsonRpcServer(
    {
      host: rpc.host,
      port: rpc.port,
      portFlag: '--rpc.port',
      methods: {
        ...optimismApi({ config, version }, { l2, syncStatus, safeHeads }),
        ...(rpc.enableAdmin && adminApi(control)),
      },
      routes: {
        'GET /healthz': () => healthResponse(version, problems()),
        'GET /livez': () => healthResponse(version, []),
      },
    },
    deps,
  )
}
