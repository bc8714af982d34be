import type { NodeObserver } from '../node/observer.ts'
import { type Clock, systemClock } from '../runtime/clock.ts'
import { type Logger, silentLogger } from '../runtime/logger.ts'
import type { Random } from '../runtime/random.ts'
import { seededRandom } from '../runtime/seededRandom.ts'
import type { SequencedBlock } from '../sequencer/sequencedBlock.ts'
import { type DevnetAccounts, deriveDevnetAccounts } from './accounts.ts'
import { ChainClock } from './chainClock.ts'
import { createChain, type DevnetChain, resumeChain } from './chainFiles.ts'
import { chainParameters } from './chainParameters.ts'
import { type ContractArtifacts, loadContractArtifacts } from './contractArtifacts.ts'
import { DevnetBatcher } from './devnetBatcher.ts'
import { DevnetProposer } from './devnetProposer.ts'
import { type DevnetL1, startL1 } from './l1.ts'
import { type DevnetL1Links, openL1Links } from './l1Links.ts'
import { LivePace } from './livePace.ts'
import { Lockstep } from './lockstep.ts'
import { sequencerOptions, verifierOptions } from './nodeSettings.ts'
import type { DevnetOptions, OptionName } from './options.ts'
import type { TimedSequencer } from './pace.ts'
import type { Parts } from './parts.ts'
import { RollupNode, type RollupNodeDeps, type RollupNodeOptions } from './rollupNode.ts'
import { hostTime, Turns } from './serviceTime.ts'
import { openStateDir, type StateDir } from './stateDir.ts'
import { Timekeeper } from './timekeeper.ts'

export interface DevnetDeps {
  /** Default: says nothing. */
  readonly logger?: Logger
  /** The host's. The chains have a clock of their own, which begins as this one does. */
  readonly clock?: Clock
  readonly random?: Random
  /** Breaks off the start. Later it has no effect. */
  readonly signal?: AbortSignal
  /** Told of every L2 block that was made. Must return at once. */
  readonly onBlock?: (block: SequencedBlock) => void
  /** Hears what the node does that makes the chain. */
  readonly observer?: NodeObserver | undefined
  /** What errors call an option. Default: its name in {@link DevnetOptions}. */
  readonly nameOf?: OptionName
}

/** All that a devnet consists of, running. */
export interface DevnetParts {
  readonly accounts: DevnetAccounts
  readonly artifacts: ContractArtifacts
  readonly stateDir: StateDir
  readonly l1: DevnetL1
  readonly links: DevnetL1Links
  readonly chain: DevnetChain
  readonly clock: ChainClock
  readonly timekeeper: Timekeeper
  readonly sequencer: RollupNode
  readonly verifier: RollupNode | undefined
  readonly batcher: DevnetBatcher | undefined
  readonly proposer: DevnetProposer | undefined
  /** Resolves with the reason when a part has ended that the chain cannot go on without. */
  readonly failed: Promise<unknown>
}

/** Starts everything, in the order in which one needs the other. What was started is added to `parts`. */
export async function startParts(
  options: DevnetOptions,
  parts: Parts,
  given: DevnetDeps,
): Promise<DevnetParts> {
  const { seed } = options
  const isInLockstep = seed !== undefined
  // Who consults chance, and how often, depends on who is faster: in lockstep it has no say.
  const random = given.random ?? (isInLockstep ? () => 0.5 : Math.random)
  // Not for everybody: each part has observers of its own kind.
  const { observer, ...others } = given
  const deps = { logger: silentLogger, clock: systemClock, ...others, random }
  const { signal } = deps
  const accounts = deriveDevnetAccounts(options.accounts)
  const artifacts = await loadContractArtifacts()
  const stateDir = parts.add(await openStateDir(options, given.nameOf))
  const genesisTime = chosenGenesisTime(options) ?? Math.floor(deps.clock.now() / 1000)

  parts.beginGroup()
  const l1 = parts.add(await startDevnetL1(options, genesisTime, stateDir, deps))
  signal?.throwIfAborted()
  const chain =
    stateDir.saved === undefined
      ? await createChain(options, genesisTime, accounts, { l1, stateDir, artifacts })
      : await resumeChain(stateDir.saved, { l1, stateDir })
  const links = parts.add(await openL1Links(options, { l1, clock: deps.clock }))

  const clock = new ChainClock(deps)
  const first = Promise.withResolvers<void>()
  const onBlock = (block: SequencedBlock) => {
    first.resolve()
    given.onBlock?.(block)
  }
  const open = async (settings: RollupNodeOptions, nodeDeps: RollupNodeDeps) => {
    signal?.throwIfAborted()
    const node = await RollupNode.open(settings, nodeDeps)
    parts.add({ close: () => node.closeEngine() })
    return node
  }
  const files = { chain, stateDir, links }
  const nodeDeps = { ...deps, clock }
  const sequencer = await open(sequencerOptions(options, files), { ...nodeDeps, onBlock, observer })
  const verifier = options.verifier
    ? await open(verifierOptions(options, files), nodeDeps)
    : undefined
  const startTime = stateDir.saved ? await newestTime(l1, sequencer) : chosenGenesisTime(options)
  if (startTime !== undefined) clock.set(startTime * 1000, startTime * 1000)

  parts.beginGroup()
  const nodes = verifier === undefined ? [sequencer] : [sequencer, verifier]
  const times = isInLockstep
    ? { batcher: new Turns({ clock }), proposer: new Turns({ clock }) }
    : undefined
  const running = { ...deps, accounts, chain, l1, links, clock, sequencer, nodes, times }
  const timekeeper = parts.add(createTimekeeper(options, running))
  for (const node of nodes) {
    parts.add({ close: () => node.stop() })
    await node.start(signal)
  }
  const nodeFailed = Promise.race([l1.crashed, ...nodes.map((node) => node.failed)])
  await firstOf(makeFirstBlock(options, timekeeper, first.promise), nodeFailed, signal)

  const batcher = options.batcher ? parts.add(createBatcher(options, running)) : undefined
  await batcher?.start(signal)
  const proposer = options.proposer ? parts.add(createProposer(options, running)) : undefined
  await proposer?.start(signal)
  if (!options.paused) await timekeeper.resume()
  const services = [batcher, proposer].filter((service) => service !== undefined)
  const failed = Promise.race([nodeFailed, ...services.map(({ failed }) => failureOf(failed))])
  return {
    ...{ accounts, artifacts, stateDir, l1, links, chain, clock, timekeeper },
    ...{ sequencer, verifier, batcher, proposer, failed },
  }
}

