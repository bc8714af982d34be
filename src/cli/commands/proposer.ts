import type { Command } from 'commander'
import { proposerFlags } from '../flags/proposerFlags.ts'
import type { CliHost } from '../host.ts'
import { serviceCommand } from './serviceCommand.ts'

/** `takt proposer`: proposes output roots of a rollup node to L1. */
export function proposerCommand(host: CliHost, setExitCode: (code: number) => void): Command {
  return serviceCommand(
    {
      service: 'proposer',
      description: 'propose the output roots of a rollup node to its contract on L1',
      help: proposerHelp,
      endpointFlags: {},
      flags: { 'Proposals:': proposerFlags },
      transactionFlags: {},
      load: async () => {
        const { readProposerSettings, runProposer } = await import('./proposerRun.ts')
        return { read: readProposerSettings, run: runProposer }
      },
    },
    host,
    setExitCode,
  )
}

const proposerHelp = `
Names of flags and variables follow op-proposer; OP_PROPOSER_* variables work too.

Examples:
  $ takt proposer --l1-eth-rpc http://localhost:8545 --rollup-rpc http://localhost:7545 \\
      --game-factory-address 0x… --proposal-interval 1h --game-type 1
  $ TAKT_PROPOSER_PRIVATE_KEY=… takt proposer --l2oo-address 0x… --allow-non-finalized …`
