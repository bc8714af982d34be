import { Command } from 'commander'
import { createLog } from '../createLog.ts'
import { addFlags } from '../flags/flag.ts'
import { addLogFlags, readLogFlags } from '../flags/logFlags.ts'
import { proposerFlags, proposerServiceFlags } from '../flags/proposerFlags.ts'
import { signerFlags } from '../flags/signerFlags.ts'
import { txManagerFlags } from '../flags/txManagerFlags.ts'
import type { CliHost } from '../host.ts'
import { runUntilStopped } from '../stopSignal.ts'

/** `takt proposer`: proposes output roots of a rollup node to L1. */
export function proposerCommand(host: CliHost, setExitCode: (code: number) => void): Command {
  const command = new Command('proposer')
    .description('propose the output roots of a rollup node to its contract on L1')
    .addHelpText('after', proposerHelp)
  addFlags(command, 'Endpoints:', proposerServiceFlags)
  addFlags(command, 'Proposals:', proposerFlags)
  addFlags(command, 'Signer:', signerFlags('proposer'))
  addFlags(command, 'Transactions:', txManagerFlags('proposer'))
  addLogFlags(command)
  return command.action(async () => {
    const logger = createLog(readLogFlags(command, host.env), host)
    // Loaded when wanted: help and errors of usage must not wait for everything else.
    const { readProposerSettings, runProposer } = await import('./proposerRun.ts')
    const settings = readProposerSettings(command, host.env)
    const deps = { logger, clock: host.clock }
    setExitCode(await runUntilStopped((signal) => runProposer(settings, deps, signal), host))
  })
}

const proposerHelp = `
Names of flags and variables follow op-proposer; OP_PROPOSER_* variables work too.

Examples:
  $ takt proposer --l1-eth-rpc http://localhost:8545 --rollup-rpc http://localhost:7545 \\
      --game-factory-address 0x… --proposal-interval 1h --game-type 1
  $ TAKT_PROPOSER_PRIVATE_KEY=… takt proposer --l2oo-address 0x… --allow-non-finalized …`
