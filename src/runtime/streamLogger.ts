import type { Clock } from './clock.ts'
import { type Loggable, loggable } from './loggable.ts'
import type { LogFields, Logger } from './logger.ts'
import {
  type Colors,
  formatJson,
  formatLogfmt,
  formatText,
  type LogLevel,
  type LogRecord,
} from './logLine.ts'

export interface StreamLoggerOptions {
  /** The least important level that is written. */
  readonly level: LogLevel
  readonly format: 'text' | 'logfmt' | 'json'
  /** Used by `text` alone. */
  readonly colors: Colors
}

export interface StreamLoggerDeps {
  /** Takes whole lines, each with its line break. */
  readonly write: (line: string) => void
  readonly clock: Pick<Clock, 'now'>
}

/** Writes log lines to a stream. What lies below the level costs one comparison. */
export function createStreamLogger(options: StreamLoggerOptions, deps: StreamLoggerDeps): Logger {
  const format = {
    text: (record: LogRecord) => formatText(record, options.colors),
    logfmt: formatLogfmt,
    json: formatJson,
  }[options.format]
  const least = severities.indexOf(options.level)

  const create = (bound: Readonly<Record<string, Loggable>>): Logger => {
    const at = (level: LogLevel) => {
      if (severities.indexOf(level) < least) return () => {}
      return (message: string, fields: LogFields = {}) => {
        const time = new Date(deps.clock.now()).toISOString()
        deps.write(format({ level, time, message, fields: { ...bound, ...toLoggable(fields) } }))
      }
    }
    return {
      debug: at('debug'),
      info: at('info'),
      warn: at('warn'),
      error: at('error'),
      child: (fields) => create({ ...bound, ...toLoggable(fields) }),
    }
  }
  return create({})
}

const severities: readonly LogLevel[] = ['debug', 'info', 'warn', 'error']

function toLoggable(fields: LogFields): Readonly<Record<string, Loggable>> {
  const out: Record<string, Loggable> = {}
  for (const [key, value] of Object.entries(fields)) {
    if (value !== undefined) out[key] = loggable(value)
  }
  return out
}
