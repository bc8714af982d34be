import { type Logger, silentLogger } from '../runtime/logger.ts'
import { createRateLimitedLogger } from '../runtime/rateLimitedLogger.ts'
import { createStreamLogger } from '../runtime/streamLogger.ts'
import type { LogOptions } from './flags/logFlags.ts'
import { type CliHost, colorsFor } from './host.ts'

/** A fault that lasts is logged once in this time, with a count. */
const repeatWindowMs = 10_000

/** The log of a command: to stderr, with repeats held back. */
export function createLog(given: Partial<LogOptions>, host: CliHost): Logger {
  const { level = 'info', format = 'text', quiet = false, pid = false } = given
  if (quiet || level === 'silent') return silentLogger
  const colors = colorsFor(host.stderr, host.env, given.color)
  const logger = createStreamLogger(
    { level, format, colors },
    { write: host.stderr.write, clock: host.clock },
  )
  const limited = createRateLimitedLogger(
    { windowMs: repeatWindowMs },
    { logger, clock: host.clock },
  )
  return pid ? limited.child({ pid: process.pid }) : limited
}
