import { CommanderError } from 'commander'
import { exitCodes } from '../base/exitCodes.ts'
import { exitCodeOf, formatErrorJson, formatErrorText } from './errorReport.ts'
import type { Environment } from './flags/flag.ts'
import { type CliHost, colorsFor } from './host.ts'
import { createProgram } from './program.ts'

/**
 * Runs one `takt` command.
 *
 * @param args - Without the program's own name.
 * @returns the exit code, see `base/exitCodes.ts`. Errors are printed, never thrown.
 */
export async function runCli(args: readonly string[], host: CliHost): Promise<number> {
  let exitCode: number = exitCodes.ok
  const program = createProgram(host, (code) => {
    exitCode = code
  })
  try {
    await program.parseAsync(args, { from: 'user' })
    return exitCode
  } catch (error) {
    if (error instanceof CommanderError && isAnswered(error)) return exitCodeOf(error)
    return reportError(error, args, host)
  }
}

/** Prints an error as the flags ask for it. @returns the exit code that it means. */
export function reportError(error: unknown, args: readonly string[], host: CliHost): number {
  const report = wantsJson(args, host.env)
    ? formatErrorJson(error)
    : formatErrorText(error, colorsFor(host.stderr, host.env))
  host.stderr.write(report)
  return exitCodeOf(error)
}

/** Commander throws to leave, also after it has printed what was asked for. */
function isAnswered(error: CommanderError): boolean {
  return ['commander.helpDisplayed', 'commander.help', 'commander.version'].includes(error.code)
}

/** Read from the bare words: the flags themselves may be what is wrong. */
function wantsJson(args: readonly string[], env: Environment): boolean {
  if (env['TAKT_LOG_FORMAT'] === 'json') return true
  return args.some((arg, index) => {
    const [name, value = args[index + 1]] = arg.split('=', 2)
    if (name === '--json') return value !== 'false'
    return (name === '--log.format' || name === '--logs.stdout.format') && value === 'json'
  })
}
