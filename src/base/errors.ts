/**
 * How the driver must answer an error. Decided where the meaning is known, acted on in one place.
 *
 * - `temporary`: the same call may work later. Retry with backoff.
 * - `reset`: our view of L1 or of the engine moved. Rewind to a common ancestor.
 * - `critical`: our own rules do not hold. Stop, and say why.
 */
export type Severity = 'temporary' | 'reset' | 'critical'

/** What every error of takt carries beside its message. */
export interface TaktErrorOptions {
  /** Values that explain the error: numbers, hashes, names. Never secrets. */
  readonly context?: Readonly<Record<string, unknown>>
  readonly cause?: unknown
  /** Other faults of the same kind, where one is told and several were found. */
  readonly alsoWrong?: readonly string[]
  /** For people: what to try, one sentence each. */
  readonly metaMessages?: readonly string[]
  /** Page of the documentation that explains the error, relative to the repository. */
  readonly docsPath?: string
}

/**
 * Base of all errors that takt throws.
 *
 * `code` is stable and meant for machines; `shortMessage` names the value and the rule it broke.
 */
export class TaktError extends Error {
  readonly code: string
  readonly shortMessage: string
  readonly context: Readonly<Record<string, unknown>>
  readonly alsoWrong: readonly string[]
  readonly metaMessages: readonly string[]
  readonly docsPath: string | undefined

  constructor(code: string, shortMessage: string, options: TaktErrorOptions = {}) {
    const { alsoWrong = [], metaMessages = [] } = options
    super([shortMessage, ...alsoWrong, ...metaMessages].join('\n'), { cause: options.cause })
    this.name = new.target.name
    this.code = code
    this.shortMessage = shortMessage
    this.context = options.context ?? {}
    this.alsoWrong = alsoWrong
    this.metaMessages = metaMessages
    this.docsPath = options.docsPath
  }
}

/** What to try where nothing but a fault of takt itself explains an error. */
export const faultOfTakt =
  'This is a fault of takt: please report it with the log around it, then start it again.'

/** Bytes or JSON that break a format. Carries no severity: whoever read the bytes decides what that means. */
export class DecodeError extends TaktError {}

/** An error whose meaning to the chain is known. Only `driver` acts on `severity`. */
export class ChainError extends TaktError {
  readonly severity: Severity

  constructor(severity: Severity, code: string, shortMessage: string, options?: TaktErrorOptions) {
    super(code, shortMessage, options)
    this.severity = severity
  }
}

/** The severity of any thrown value. What we did not foresee is critical. */
export function severityOf(error: unknown): Severity {
  return error instanceof ChainError ? error.severity : 'critical'
}

/**
 * A wrong flag, file, key or endpoint, found before the node starts or while it starts.
 *
 * `exitCode` is what the command line ends with; README.md lists the codes.
 */
export class ConfigError extends TaktError {
  readonly exitCode: number

  constructor(exitCode: number, code: string, shortMessage: string, options?: TaktErrorOptions) {
    super(code, shortMessage, options)
    this.exitCode = exitCode
  }
}

/** One line about any thrown value. */
export function shortMessageOf(error: unknown): string {
  if (error instanceof TaktError) return error.shortMessage
  return error instanceof Error ? error.message : String(error)
}
