/**
 * A log line is a fixed sentence and fields: `log.info('Sealed block', { block, txCount })`.
 *
 * `error` wakes a person, `warn` may, `info` is for the operator, `debug` for us.
 */
export interface Logger {
  debug(message: string, fields?: LogFields): void
  info(message: string, fields?: LogFields): void
  warn(message: string, fields?: LogFields): void
  error(message: string, fields?: LogFields): void
  /** The same log with fields that every line carries. */
  child(fields: LogFields): Logger
}

/** Values of a log line. Bigints, hex and errors are written readably. No secrets, no raw peer text. */
export type LogFields = Readonly<Record<string, unknown>>

/** A log that keeps silent. */
export const silentLogger: Logger = {
  debug() {},
  info() {},
  warn() {},
  error() {},
  child: () => silentLogger,
}
