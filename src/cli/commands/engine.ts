import { Command } from 'commander'
import { createLog } from '../createLog.ts'
import { engineFlags } from '../flags/engineFlags.ts'
import { addFlags, readFlags } from '../flags/flag.ts'
import { addLogFlags, readLogFlags } from '../flags/logFlags.ts'
import { metricsFlags } from '../flags/metricsFlags.ts'
import type { CliHost } from '../host.ts'
import { readMetricsOptions } from '../openMetrics.ts'
import { runUntilStopped } from '../stopSignal.ts'

/** `takt engine`: the embedded execution engine on its own, for any rollup node. */
export function engineCommand(host: CliHost, setExitCode: (code: number) => void): Command {
  const command = new Command('engine')
    .description('run the embedded execution engine on its own, for takt node or any other node')
    .addHelpText('after', engineHelp)
  addFlags(command, 'Engine:', engineFlags)
  addFlags(command, 'Metrics:', metricsFlags('engine'))
  addLogFlags(command)
  return command.action(async () => {
    const flags = readFlags(command, engineFlags, host.env)
    const logger = createLog(readLogFlags(command, host.env), host)
    // Loaded when wanted: help and errors of usage must not wait for the whole engine.
    const { runEngine } = await import('./engineRun.ts')
    const metrics = readMetricsOptions(command, host.env, 'engine')
    const deps = { logger, clock: host.clock }
    const run = (signal: AbortSignal) => runEngine(flags, metrics, deps, signal)
    setExitCode(await runUntilStopped(run, host))
  })
}

const engineHelp = `
Examples:
  $ takt engine --genesis genesis.json --datadir ./l2
  $ takt engine --genesis genesis.json --authrpc.jwtsecret jwt.hex --http.port 0`
