import pico from 'picocolors'
import { type Clock, systemClock } from '../runtime/clock.ts'
import type { Colors } from '../runtime/logLine.ts'
import type { Environment } from './flags/flag.ts'

/** What the command line touches of the process that it runs in. */
export interface CliHost {
  readonly env: Environment
  readonly stdout: Output
  readonly stderr: Output
  readonly clock: Clock
  /** Calls back on every SIGINT and SIGTERM, until the returned function is called. */
  readonly onStopSignal: (listener: (name: 'SIGINT' | 'SIGTERM') => void) => () => void
  /** Ends the process at once. */
  readonly exit: (code: number) => void
}

export interface Output {
  readonly isTerminal: boolean
  readonly write: (text: string) => void
}

/** This process. */
export function processHost(): CliHost {
  return {
    env: process.env,
    stdout: output(process.stdout),
    stderr: output(process.stderr),
    clock: systemClock,
    onStopSignal(listener) {
      process.on('SIGINT', listener)
      process.on('SIGTERM', listener)
      return () => {
        process.off('SIGINT', listener)
        process.off('SIGTERM', listener)
      }
    },
    exit: (code) => process.exit(code),
  }
}

/**
 * Colours for an output: on a terminal, unless NO_COLOR is set or the terminal is a dumb one. FORCE_COLOR wins.
 *
 * @see https://no-color.org
 */
export function colorsFor(output: Output, env: Environment, wanted?: boolean): Colors {
  const { NO_COLOR, FORCE_COLOR, TERM } = env
  const byDefault = FORCE_COLOR
    ? FORCE_COLOR !== '0'
    : output.isTerminal && !NO_COLOR && TERM !== 'dumb'
  return pico.createColors(wanted ?? byDefault)
}

function output(stream: NodeJS.WriteStream): Output {
  // A reader that went away (`takt devnet | head`) is no reason to stop the chain.
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
  })
  return { isTerminal: stream.isTTY === true, write: (text) => stream.write(text) }
}
