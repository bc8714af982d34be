import { Command } from 'commander'
import { createLog } from '../createLog.ts'
import {
  batcherFlags,
  batcherServiceFlags,
  pidFlags,
  throttleFlags,
} from '../flags/batcherFlags.ts'
import { addFlags } from '../flags/flag.ts'
import { addLogFlags, readLogFlags } from '../flags/logFlags.ts'
import { signerFlags } from '../flags/signerFlags.ts'
import { txManagerFlags } from '../flags/txManagerFlags.ts'
import type { CliHost } from '../host.ts'
import { runUntilStopped } from '../stopSignal.ts'

/** `takt batcher`: posts the blocks of a rollup to L1. */
export function batcherCommand(host: CliHost, setExitCode: (code: number) => void): Command {
  const command = new Command('batcher')
    .description('post the blocks of a sequencer to L1')
    .addHelpText('after', batcherHelp)
  addFlags(command, 'Endpoints:', batcherServiceFlags)
  addFlags(command, 'Batches:', batcherFlags)
  addFlags(command, 'Throttling:', { ...throttleFlags, ...pidFlags })
  addFlags(command, 'Signer:', signerFlags('batcher'))
  addFlags(command, 'Transactions:', txManagerFlags('batcher'))
  addLogFlags(command)
  return command.action(async () => {
    const logger = createLog(readLogFlags(command, host.env), host)
    // Loaded when wanted: help and errors of usage must not wait for everything else.
    const { readBatcherSettings, runBatcher } = await import('./batcherRun.ts')
    const settings = readBatcherSettings(command, host.env)
    const deps = { logger, clock: host.clock }
    setExitCode(await runUntilStopped((signal) => runBatcher(settings, deps, signal), host))
  })
}

const batcherHelp = `
Names of flags and variables follow op-batcher; OP_BATCHER_* variables work too.

Examples:
  $ takt batcher --l1-eth-rpc http://localhost:8545 --l2-eth-rpc http://localhost:9545 \\
      --rollup-rpc http://localhost:7545 --private-key 0x… --max-channel-duration 5
  $ TAKT_BATCHER_PRIVATE_KEY=… takt batcher --batch-type 1 --compression-algo brotli \\
      --data-availability-type auto --target-num-frames 6 …`