type StartDeps = Required<Pick<DevnetDeps, 'clock' | 'random' | 'logger'>>
type Running = Pick<DevnetParts, 'accounts' | 'chain' | 'l1' | 'links' | 'sequencer' | 'clock'> &
  StartDeps & {
    readonly nodes: readonly RollupNode[]
    /** In lockstep. */
    readonly times: { readonly batcher: Turns; readonly proposer: Turns } | undefined
  }

// Some day of 2025, on which seeded chains begin.
const seededGenesisTime = 1_750_000_000

/** Seconds; `undefined` where a new chain begins when it begins. */
function chosenGenesisTime({ genesisTime, seed }: DevnetOptions): number | undefined {
  return genesisTime ?? (seed === undefined ? undefined : seededGenesisTime + seed)
}

/** The time at which chains that are resumed were left. */
async function newestTime(l1: DevnetL1, { engine }: RollupNode): Promise<number> {
  const [l1Head, l2Head] = await Promise.all([l1.head(), engine.chain.blockRefByLabel('latest')])
  return Math.max(Number(l1Head.timestamp), Number(l2Head?.timestamp ?? 0n))
}

/** Lets time flow, or moves it on by the one block that chains begin with which are to stand still then. */
async function makeFirstBlock(
  { paused, seed, blockTime }: DevnetOptions,
  timekeeper: Timekeeper,
  firstBlock: Promise<void>,
): Promise<void> {
  if (paused || seed !== undefined) {
    const step = () => timekeeper.advance({ to: timekeeper.now + blockTime })
    await timekeeper.exclusively(step)
  } else {
    await timekeeper.resume()
  }
  await firstBlock
}

function startDevnetL1(
  options: DevnetOptions,
  genesisTime: number,
  stateDir: StateDir,
  deps: StartDeps,
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

function createTimekeeper(
  { blockTime, l1BlockTime }: DevnetOptions,
  { chain, l1, links, clock, sequencer: node, nodes, times, logger }: Running,
): Timekeeper {
  const sequencer: TimedSequencer = {
    get isSequencing() {
      return node.isSequencing && !node.isEngineOut
    },
    get headTimestamp() {
      return Number(node.syncStatus().unsafeL2.timestamp)
    },
    get buildingTimestamp() {
      return Number(node.buildingTimestamp)
    },
    nextBegun: () => node.nextBegun(),
    lookAtL1: () => node.lookAtL1(),
    hasSeen: (hash) => node.syncStatus().headL1.hash === hash,
    settled: () => node.settled(),
    filled: () => node.filled(),
  }
  const deps = { clock, logger, sequencer, canSeeL1: () => !links.l1.isCut }
  const pace =
    times === undefined
      ? new LivePace(deps)
      : new Lockstep({ ...deps, nodes, turns: [times.batcher, times.proposer] })
  return new Timekeeper(
    { genesisTime: chain.genesisTime, l1BlockTime, l2BlockTime: blockTime },
    {
      ...deps,
      pace,
      async mine(timestamp, signal) {
        await l1.mine(timestamp, signal)
        return (await l1.head()).hash
      },
    },
  )
}

function createBatcher(
  { l1BlockTime, seed = 0 }: DevnetOptions,
  { clock, chain, links, sequencer, accounts, times, ...deps }: Running,
): DevnetBatcher {
  const { engine } = sequencer
  return new DevnetBatcher(
    {
      config: chain.rollupConfig,
      privateKey: accounts.roles.batcher.privateKey,
      l1RpcUrl: links.l1.rpcUrl,
      l2RpcUrl: engine.rpcUrl,
      l1BlockTime,
    },
    {
      ...deps,
      time: times?.batcher ?? hostTime(clock.stopwatch),
      clock: clock.stopwatch,
      channelIds: times === undefined ? Math.random : seededRandom(seed),
      syncStatus: () => sequencer.syncStatus(),
      chain: engine.chain,
    },
  )
}

function createProposer(
  { proposals, l1ChainId, l1BlockTime }: DevnetOptions,
  { clock, chain, links, sequencer, accounts, times, ...deps }: Running,
): DevnetProposer {
  return new DevnetProposer(
    {
      ...{ proposals, l1ChainId, l1BlockTime },
      contracts: chain.contracts,
      privateKey: accounts.roles.proposer.privateKey,
      l1RpcUrl: links.l1.rpcUrl,
      rollupRpcUrl: sequencer.rpcUrl,
    },
    {
      ...deps,
      time: times?.proposer ?? hostTime(clock.stopwatch),
      clock: clock.stopwatch,
    },
  )
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
