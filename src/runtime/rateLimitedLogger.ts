import { TaktError } from '../base/errors.ts'
import type { Clock } from './clock.ts'
import type { LogFields, Logger } from './logger.ts'

export interface RateLimitOptions {
  /** A warning or error that repeats is written at most once in this time. */
  readonly windowMs: number
}

/**
 * Keeps a fault that repeats from flooding the log.
 *
 * Warnings and errors of the same sentence, the same error code and the same child are one series. Its first line
 * is written at once; what follows within the window is counted, and the latest of it is written with `repeats`
 * when the window is over. `info` and `debug` pass: they tell progress, not faults.
 *
 * No timer: a window that is over is noticed with the next line of any series or level.
 */
export function createRateLimitedLogger(
  options: RateLimitOptions,
  deps: { readonly logger: Logger; readonly clock: Pick<Clock, 'now'> },
): Logger {
  const series = new Map<string, Series>()

  const closeWindows = (nowMs: number) => {
    for (const [key, { endsAtMs, repeats, writeLatest }] of series) {
      // Windows have one length, so the map is in the order in which they end.
      if (endsAtMs > nowMs) break
      series.delete(key)
      if (repeats === 0) continue
      writeLatest?.(repeats)
      series.set(key, { endsAtMs: nowMs + options.windowMs, repeats: 0, writeLatest: undefined })
    }
  }

  const wrap = (logger: Logger, scope: string): Logger => {
    const pass = (level: 'debug' | 'info') => (message: string, fields?: LogFields) => {
      closeWindows(deps.clock.now())
      logger[level](message, fields)
    }
    const limit = (level: 'warn' | 'error') => (message: string, fields?: LogFields) => {
      const nowMs = deps.clock.now()
      closeWindows(nowMs)
      const key = [level, scope, message, errorCode(fields)].join('\n')
      const open = series.get(key)
      if (open !== undefined) {
        open.repeats++
        open.writeLatest = (repeats) => logger[level](message, { ...fields, repeats })
        return
      }
      series.set(key, { endsAtMs: nowMs + options.windowMs, repeats: 0, writeLatest: undefined })
      logger[level](message, fields)
    }
    return {
      debug: pass('debug'),
      info: pass('info'),
      warn: limit('warn'),
      error: limit('error'),
      child: (fields) =>
        wrap(logger.child(fields), `${scope} ${Object.values(fields).map(String).join(' ')}`),
    }
  }
  return wrap(deps.logger, '')
}

interface Series {
  readonly endsAtMs: number
  /** Lines held back since the window opened. */
  repeats: number
  writeLatest: ((repeats: number) => void) | undefined
}

function errorCode(fields: LogFields | undefined): string {
  const error = fields?.['error']
  return error instanceof TaktError ? error.code : ''
}
