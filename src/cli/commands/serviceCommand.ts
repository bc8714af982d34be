import { Command } from 'commander'
import type { ServiceMetrics } from '../../metrics/serviceMetrics.ts'
import { Cleanups } from '../../runtime/cleanups.ts'
import type { Clock } from '../../runtime/clock.ts'
import type { Logger } from '../../runtime/logger.ts'
import { createLog } from '../createLog.ts'
import { type AnyFlagTable, addFlags, type Environment } from '../flags/flag.ts'
import { heedIdleFlags, idleFlags } from '../flags/idleFlags.ts'
import { addLogFlags, readLogFlags } from '../flags/logFlags.ts'
import { metricsFlags } from '../flags/metricsFlags.ts'
import type { Service } from '../flags/serviceEnv.ts'
import { serviceFlags } from '../flags/serviceFlags.ts'
import { signerFlags } from '../flags/signerFlags.ts'
import { txManagerFlags } from '../flags/txManagerFlags.ts'
import type { CliHost } from '../host.ts'
import { openMetrics, readMetricsOptions } from '../openMetrics.ts'
import { runUntilStopped } from '../stopSignal.ts'

/** What tells the command of one service that sends to L1 from that of the other. */
export interface ServiceCommand<Settings> {
  readonly service: Service
  readonly description: string
  /** Stands below the flags in the help. */
  readonly help: string
  /** Endpoints beside those that all services have; they stand behind that of L1. */
  readonly endpointFlags: AnyFlagTable
  /** Its own flags, by their heading in the help. */
  readonly flags: Readonly<Record<string, AnyFlagTable>>
  /** Of the transaction manager, beside those that all services have. */
  readonly transactionFlags: AnyFlagTable
  /** Called when the command runs: help and errors of usage must not wait for everything else. */
  readonly load: () => Promise<ServiceProgram<Settings>>
}

export interface ServiceProgram<Settings> {
  /** @throws {ConfigError} naming the flag that is missing or wrong. */
  readonly read: (command: Command, env: Environment) => Settings
  /** Runs until it is told to stop. @throws what it could not start or go on for. */
  readonly run: (settings: Settings, deps: ServiceDeps, signal: AbortSignal) => Promise<void>
  /** What it may take for its last work when it is told to stop. Default 0. */
  readonly lastWorkMs?: (settings: Settings) => number
}

export interface ServiceDeps {
  readonly logger: Logger
  readonly clock: Clock
  /** `undefined` unless metrics are asked for. */
  readonly metrics: ServiceMetrics | undefined
}

/** The command of a service that sends to L1. */
export function serviceCommand<Settings>(
  given: ServiceCommand<Settings>,
  host: CliHost,
  setExitCode: (code: number) => void,
): Command {
  const { service } = given
  const program = service === 'batcher' ? 'BATCHER' : 'PROPOSER'
  const command = new Command(service)
    .description(given.description)
    .addHelpText('after', given.help)
  const { l1Urls, ...endpoints } = serviceFlags(service)
  addFlags(command, 'Endpoints:', { l1Urls, ...given.endpointFlags, ...endpoints })
  for (const [heading, table] of Object.entries(given.flags)) addFlags(command, heading, table)
  addFlags(command, 'Signer:', signerFlags(service))
  addFlags(command, 'Transactions:', { ...txManagerFlags(service), ...given.transactionFlags })
  addFlags(command, 'Metrics:', metricsFlags(service))
  addFlags(command, 'Idle:', idleFlags(service))
  addLogFlags(command, program)
  return command.action(async () => {
    const logger = createLog(readLogFlags(command, host.env, program), host)
    heedIdleFlags(command, host.env, service, { logger })
    const { read, run, lastWorkMs } = await given.load()
    const settings = read(command, host.env)
    const metricsOptions = readMetricsOptions(command, host.env, service)
    const deps = { logger, clock: host.clock }
    const measuredRun = async (signal: AbortSignal) => {
      await using cleanups = new Cleanups()
      const given = { options: metricsOptions, namespace: `op_${service}_default` }
      const metrics = await openMetrics(given, deps, cleanups)
      await run(settings, { ...deps, metrics }, signal)
    }
    const options = { lastWorkMs: lastWorkMs?.(settings) ?? 0 }
    setExitCode(await runUntilStopped(measuredRun, host, options))
  })
}
