import { devnetL1Chain } from '../chain/l1Chain.ts'
import type { RollupConfig } from '../chain/rollupConfig.ts'
import { type EmbeddedEngine, startEmbeddedEngine } from '../execution/worker/client.ts'
import { createNode, type TaktNode } from '../node/node.ts'
import { type NodeOptions, nodeOptions } from '../node/options.ts'
import { type Clock, systemClock } from '../runtime/clock.ts'
import { type Logger, silentLogger } from '../runtime/logger.ts'
import type { Random } from '../runtime/random.ts'
import { TaskGroup } from '../runtime/taskGroup.ts'
import type { SequencedBlock } from '../sequencer/sequencedBlock.ts'
import { type DevnetAccounts, deriveDevnetAccounts } from './accounts.ts'
import { createChain, type DevnetChain, resumeChain } from './chainFiles.ts'
import { chainParameters } from './chainParameters.ts'
import {
  createL1Chain,
  createL1Clients,
  createL2Chain,
  createL2Clients,
  type L1Chain,
  type L1Clients,
  type L2Chain,
  type L2Clients,
} from './clients.ts'
import { loadContractArtifacts } from './contractArtifacts.ts'
import { DevnetBatcher } from './devnetBatcher.ts'
import { keepEngineRunning } from './engineKeeper.ts'
import { type DevnetL1, startL1 } from './l1.ts'
import { type DevnetDescriptor, type DevnetOptions, resolveDevnetOptions } from './options.ts'
import { assertPortsFree } from './ports.ts'
import { openStateDir, type StateDir } from './stateDir.ts'

/** A running chain: L1, rollup node in sequencer mode, execution engine. */
export interface Devnet extends AsyncDisposable {
  /** Where everything is, as plain JSON. */
  readonly descriptor: DevnetDescriptor
  readonly rollupConfig: RollupConfig
  /** viem's picture of the chain, and clients that send as the first of the accounts. */
  readonly l1: DevnetDescriptor['l1'] &
    L1Clients & { readonly chain: L1Chain; readonly anvilPid: number }
  /** The same, ready for viem's `op-stack` actions. */
  readonly l2: DevnetDescriptor['l2'] & L2Clients & { readonly chain: L2Chain }
  readonly node: DevnetDescriptor['node']
  readonly accounts: DevnetAccounts['users']
  /** Resolves with the reason when a part of the chain has ended that it cannot go on without. */
  readonly failed: Promise<unknown>
  /** Ends all parts and leaves no process, thread or handle behind. */
  close(): Promise<void>
}

export interface DevnetDeps {
  /** Default: says nothing. */
  readonly logger?: Logger
  readonly clock?: Clock
  readonly random?: Random
  /** Breaks off the start. Later it has no effect. */
  readonly signal?: AbortSignal
  /** Told of every L2 block that was made. Must return at once. */
  readonly onBlock?: (block: SequencedBlock) => void
}

/**
 * Starts a devnet, and resolves once it has made its first L2 block.
 *
 * @throws {ConfigError} on a wrong option, a taken port, a state folder of another devnet, a missing prerequisite.
 */
export async function createDevnet(
  given: Partial<DevnetOptions> = {},
  deps: DevnetDeps = {},
): Promise<Devnet> {
  const options = resolveDevnetOptions(given)
  await assertPortsFree(options)
  const parts = new Parts()
  try {
    return await startDevnet(options, parts, deps)
  } catch (error) {
    await parts.close().catch((cause) => {
      deps.logger?.warn('Could not end all parts of the devnet', { error: cause })
    })
    throw error
  }
}

