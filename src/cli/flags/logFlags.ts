import { type Command, Option } from 'commander'
import type { LogLevel } from '../../runtime/logLine.ts'
import { addFlags, type Environment, type FlagTable, invalidFlag, readFlags } from './flag.ts'
import { parseBoolean } from './parsers.ts'

/** What is logged, and how it looks. Logs go to stderr: stdout is for results. */
export interface LogOptions {
  readonly level: LogLevel | 'silent'
  readonly format: 'text' | 'logfmt' | 'json'
  readonly color: boolean
  readonly pid: boolean
  readonly quiet: boolean
}

/** Programs of the OP Stack whose variables for the log are heeded. */
export type LogEnv = 'NODE' | 'BATCHER' | 'PROPOSER'

/** Adds the flags of the log to a command. */
export function addLogFlags(command: Command, program: LogEnv = 'NODE'): void {
  addFlags(command, 'Log:', logFlags(program))
  const verbosity = new Option('-v', 'once: errors; -vv: warnings too; -vvv: info; -vvvv: debug')
  const count = (_: string, previous: number | undefined) => (previous ?? 0) + 1
  command.addOption(verbosity.argParser(count).helpGroup('Log:'))
}

/** What the flags and variables say about the log. @throws like {@link readFlags} */
export function readLogFlags(
  command: Command,
  env: Environment,
  program: LogEnv = 'NODE',
): Partial<LogOptions> {
  const values = readFlags(command, logFlags(program), env)
  const count: unknown = command.getOptionValue('v')
  const isLevelTyped = command.getOptionValue('log.level') !== undefined
  if (typeof count !== 'number' || isLevelTyped) return values
  return { ...values, level: parseLevel(String(Math.min(count, 5)), '-v') }
}

function logFlags(program: LogEnv) {
  const op = `OP_${program}_LOG`
  return {
    level: {
      names: ['log.level'],
      env: ['TAKT_LOG_LEVEL', 'KONA_LOG_LEVEL', `${op}_LEVEL`],
      value: 'level',
      parse: parseLevel,
      help: 'least important level that is logged: error, warn, info, debug; or -v, -vv, -vvv, -vvvv',
      shownDefault: 'info',
    },
    format: {
      names: ['log.format', 'logs.stdout.format'],
      env: ['TAKT_LOG_FORMAT', 'KONA_LOG_STDOUT_FORMAT', `${op}_FORMAT`],
      value: 'format',
      parse: parseFormat,
      help: 'text, logfmt or json; the names that kona-node and op-node use for these work too',
      shownDefault: 'text',
    },
    color: {
      names: ['log.color'],
      env: ['TAKT_LOG_COLOR', `${op}_COLOR`],
      parse: parseBoolean,
      help: 'colour text logs; without the flag: on a terminal, unless NO_COLOR is set',
    },
    pid: {
      names: ['log.pid'],
      env: ['TAKT_LOG_PID', `${op}_PID`],
      parse: parseBoolean,
      help: 'put the id of the process on every line',
      shownDefault: false,
    },
    quiet: {
      names: ['logs.stdout.quiet'],
      env: ['TAKT_LOG_QUIET', 'KONA_STDOUT_LOG_QUIET'],
      parse: parseBoolean,
      help: 'log nothing',
    },
  } as const satisfies FlagTable<LogOptions>
}

// By number: what kona-node counts with -v. Trace and crit are levels that takt does not have.
const levels: Readonly<Record<string, LogOptions['level']>> = {
  0: 'silent',
  1: 'error',
  2: 'warn',
  3: 'info',
  4: 'debug',
  5: 'debug',
  silent: 'silent',
  crit: 'error',
  error: 'error',
  eror: 'error',
  warn: 'warn',
  info: 'info',
  debug: 'debug',
  dbug: 'debug',
  trace: 'debug',
  trce: 'debug',
}

function parseLevel(text: string, source: string): LogOptions['level'] {
  const level = levels[text.toLowerCase()]
  if (level !== undefined) return level
  throw invalidFlag(source, text, 'error, warn, info or debug')
}

const formats: Readonly<Record<string, LogOptions['format']>> = {
  text: 'text',
  terminal: 'text',
  full: 'text',
  compact: 'text',
  pretty: 'text',
  logfmt: 'logfmt',
  logfmtms: 'logfmt',
  json: 'json',
  jsonms: 'json',
}

function parseFormat(text: string, source: string): LogOptions['format'] {
  const format = formats[text.toLowerCase()]
  if (format !== undefined) return format
  throw invalidFlag(source, text, 'text, logfmt or json')
}
