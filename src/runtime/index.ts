/** Clock and log, as every long-running part takes them. */

export { type Clock, sleep, systemClock } from './clock.ts'
export { type LogFields, type Logger, silentLogger } from './logger.ts'
export type { Colors, LogLevel } from './logLine.ts'
export type { Random } from './random.ts'
export { createRateLimitedLogger, type RateLimitOptions } from './rateLimitedLogger.ts'
export {
  createStreamLogger,
  type StreamLoggerDeps,
  type StreamLoggerOptions,
} from './streamLogger.ts'