async function startDevnet(
  options: DevnetOptions,
  parts: Parts,
  given: DevnetDeps,
): Promise<Devnet> {
  const deps = { logger: silentLogger, clock: systemClock, random: Math.random, ...given }
  const { signal } = deps
  const accounts = deriveDevnetAccounts(options.accounts)
  const artifacts = await loadContractArtifacts()
  const stateDir = parts.add(await openStateDir(options))
  const genesisTime = Math.floor(deps.clock.now() / 1000)
  const l1 = parts.add(await startDevnetL1(options, genesisTime, stateDir, deps))
  signal?.throwIfAborted()

  const chain =
    stateDir.saved === undefined
      ? await createChain(options, genesisTime, accounts, { l1, stateDir, artifacts })
      : await resumeChain(stateDir.saved, { l1, stateDir })
  l1.startSlots(chain.genesisTime)
  signal?.throwIfAborted()

  const engine = parts.add(await startDevnetEngine(options, chain, stateDir, deps))
  const tasks = parts.add(new TaskGroup(deps))
  tasks.spawn('engine keeper', (signal) => keepEngineRunning(engine, deps, signal))
  signal?.throwIfAborted()

  const firstBlock = Promise.withResolvers<void>()
  const onBlock = (block: SequencedBlock) => {
    firstBlock.resolve()
    given.onBlock?.(block)
  }
  const node = createNode(devnetNodeOptions(options, chain, l1), { ...deps, engine, onBlock })
  parts.add({ close: () => node.stop() })
  await node.start(signal)
  const batcher = options.batcher
    ? parts.add(openDevnetBatcher(options, { chain, l1, engine, node, accounts }, deps))
    : undefined
  const failed = Promise.race([
    l1.crashed,
    failureOf(node.ended),
    ...(batcher === undefined ? [] : [failureOf(batcher.failed)]),
  ])
  await firstOf(firstBlock.promise, failed, signal)
  await batcher?.start(signal)

  const descriptor = describeDevnet(options, { l1, engine, node, chain, stateDir, accounts })
  const l1Chain = createL1Chain(descriptor, artifacts)
  const l2Chain = createL2Chain(descriptor, artifacts)
  const sender = accounts.users[0]!
  const close = () => parts.close()
  return {
    descriptor,
    rollupConfig: chain.rollupConfig,
    l1: {
      ...descriptor.l1,
      anvilPid: l1.pid,
      chain: l1Chain,
      ...createL1Clients(l1Chain, sender),
    },
    l2: { ...descriptor.l2, chain: l2Chain, ...createL2Clients(l2Chain, sender) },
    node: descriptor.node,
    accounts: accounts.users,
    failed,
    close,
    [Symbol.asyncDispose]: close,
  }
}

interface PartDeps {
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
}

function startDevnetL1(
  options: DevnetOptions,
  genesisTime: number,
  stateDir: StateDir,
  deps: PartDeps,
): Promise<DevnetL1> {
  return startL1(
    {
      host: options.host,
      port: options.l1Port,
      chainId: options.l1ChainId,
      // The contracts go into the block after L1's genesis.
      genesisTime: stateDir.saved === undefined ? genesisTime - options.l1BlockTime : undefined,
      gasLimit: chainParameters.l1GasLimit,
      accounts: options.accounts,
      stateFile: stateDir.l1StateFile,
      cacheDir: stateDir.l1CacheDir,
      slotTime: options.l1BlockTime,
    },
    deps,
  )
}

function startDevnetEngine(
  options: DevnetOptions,
  { genesis, rollupConfig }: DevnetChain,
  { l2DataDir, jwtSecret }: StateDir,
  deps: PartDeps,
): Promise<EmbeddedEngine> {
  return startEmbeddedEngine(
    {
      genesis,
      rollup: rollupConfig,
      dataDir: l2DataDir,
      jwtSecret,
      engineApi: { host: options.host, port: options.enginePort },
      rpc: { host: options.host, port: options.l2Port },
      publicMinerApi: true,
    },
    deps,
  )
}

