import type { Command } from 'commander'
import { batcherFlags, l2Flags, pidFlags, throttleFlags } from '../flags/batcherFlags.ts'
import { blobTipFlags } from '../flags/txManagerFlags.ts'
import type { CliHost } from '../host.ts'
import { serviceCommand } from './serviceCommand.ts'

/** `takt batcher`: posts the blocks of a rollup to L1. */
export function batcherCommand(host: CliHost, setExitCode: (code: number) => void): Command {
  return serviceCommand(
    {
      service: 'batcher',
      description: 'post the blocks of a sequencer to L1',
      help: batcherHelp,
      endpointFlags: l2Flags,
      flags: { 'Batches:': batcherFlags, 'Throttling:': { ...throttleFlags, ...pidFlags } },
      transactionFlags: blobTipFlags,
      load: async () => {
        const { readBatcherSettings, runBatcher } = await import('./batcherRun.ts')
        return {
          read: readBatcherSettings,
          run: runBatcher,
          lastWorkMs: ({ batcher }) => batcher.stopTimeoutMs,
        }
      },
    },
    host,
    setExitCode,
  )
}

const batcherHelp = `
Names of flags and variables follow op-batcher; OP_BATCHER_* variables work too.

Examples:
  $ takt batcher --l1-eth-rpc http://localhost:8545 --l2-eth-rpc http://localhost:9545 \\
      --rollup-rpc http://localhost:7545 --private-key 0x… --max-channel-duration 5
  $ TAKT_BATCHER_PRIVATE_KEY=… takt batcher --batch-type 1 --compression-algo brotli \\
      --data-availability-type auto --target-num-frames 6 …`
