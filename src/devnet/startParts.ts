import type { NodeObserver } from '../node/observer.ts'
import { type Clock, systemClock } from '../runtime/clock.ts'
import { type Logger, silentLogger } from '../runtime/logger.ts'
import { orAbort } from '../runtime/orAbort.ts'
import type { Random } from '../runtime/random.ts'
import { seededRandom } from '../runtime/seededRandom.ts'
import type { SequencedBlock } from '../sequencer/sequencedBlock.ts'
import { type DevnetAccounts, deriveDevnetAccounts } from './accounts.ts'
import { createChain, type DevnetChain, resumeChain } from './chainFiles.ts'
import { createTimekeeper } from './createTimekeeper.ts'
import { chainParameters } from './genesis/chainParameters.ts'
import { type ContractArtifacts, loadContractArtifacts } from './genesis/contractArtifacts.ts'
import { type DevnetL1, type L1Options, startL1 } from './l1/l1.ts'
import { type DevnetL1Links, openL1Links } from './l1/l1Links.ts'
import type { DevnetOptions, OptionName } from './options.ts'
import type { Parts } from './parts.ts'
import { DevnetBatcher } from './services/devnetBatcher.ts'
import { DevnetProposer } from './services/devnetProposer.ts'
import { sequencerOptions, verifierOptions } from './services/nodeSettings.ts'
import { RollupNode, type RollupNodeDeps, type RollupNodeOptions } from './services/rollupNode.ts'
import { hostTime, Turns } from './services/serviceTime.ts'
import { openStateDir, type StateDir } from './stateDir.ts'
import { ChainClock } from './time/chainClock.ts'
import type { Timekeeper } from './time/timekeeper.ts'

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
  const { logger = silentLogger, clock: hostClock = systemClock, signal } = given
  const deps = { logger, clock: hostClock, random }
  const accounts = deriveDevnetAccounts(options.accounts)
  const artifacts = await loadContractArtifacts()
  const stateDir = parts.add(await openStateDir(options, given.nameOf))
  const genesisTime = chosenGenesisTime(options) ?? Math.floor(hostClock.now() / 1000)

  parts.beginGroup()
  const l1 = parts.add(await startL1(l1Options(options, genesisTime, stateDir), deps))
  signal?.throwIfAborted()
  const chain =
    stateDir.saved === undefined
      ? await createChain(options, genesisTime, accounts, { l1, stateDir, artifacts })
      : await resumeChain(stateDir.saved, { l1, stateDir })
  const links = parts.add(await openL1Links(options, { l1, clock: hostClock }))

  const clock = new ChainClock(deps)
  const firstBlock = Promise.withResolvers<void>()
  const onBlock = (block: SequencedBlock) => {
    firstBlock.resolve()
    given.onBlock?.(block)
  }
  const open = async (settings: RollupNodeOptions, own: Partial<RollupNodeDeps> = {}) => {
    signal?.throwIfAborted()
    const node = await RollupNode.open(settings, { ...deps, clock, ...own })
    parts.add({ close: () => node.closeEngine() })
    return node
  }
  const files = { chain, stateDir, links }
  const { observer } = given
  const sequencer = await open(sequencerOptions(options, files), { onBlock, observer })
  const verifier = options.verifier ? await open(verifierOptions(options, files)) : undefined
  const startTime = stateDir.saved ? await newestTime(l1, sequencer) : chosenGenesisTime(options)
  if (startTime !== undefined) clock.set(startTime * 1000, startTime * 1000)

  parts.beginGroup()
  const nodes = verifier === undefined ? [sequencer] : [sequencer, verifier]
  const turns = isInLockstep ? ([new Turns({ clock }), new Turns({ clock })] as const) : undefined
  const time = { ...deps, chain, l1, links, clock, sequencer, nodes, turns }
  const timekeeper = parts.add(createTimekeeper(options, time))
  for (const node of nodes) {
    parts.add({ close: () => node.stop() })
    await node.start(signal)
  }
  const nodeFailed = Promise.race([l1.crashed, ...nodes.map((node) => node.failed)])
  const begun = begin(options, timekeeper).then(() => firstBlock.promise)
  await orAbort(unlessFailed(begun, nodeFailed), signal)

  const [batcherTime, proposerTime] = turns ?? [hostTime(hostClock), hostTime(hostClock)]
  const shared = { ...deps, accounts, chain, links, sequencer }
  const channelIds = isInLockstep ? seededRandom(seed) : Math.random
  const batcher = options.batcher
    ? parts.add(new DevnetBatcher(options, { ...shared, time: batcherTime, channelIds }))
    : undefined
  await batcher?.start(signal)
  const proposer = options.proposer
    ? parts.add(new DevnetProposer(options, { ...shared, time: proposerTime }))
    : undefined
  await proposer?.start(signal)
  if (!options.paused) await timekeeper.resume()
  const services = [batcher, proposer].filter((service) => service !== undefined)
  const failed = Promise.race([nodeFailed, ...services.map(({ failed }) => failureOf(failed))])
  return {
    ...{ accounts, artifacts, stateDir, l1, links, chain, clock, timekeeper },
    ...{ sequencer, verifier, batcher, proposer, failed },
  }
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

function l1Options(options: DevnetOptions, genesisTime: number, stateDir: StateDir): L1Options {
  return {
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
  }
}

/** Lets time flow, or moves it on by the one block that chains begin with which are to stand still then. */
async function begin(
  { paused, seed, blockTime }: DevnetOptions,
  timekeeper: Timekeeper,
): Promise<void> {
  if (!paused && seed === undefined) return timekeeper.resume()
  await timekeeper.exclusively(() => timekeeper.advance({ to: timekeeper.now + blockTime }))
}

/** The reason of a rejection as a value; never settles when there is none. */
function failureOf(task: Promise<unknown>): Promise<unknown> {
  return new Promise((resolve) => void task.catch(resolve))
}

/** @throws what `failed` resolves with, where that comes first. */
async function unlessFailed(wanted: Promise<void>, failed: Promise<unknown>): Promise<void> {
  const reason = await Promise.race([wanted, failed.then((reason) => ({ reason }))])
  if (reason !== undefined) throw reason.reason
}
