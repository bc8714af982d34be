// Measures takt on this machine and says whether it meets its goals.
//
//   npm run bench [-- [--json] [--blocks <count>]]
//
// Logs nothing; a table on stdout, or one JSON object with --json.

import { cpus } from 'node:os'
import { parseArgs } from 'node:util'
import { type BatcherBenchResult, runBatcherBench } from './batcher.ts'
import { runSequencingBench, type SequencingResult } from './sequencing.ts'
import type { Summary } from './statistics.ts'
import { runTransferBench, type TransferBenchResult } from './transfers.ts'

const { values: flags } = parseArgs({
  options: { json: { type: 'boolean' }, blocks: { type: 'string', default: '100' } },
})
const blocks = Number(flags.blocks)
if (!Number.isInteger(blocks) || blocks < 1) {
  console.error(`--blocks: expected a whole number of at least 1, got "${flags.blocks}"`)
  process.exit(2)
}

progress('batches of OP Mainnet, packed anew …')
const batcher = await runBatcherBench()
progress('transfers through the engine and through EthereumJS …')
const transfers = await runTransferBench()
progress(`${blocks} blocks of 1 s without load …`)
const idle = await runSequencingBench({ blocks, hasLoad: false })
progress(`${blocks} blocks of 1 s with a full transaction pool …`)
const loaded = await runSequencingBench({ blocks, hasLoad: true })

if (flags.json) {
  console.log(JSON.stringify({ machine: machine(), batcher, transfers, idle, loaded }))
} else {
  console.log(`${machine()}\n`)
  if (batcher !== undefined) showBatcher(batcher)
  showTransfers(transfers)
  showSequencing('without load', idle)
  showSequencing('with a full transaction pool', loaded)
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
  row('', [...names, 'plain br10'])
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

function showTransfers({ taktPerSecond, ethereumJsPerSecond, ratio }: TransferBenchResult) {
  console.log('ETH transfers a second, decoded, recovered, executed and rooted')
  row('takt', [taktPerSecond.toFixed(0)])
  row('EthereumJS runTx', [ethereumJsPerSecond.toFixed(0)])
  row('ratio', [`${ratio.toFixed(1)}×`], goal('≥ 10×', ratio >= 10))
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
  return `${length} × ${first?.model ?? 'unknown processor'}, Node ${process.versions.node}`
}

function progress(text: string) {
  console.error(`bench: ${text}`)
}