function devnetNodeOptions(
  options: DevnetOptions,
  { rollupConfig }: DevnetChain,
  l1: DevnetL1,
): NodeOptions {
  return nodeOptions({
    mode: 'sequencer',
    rollupConfig,
    l1: {
      rpcUrls: [l1.rpcUrl],
      wsUrl: l1.wsUrl,
      epochPollIntervalMs: options.l1BlockTime * 1000,
    },
    rpc: { host: options.host, port: options.nodePort, enableAdmin: true },
    sequencer: { l1Confs: 0 },
    l1ChainConfig: devnetL1Chain(rollupConfig.l1ChainId),
  })
}

function openDevnetBatcher(
  options: DevnetOptions,
  parts: {
    readonly chain: DevnetChain
    readonly l1: DevnetL1
    readonly engine: EmbeddedEngine
    readonly node: TaktNode
    readonly accounts: DevnetAccounts
  },
  deps: PartDeps,
): DevnetBatcher {
  const { chain, l1, engine, node, accounts } = parts
  return new DevnetBatcher(
    {
      config: chain.rollupConfig,
      privateKey: accounts.roles.batcher.privateKey,
      l1RpcUrl: l1.rpcUrl,
      l2RpcUrl: engine.rpcUrl,
      l1BlockTime: options.l1BlockTime,
    },
    { ...deps, syncStatus: () => node.syncStatus(), chain: engine.chain },
  )
}

function describeDevnet(
  options: DevnetOptions,
  parts: {
    readonly l1: DevnetL1
    readonly engine: EmbeddedEngine
    readonly node: TaktNode
    readonly chain: DevnetChain
    readonly stateDir: StateDir
    readonly accounts: DevnetAccounts
  },
): DevnetDescriptor {
  const { l1, engine, node, chain, stateDir, accounts } = parts
  return {
    l1: {
      rpcUrl: l1.rpcUrl,
      wsUrl: l1.wsUrl,
      beaconUrl: l1.rpcUrl,
      chainId: options.l1ChainId,
      contracts: chain.contracts,
    },
    l2: {
      rpcUrl: engine.rpcUrl,
      wsUrl: engine.wsUrl,
      engineUrl: engine.engineUrl,
      jwtSecretPath: stateDir.jwtSecretPath,
      chainId: options.l2ChainId,
    },
    node: { rpcUrl: node.rpcUrl! },
    rollupConfigPath: stateDir.rollupConfigPath,
    genesisPath: stateDir.genesisPath,
    accounts: accounts.users.map(({ address, privateKey }) => ({ address, privateKey })),
  }
}

/** The reason of a rejection as a value; never settles when there is none. */
function failureOf(task: Promise<unknown>): Promise<unknown> {
  return new Promise((resolve) => void task.catch(resolve))
}

/** @throws what `failed` resolves with, or the signal's reason, where those come first. */
async function firstOf(
  wanted: Promise<void>,
  failed: Promise<unknown>,
  signal: AbortSignal | undefined,
): Promise<void> {
  const aborted = Promise.withResolvers<never>()
  const abort = () => aborted.reject(signal!.reason)
  signal?.addEventListener('abort', abort, { once: true })
  if (signal?.aborted) abort()
  const failure = failed.then((reason) => {
    throw reason
  })
  try {
    await Promise.race([wanted, failure, aborted.promise])
  } finally {
    signal?.removeEventListener('abort', abort)
    failure.catch(() => undefined)
  }
}

/** Parts that were started, to be ended in the opposite order. */
class Parts {
  readonly #parts: { close(): Promise<void> }[] = []
  #closed: Promise<void> | undefined

  add<T extends { close(): Promise<void> }>(part: T): T {
    this.#parts.push(part)
    return part
  }

  /** Ends every part, also after one that cannot be ended; then throws what that one threw. */
  close(): Promise<void> {
    this.#closed ??= this.#closeAll()
    return this.#closed
  }

  async #closeAll(): Promise<void> {
    const errors: unknown[] = []
    for (const part of this.#parts.reverse()) {
      await part.close().catch((error) => errors.push(error))
    }
    if (errors.length > 0) throw errors[0]
  }
}
