import { setTimeout as sleep } from 'node:timers/promises'
import type { Hash } from '../../src/base/hex.ts'
import { devnetL1Chain } from '../../src/chain/l1Chain.ts'
import { createPipeline } from '../../src/derive/pipeline.ts'
import { type Derivation, localDerivation } from '../../src/driver/derivation.ts'
import { createJsonRpcClient } from '../../src/jsonrpc/client.ts'
import { startDerivationThread } from '../../src/node/derivationThread/client.ts'
import { nodeOptions } from '../../src/node/options.ts'
import { systemClock } from '../../src/runtime/clock.ts'
import { silentLogger } from '../../src/runtime/logger.ts'
import { createL1Client } from '../../src/sources/l1Client.ts'
import { type Summary, summarize } from '../statistics.ts'
import { AcceptingEngine } from './acceptingEngine.ts'
import { type L1Process, startL1Process } from './l1Process.ts'

/** What was measured by deriving a chain from an L1 in another process. */
export interface DerivationBenchResult {
  readonly l1Blocks: number
  readonly l2Blocks: number
  /** The batches are those of OP Mainnet; otherwise made up. */
  readonly isReal: boolean
  readonly latencies: readonly LatencyResult[]
  /** HTTP requests for an L1 block of a node that follows the head of L1, one block at a time. */
  readonly requestsAtTip: number
  /** Milliseconds that timers of the main thread were late while the derivation thread ran at full speed. */
  readonly timerLateness: Summary
  /** The same while nothing ran: what the machine itself adds. */
  readonly idleTimerLateness: Summary
}

/** Speed at one latency of L1. */
export interface LatencyResult {
  readonly latencyMs: number
  /** With the derivation thread, as a node runs it. */
  readonly fetchedAhead: Speed
  /** With the same pipeline asking L1 itself: one call after the other. */
  readonly oneByOne: Speed
  readonly ratio: number
}

export interface Speed {
  /** The median of the rounds. */
  readonly l1BlocksPerSecond: number
  readonly requestsPerL1Block: number
  readonly callsPerL1Block: number
  /** CPU milliseconds of the node for an L1 block, all threads. */
  readonly cpuMs: number
}

const latenciesMs = [0, 10, 50]
/** 13 times 143 L2 blocks make 318 L1 blocks. */
const spans = 13
/** The first blocks run cold code. */
const warmUpL1Blocks = 80

/**
 * Derives a chain whose batches are those of OP Mainnet, with an engine that accepts everything.
 *
 * @throws when two runs do not derive the same attributes to the byte.
 */
export async function runDerivationBench(): Promise<DerivationBenchResult> {
  await using l1 = await startL1Process({ spans })
  const latencies: LatencyResult[] = []
  for (const latencyMs of latenciesMs) latencies.push(await measureLatency(l1, latencyMs))
  l1.setLatency(0)
  return {
    l1Blocks: l1.lastL1Block + 1,
    l2Blocks: l1.l2Blocks,
    isReal: l1.isReal,
    latencies,
    requestsAtTip: await measureTip(l1),
    idleTimerLateness: await latenessDuring(sleep(watchMs)),
    timerLateness: await measureLateness(l1),
  }
}

async function measureLatency(l1: L1Process, latencyMs: number): Promise<LatencyResult> {
  l1.setLatency(latencyMs)
  // Of rounds that mostly wait, one tells as much as many.
  const slow = await rounds(latencyMs === 0 ? 3 : 1, l1, oneByOne)
  const fast = await rounds(5, l1, fetchedAhead)
  if (slow.digest !== fast.digest) {
    throw new Error(`derivation gave ${fast.digest} ahead, and ${slow.digest} one by one`)
  }
  const ratio = fast.speed.l1BlocksPerSecond / slow.speed.l1BlocksPerSecond
  return { latencyMs, fetchedAhead: fast.speed, oneByOne: slow.speed, ratio }
}

/** Derives the whole chain of an L1. */
type Derive = (l1: L1Process) => Promise<DerivedChain>

interface DerivedChain {
  readonly digest: Hash
  /** Of the blocks behind the warm-up. */
  readonly l1BlocksPerSecond: number
  /** CPU time of this process, all its threads, for an L1 block behind the warm-up. */
  readonly cpuMs: number
}

async function rounds(
  count: number,
  l1: L1Process,
  derive: Derive,
): Promise<{ readonly speed: Speed; readonly digest: Hash }> {
  await l1.takeCounts()
  const results: DerivedChain[] = []
  for (let round = 0; round < count; round++) results.push(await derive(l1))
  const { requests, calls } = await l1.takeCounts()
  const digests = new Set(results.map(({ digest }) => digest))
  if (digests.size !== 1) throw new Error(`rounds differ: ${[...digests].join(', ')}`)
  const l1Blocks = count * l1.lastL1Block
  return {
    digest: results[0]!.digest,
    speed: {
      l1BlocksPerSecond: summarize(results.map((result) => result.l1BlocksPerSecond)).p50,
      requestsPerL1Block: requests / l1Blocks,
      callsPerL1Block: calls / l1Blocks,
      cpuMs: summarize(results.map(({ cpuMs }) => cpuMs)).p50,
    },
  }
}

