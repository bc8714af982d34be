import { Command } from 'commander'
import { type DevnetOptions, wellKnownDevnetPorts } from '../../devnet/options.ts'
import { resolveDevnetOptions } from '../../devnet/resolveDevnetOptions.ts'
import type { SyncStatus } from '../../driver/syncStatus.ts'
import type { MetricsOptions } from '../../metrics/options.ts'
import { Cleanups } from '../../runtime/cleanups.ts'
import type { Logger } from '../../runtime/logger.ts'
import { latenessMs, type SequencedBlock } from '../../sequencer/sequencedBlock.ts'
import { createLog } from '../createLog.ts'
import { type BlockSummary, formatBlock, formatDevnet } from '../devnetText.ts'
import { devnetFlags, devnetOutputFlags, flagOf } from '../flags/devnetFlags.ts'
import { addFlags, readFlags } from '../flags/flag.ts'
import { addLogFlags, readLogFlags } from '../flags/logFlags.ts'
import { metricsFlags } from '../flags/metricsFlags.ts'
import { followHeads } from '../followHeads.ts'
import { type CliHost, colorsFor } from '../host.ts'
import { openNodeMetrics, readMetricsOptions } from '../openMetrics.ts'
import { runUntilStopped } from '../stopSignal.ts'

/** `takt devnet`: a whole chain on this machine. */
export function devnetCommand(host: CliHost, setExitCode: (code: number) => void): Command {
  const command = new Command('devnet')
    .description('start an L1 and a rollup with all that belongs to it on this machine')
    .addHelpText('after', devnetHelp)
  addFlags(command, 'Chain:', devnetFlags)
  addFlags(command, 'Output:', devnetOutputFlags)
  addFlags(command, 'Metrics:', metricsFlags('devnet'))
  addLogFlags(command)
  return command.action(async () => {
    const options = { ...wellKnownDevnetPorts, ...readFlags(command, devnetFlags, host.env) }
    const { json = false } = readFlags(command, devnetOutputFlags, host.env)
    // The lines of blocks tell people what the log would tell machines.
    const level = json ? 'info' : 'warn'
    const logger = createLog({ level, ...readLogFlags(command, host.env) }, host)
    const report = json ? reportJson(host) : reportText(host)
    const metrics = readMetricsOptions(command, host.env, 'devnet')
    const run = (signal: AbortSignal) =>
      runDevnet(options, metrics, { report, logger, host }, signal)
    setExitCode(await runUntilStopped(run, host))
  })
}

const devnetHelp = `
Examples:
  $ takt devnet
  $ takt devnet --block-time 1 --state-dir ./my-chain
  $ takt devnet --verifier
  $ takt devnet --paused --seed 7
  $ takt devnet --json --l1-port 0 --l2-port 0 --node-port 0 --engine-port 0 --control-port 0 | jq .l2.rpcUrl

The control port takes takt_warp, devnet_mine, devnet_mineL1, devnet_pause, devnet_resume, devnet_snapshot,
devnet_revert, devnet_reorgL1, devnet_startOutage, devnet_endOutage, devnet_setLatency and devnet_status.

A batcher or proposer of your own, with --no-batcher or --no-proposer, signs as the devnet's own do:
  --mnemonic 'test test test test test test test test test test test junk'
  --hd-path "m/44'/60'/1'/0/1" for the batcher, "m/44'/60'/1'/0/2" for the proposer (--game-type 0)`

interface Report {
  readonly ready: (devnet: Parameters<typeof formatDevnet>[0]) => void
  readonly block: (block: SequencedBlock) => void
  readonly status: (status: ConfirmedHeads) => void
}

/** What of the chain L1 has confirmed. */
type ConfirmedHeads = Pick<SyncStatus, 'safeL2' | 'finalizedL2'>

async function runDevnet(
  options: Partial<DevnetOptions>,
  metrics: MetricsOptions,
  deps: { readonly report: Report; readonly logger: Logger; readonly host: CliHost },
  signal: AbortSignal,
): Promise<void> {
  const { report, logger, host } = deps
  const { createDevnet } = await import('../../devnet/devnet.ts')
  await using cleanups = new Cleanups()
  const { blockTime } = resolveDevnetOptions(options, flagOf)
  const chain = { blockTime: BigInt(blockTime) }
  const measured = await openNodeMetrics(chain, metrics, { logger, clock: host.clock }, cleanups)
  await using devnet = await createDevnet(options, {
    logger,
    clock: host.clock,
    signal,
    onBlock: report.block,
    observer: followHeads(report.status, measured),
    nameOf: flagOf,
  })
  report.ready(devnet.descriptor)
  const stopped = new Promise<void>((resolve) => {
    signal.addEventListener('abort', () => resolve(), { once: true })
    if (signal.aborted) resolve()
  })
  const failed = devnet.failed.then((reason) => {
    throw reason
  })
  await Promise.race([stopped, failed])
}

/** One line for programs; blocks are for them to ask. */
function reportJson(host: CliHost): Report {
  return {
    ready: (devnet) => host.stdout.write(`${JSON.stringify(devnet)}\n`),
    block() {},
    status() {},
  }
}

/** The table, then the blocks. */
function reportText(host: CliHost): Report {
  const colors = colorsFor(host.stdout, host.env)
  const early: string[] = []
  let isReady = false
  let confirmed: ConfirmedHeads | undefined
  return {
    ready(devnet) {
      isReady = true
      host.stdout.write(`${formatDevnet(devnet, colors)}\n${early.join('')}`)
    },
    block(block) {
      const line = formatBlock(summarize(block, confirmed, isReady), colors)
      if (isReady) host.stdout.write(line)
      else early.push(line)
    },
    status(status) {
      confirmed = status
    },
  }
}

function summarize(
  block: SequencedBlock,
  confirmed: ConfirmedHeads | undefined,
  isReady: boolean,
): BlockSummary {
  const { executionPayload } = block.envelope
  return {
    number: block.ref.number,
    transactionCount: executionPayload.transactions.length,
    gasUsed: executionPayload.gasUsed,
    gasLimit: executionPayload.gasLimit,
    l1OriginNumber: block.ref.l1Origin.number,
    sequenceNumber: block.ref.sequenceNumber,
    latenessMs: latenessMs(block),
    isOfStart: !isReady,
    safeNumber: confirmed?.safeL2.number ?? 0n,
    finalizedNumber: confirmed?.finalizedL2.number ?? 0n,
  }
}
