// Measures takt on this machine and says whether it meets its goals.
//
//   npm run bench [-- [--json] [--blocks <count>] [--only <part>,…]]
//
// Parts: batches, derivation, transfers, burst, sequencing.
// Logs nothing; a table on stdout, or one JSON object with --json.

import { cpus, loadavg } from 'node:os'
import { parseArgs } from 'node:util'
import { type BatcherBenchResult, runBatcherBench } from './batcher.ts'
import { type BurstResult, runBurstBench } from './burst.ts'
import {
  type DerivationBenchResult,
  type LatencyResult,
  runDerivationBench,
} from './derivation/derivation.ts'
import { runSpanDecodeBench, type SpanDecodeResult } from './derivation/spanDecode.ts'
import { runSequencingBench, type SequencingResult } from './sequencing.ts'
import type { Summary } from './statistics.ts'
import { runTransferBench, type TransferBenchResult } from './transfers.ts'

// Others' work on the same processors shows in every figure.
const [loadAtStart = 0] = loadavg()
const parts = ['batches', 'derivation', 'transfers', 'burst', 'sequencing'] as const

const usage = `npm run bench [-- [--json] [--blocks <count>] [--only <part>,…]]

  --json            one JSON object instead of tables
  --blocks <count>  blocks that sequencing is measured over (default 100)
  --only <parts>    some of ${parts.join(', ')}`

const { values: flags } = readFlags()
if (flags.help) {
  console.log(usage)
  process.exit()
}
const blocks = Number(flags.blocks)
if (!Number.isInteger(blocks) || blocks < 1) {
  wrongFlag(`--blocks: expected a whole number of at least 1, got "${flags.blocks}"`)
}
const chosen = flags.only.split(',')
const unknown = chosen.find((name) => !parts.some((part) => part === name))
if (unknown !== undefined) wrongFlag(`--only: expected ${parts.join(', ')}, got "${unknown}"`)

const batcher = await part('batches', 'batches of OP Mainnet, packed anew', runBatcherBench)
const spanDecode = await part('derivation', 'a span batch, decoded', runSpanDecodeBench)
const derivation = await part(
  'derivation',
  'derivation from an L1 with 0, 10 and 50 ms of latency',
  runDerivationBench,
)
const transfers = await part(
  'transfers',
  'transfers through the engine and through EthereumJS',
  runTransferBench,
)
const burst = await part('burst', '5,000 submissions at once', runBurstBench)
const idle = await part('sequencing', `${blocks} blocks of 1 s without load`, () =>
  runSequencingBench({ blocks, hasLoad: false }),
)
const loaded = await part(
  'sequencing',
  `${blocks} blocks of 1 s with a full transaction pool`,
  () => runSequencingBench({ blocks, hasLoad: true }),
)

if (flags.json) {
  console.log(
    JSON.stringify({
      machine: machine(),
      ...{ batcher, spanDecode, derivation, transfers, burst, idle, loaded },
    }),
  )
} else {
  console.log(`${machine()}\n`)
  if (batcher !== undefined) showBatcher(batcher)
  if (spanDecode !== undefined) showSpanDecode(spanDecode)
  if (derivation !== undefined) showDerivation(derivation)
  if (transfers !== undefined) showTransfers(transfers)
  if (burst !== undefined) showBurst(burst)
  if (idle !== undefined) showSequencing('without load', idle)
  if (loaded !== undefined) showSequencing('with a full transaction pool', loaded)
}

/** Runs one part of the benchmark, if it was chosen. */
async function part<T>(
  name: (typeof parts)[number],
  what: string,
  run: () => Promise<T>,
): Promise<T | undefined> {
  if (!chosen.includes(name)) return undefined
  console.error(`bench: ${what} …`)
  return run()
}

function readFlags() {
  try {
    return parseArgs({
      options: {
        help: { type: 'boolean', short: 'h' },
        json: { type: 'boolean' },
        blocks: { type: 'string', default: '100' },
        only: { type: 'string', default: parts.join(',') },
      },
    })
  } catch (error) {
    return wrongFlag(`${(error as Error).message}\n\n${usage}`)
  }
}

function wrongFlag(problem: string): never {
  console.error(problem)
  process.exit(2)
}

function showBatcher(result: BatcherBenchResult) {
  const { encodePerBlock, ratios, plainBrotli10, cpuPerMegabyte, filling, cost } = result
  console.log(
    `Batches: ${result.blocks} blocks of OP Mainnet, ${result.transactionBytes} bytes of transactions`,
  )
  row('', ['p50', 'p90', 'p99', 'worst'])
  row('a block into its channel', columns(encodePerBlock, ms))
  row('all blocks', [ms(result.encodeTotal)])
  row('all blocks, re-encoding', [ms(result.reencodeTotal)])
  row('ratio', [`${result.speedUp.toFixed(0)}×`], goal('≥ 20×', result.speedUp >= 20))
  const names = ['zlib', 'brotli-9', 'brotli-10', 'brotli-11'] as const
  row('', [...names, 'plain 10'])
  const best = ratios['brotli-11'] / plainBrotli10
  row(
    'compression',
    [...names.map((name) => ratios[name]), plainBrotli10].map((ratio) => `${ratio.toFixed(3)}×`),
    goal('best ≥ 1.02 × plain', best >= 1.02),
  )
  row(
    'CPU seconds per MB',
    names.map((name) => cpuPerMegabyte[name].toFixed(2)),
  )
  row('', ['channels', 'tries', 'fullness', 'CPU s/MB'])
  row('single blobs, brotli', [
    count(filling.channels),
    count(filling.compressions),
    percent(filling.fullness),
    filling.cpuPerMegabyte.toFixed(2),
  ])
  row('L1 gas per L2 byte', [`${cost.calldataGas.toFixed(2)} as calldata`])
  row('', [
    `${cost.blobTransactionGas.toFixed(3)} and ${cost.blobGas.toFixed(3)} blob gas as blobs`,
  ])
  console.log()
}