/** As a node derives: in a thread, with L1 fetched ahead. */
async function fetchedAhead(l1: L1Process): Promise<DerivedChain> {
  const engine = new AcceptingEngine(l1.config)
  const derivation = await startThread(l1, engine)
  try {
    derivation.setHorizon(BigInt(l1.lastL1Block))
    return await deriveAll(l1, derivation, engine)
  } finally {
    await derivation.close()
  }
}

/** The pipeline in this thread, asking L1 for what it needs when it needs it. */
async function oneByOne(l1: L1Process): Promise<DerivedChain> {
  const { config } = l1
  const engine = new AcceptingEngine(config)
  const rpc = createJsonRpcClient({ urls: [l1.url] }, { clock: systemClock, random: Math.random })
  const client = createL1Client(
    { l1Chain: devnetL1Chain(config.l1ChainId), trustRpc: false },
    { rpc },
  )
  const providers = { l1: client, blobs: noBlobs, safeChain: engine, upgradeBundles: new Map() }
  try {
    return await deriveAll(l1, localDerivation(createPipeline(config, providers)), engine)
  } finally {
    await rpc.close()
  }
}

/** Batches are in calldata. */
const noBlobs = {
  async blobsOfBlock(): Promise<never> {
    throw new Error('no L1 block of the benchmark has blobs')
  },
}

function startThread(l1: L1Process, engine: AcceptingEngine) {
  const { config, url } = l1
  const { l1: l1Options, beacon } = nodeOptions({ rollupConfig: config, l1: { rpcUrls: [url] } })
  return startDerivationThread(
    {
      ...{ config, l1: l1Options, beacon, upgradeBundles: new Map(), isAnvil: false },
      l1Chain: devnetL1Chain(config.l1ChainId),
    },
    { l2: engine, logger: silentLogger },
  )
}

async function deriveAll(
  l1: L1Process,
  derivation: Derivation,
  engine: AcceptingEngine,
): Promise<DerivedChain> {
  await derivation.reset(engine.head)
  let origin = await deriveUpTo(warmUpL1Blocks, derivation, engine)
  const beganMs = performance.now()
  const cpuBefore = process.cpuUsage()
  const begin = origin
  origin = await deriveUpTo(l1.lastL1Block, derivation, engine)
  const seconds = (performance.now() - beganMs) / 1_000
  const { user, system } = process.cpuUsage(cpuBefore)
  if (engine.head.number !== BigInt(l1.l2Blocks)) {
    throw new Error(`derivation ended at L2 block ${engine.head.number} of ${l1.l2Blocks}`)
  }
  const l1Blocks = origin - begin
  return {
    digest: engine.digest(),
    l1BlocksPerSecond: l1Blocks / seconds,
    cpuMs: (user + system) / 1_000 / l1Blocks,
  }
}

/** Derives until that L1 block has been read to its end, or is the next to be read. @returns the number of it. */
async function deriveUpTo(
  l1Number: number,
  derivation: Derivation,
  engine: AcceptingEngine,
): Promise<number> {
  for (;;) {
    const outcome = await derivation.next(engine.head)
    if (outcome.type === 'attributes') engine.accept(outcome.derived)
    const origin = Number(outcome.origin.number)
    if (outcome.type === 'idle') return origin
    if (outcome.type === 'advanced' && origin > l1Number) return origin
  }
}

/** Announces one L1 block after the other, each when the one before is read. */
async function measureTip(l1: L1Process): Promise<number> {
  const engine = new AcceptingEngine(l1.config)
  const derivation = await startThread(l1, engine)
  try {
    await derivation.reset(engine.head)
    await l1.takeCounts()
    for (let number = 1; number <= l1.lastL1Block; number++) {
      derivation.setHorizon(BigInt(number))
      await deriveUpTo(number, derivation, engine)
    }
    const { requests } = await l1.takeCounts()
    return requests / l1.lastL1Block
  } finally {
    await derivation.close()
  }
}

const timerMs = 5
const watchMs = 4_000

/** How late timers of this thread are while the derivation thread reads the chain over and over. */
async function measureLateness(l1: L1Process): Promise<Summary> {
  const engine = new AcceptingEngine(l1.config)
  const derivation = await startThread(l1, engine)
  const genesis = engine.head
  const deriveOnce = async () => {
    engine.rewind(genesis)
    await derivation.reset(genesis)
    await deriveUpTo(l1.lastL1Block, derivation, engine)
  }
  try {
    derivation.setHorizon(BigInt(l1.lastL1Block))
    await deriveOnce()
    const endMs = performance.now() + watchMs
    const deriveForLong = async () => {
      while (performance.now() < endMs) await deriveOnce()
    }
    return await latenessDuring(deriveForLong())
  } finally {
    await derivation.close()
  }
}

/** How late timers of this thread are while something runs. */
async function latenessDuring(run: Promise<void>): Promise<Summary> {
  const late: number[] = []
  let isOver = false
  const end = run.finally(() => {
    isOver = true
  })
  while (!isOver) {
    const dueMs = performance.now() + timerMs
    await sleep(timerMs)
    late.push(performance.now() - dueMs)
  }
  await end
  return summarize(late)
}
