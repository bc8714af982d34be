import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { createDevnet } from '../src/devnet/devnet.ts'
import { latenessMs, type SequencedBlock } from '../src/sequencer/sequencedBlock.ts'
import type { LoadOptions } from './loadThread.ts'
import { type Summary, summarize } from './statistics.ts'

/** What was seen over a number of blocks. Milliseconds, except shares of 1. */
export interface SequencingResult {
  readonly blockTime: number
  readonly transactionsPerBlock: Summary
  /** Share of the gas limit that the blocks used. */
  readonly gasShare: Summary
  /** From asking the engine for the block until it was there and checked. */
  readonly seal: Summary
  /** From asking the engine for the block until it was the engine's head. */
  readonly sealToHead: Summary
  /** Share of the block time in which the engine was building. Its percentiles run from the best down. */
  readonly buildShare: Summary
  /** From the planned instant of sealing until the node acted. */
  readonly clockLateness: Summary
  /** From a block's timestamp until it was the head. */
  readonly blockLateness: Summary
}

// The first blocks run cold code, and meet a pool that still fills.
const warmUpBlocks = 10

/**
 * Runs a devnet with blocks of one second and measures its sequencer.
 *
 * @param hasLoad - Keep the transaction pool full, so that the engine has work all the time.
 */
export async function runSequencingBench(options: {
  readonly blocks: number
  readonly hasLoad: boolean
}): Promise<SequencingResult> {
  const blockTime = 1
  const seen: SequencedBlock[] = []
  const enough = Promise.withResolvers<void>()
  await using devnet = await createDevnet(
    { blockTime, accounts: 20 },
    {
      onBlock(block) {
        seen.push(block)
        if (seen.length === warmUpBlocks + options.blocks) enough.resolve()
      },
    },
  )
  const load = options.hasLoad ? startLoad(devnet.descriptor) : undefined
  try {
    await Promise.race([
      enough.promise,
      devnet.failed.then(rethrow),
      ...(load ? [load.failed] : []),
    ])
  } finally {
    await load?.stop()
  }
  return measure(seen.slice(warmUpBlocks), blockTime)
}

function measure(blocks: readonly SequencedBlock[], blockTime: number): SequencingResult {
  const of = (value: (block: SequencedBlock) => number) => summarize(blocks.map(value))
  return {
    blockTime,
    transactionsPerBlock: of(({ envelope }) => envelope.executionPayload.transactions.length),
    gasShare: of(
      ({ envelope: { executionPayload: payload } }) =>
        Number(payload.gasUsed) / Number(payload.gasLimit),
    ),
    seal: of(({ times }) => times.sealedMs - times.sealMs),
    sealToHead: of(({ times }) => times.insertedMs - times.sealMs),
    // Negated and back, so that the percentiles run from the best down.
    buildShare: negated(of(({ times }) => -(times.sealMs - times.startedMs) / (blockTime * 1_000))),
    clockLateness: of(({ times }) => times.sealMs - times.sealDueMs),
    blockLateness: of(latenessMs),
  }
}

function negated({ count, p50, p90, p99, max }: Summary): Summary {
  return { count, p50: -p50, p90: -p90, p99: -p99, max: -max }
}

function startLoad({
  l2,
  accounts,
}: { l2: { rpcUrl: string; chainId: number } } & Pick<LoadOptions, 'accounts'>) {
  const workerData: LoadOptions = { rpcUrl: l2.rpcUrl, chainId: l2.chainId, accounts }
  const worker = new Worker(new URL('./loadThread.ts', import.meta.url), { workerData })
  const failed = once(worker, 'error').then(([error]) => rethrow(error))
  failed.catch(() => undefined)
  return { failed, stop: () => worker.terminate() }
}

function rethrow(reason: unknown): never {
  throw reason
}