function showSpanDecode(result: SpanDecodeResult) {
  const { blocks, transactions, inflatedBytes } = result
  console.log(
    `Span batch of ${origin(result)}: ${blocks} blocks, ${transactions} transactions, ${inflatedBytes} bytes`,
  )
  row('', ['p50', 'p90', 'p99', 'worst'])
  row('decode', columns(result.decode, ms), `${result.decodeMbPerSecond.toFixed(0)} MB/s`)
  row(
    'inflate and decode',
    columns(result.inflateAndDecode, ms),
    `${result.inflateAndDecodeMbPerSecond.toFixed(0)} MB/s`,
  )
  console.log()
}

function showDerivation(result: DerivationBenchResult) {
  const { l1Blocks, l2Blocks, requestsAtTip, timerLateness, idleTimerLateness } = result
  console.log(
    `Derivation of ${l2Blocks} L2 blocks with batches of ${origin(result)} from ${l1Blocks} L1 blocks`,
  )
  row('L1 blocks a second', ['ahead', 'serial', 'ratio'])
  const goals = new Map([
    [10, 8],
    [50, 15],
  ])
  for (const { latencyMs, fetchedAhead, oneByOne, ratio } of result.latencies) {
    const speeds = [fetchedAhead, oneByOne].map(({ l1BlocksPerSecond }) => l1BlocksPerSecond)
    const wanted = goals.get(latencyMs)
    row(
      `L1 answers in ${latencyMs} ms`,
      [...speeds.map((speed) => speed.toFixed(0)), `${ratio.toFixed(1)}×`],
      wanted === undefined ? '' : goal(`≥ ${wanted}×`, ratio >= wanted),
    )
  }
  const [{ fetchedAhead, oneByOne }] = result.latencies as [LatencyResult]
  row('CPU for an L1 block', [ms(fetchedAhead.cpuMs), ms(oneByOne.cpuMs)])
  row('calls for an L1 block', [
    fetchedAhead.callsPerL1Block.toFixed(2),
    oneByOne.callsPerL1Block.toFixed(2),
  ])
  row(
    'requests at the tip',
    [requestsAtTip.toFixed(2)],
    goal('≤ 2 for an L1 block', requestsAtTip <= 2),
  )
  row('', ['p50', 'p90', 'p99', 'worst'])
  row('timers late by', columns(timerLateness, ms), goal('p99 ≤ 10 ms', timerLateness.p99 <= 10))
  row('while idle', columns(idleTimerLateness, ms))
  console.log()
}

/** Whose batches were measured. */
function origin({ isReal }: { readonly isReal: boolean }): string {
  return isReal ? 'OP Mainnet' : 'no chain (there are no test vectors)'
}

function showTransfers({ taktPerSecond, ethereumJsPerSecond, ratio }: TransferBenchResult) {
  console.log('ETH transfers a second, decoded, recovered, executed and rooted')
  row('takt', [taktPerSecond.toFixed(0)])
  row('EthereumJS runTx', [ethereumJsPerSecond.toFixed(0)])
  row('ratio', [`${ratio.toFixed(1)}×`], goal('≥ 10×', ratio >= 10))
}

function showBurst({ submissions, longestTurn, longestTurnWithHttp, ratio }: BurstResult) {
  console.log(
    `\n${submissions} submissions at once: CPU of the longest turn of the engine's thread`,
  )
  row('HTTP in its own thread', [ms(longestTurn)])
  row("HTTP in the engine's", [ms(longestTurnWithHttp)])
  row('ratio', [`${ratio.toFixed(1)}×`], goal('≥ 3×', ratio >= 3))
}

function showSequencing(name: string, result: SequencingResult) {
  const { transactionsPerBlock, gasShare, buildShare, clockLateness } = result
  console.log(`\nSequencing 1 s blocks ${name}, ${transactionsPerBlock.count} blocks`)
  row('', ['p50', 'p90', 'p99', 'worst'])
  row('transactions a block', columns(transactionsPerBlock, count))
  row('gas of the limit', columns(gasShare, percent))
  row('seal (getPayload)', columns(result.seal, ms))
  row('seal to head', columns(result.sealToHead, ms))
  row(
    'share of time building',
    columns(buildShare, percent),
    goal('p50 ≥ 98 %', buildShare.p50 >= 0.98),
  )
  row('clock late by', columns(clockLateness, ms), goal('p99 ≤ 10 ms', clockLateness.p99 <= 10))
  row('block late by', columns(result.blockLateness, ms))
}

function row(name: string, cells: readonly string[], note = '') {
  console.log(
    `  ${name.padEnd(24)}${cells.map((cell) => cell.padStart(10)).join('')}   ${note}`.trimEnd(),
  )
}

function columns({ p50, p90, p99, max }: Summary, format: (value: number) => string): string[] {
  return [p50, p90, p99, max].map(format)
}

function count(value: number): string {
  return String(value)
}

function ms(value: number): string {
  return `${value.toFixed(1)} ms`
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`
}

function goal(text: string, isMet: boolean): string {
  return `goal ${text}: ${isMet ? 'met' : 'MISSED'}`
}

function machine(): string {
  const { length, [0]: first } = cpus()
  const processor = `${length} × ${first?.model.trim() ?? 'unknown processor'}`
  return `${processor}, Node ${process.versions.node}, load at the start ${loadAtStart.toFixed(1)}`
}
