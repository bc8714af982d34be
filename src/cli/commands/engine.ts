import { Command } from 'commander'
import { createLog } from '../createLog.ts'
import { engineFlags } from '../flags/engineFlags.ts'
import { addFlags, readFlags } from '../flags/flag.ts'
import { addLogFlags, readLogFlags } from '../flags/logFlags.ts'
import type { CliHost } from '../host.ts'
import { runUntilStopped } from '../stopSignal.ts'

/** `takt engine`: the embedded execution engine on its own, for any rollup node. */
export function engineCommand(host: CliHost, setExitCode: (code: number) => void): Command {
  const command = new Command('engine')
    .description('run the embedded execution engine on its own, for takt node or any other node')
    .addHelpText('after', engineHelp)
  addFlags(command, 'Engine:', engineFlags)
  addLogFlags(command)
  return command.action(async () => {
    const flags = readFlags(command, engineFlags, host.env)
    const logger = createLog(readLogFlags(command, host.env), host)
    // Loaded when wanted: help and errors of usage must not wait for the whole engine.
    const { runEngine } = await import('./engineRun.ts')
    setExitCode(await runUntilStopped((signal) => runEngine(flags, { logger }, signal), host))
  })
}

const engineHelp = `
Examples:
  $ takt engine --genesis genesis.json --datadir ./l2
  $ takt engine --genesis genesis.json --authrpc.jwtsecret jwt.hex --http.port 0`
