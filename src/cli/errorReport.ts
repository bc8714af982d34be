import { CommanderError } from 'commander'
import { ConfigError, TaktError } from '../base/errors.ts'
import { exitCodes } from '../base/exitCodes.ts'
import { loggable } from '../runtime/loggable.ts'
import type { Colors } from '../runtime/logLine.ts'

/** The exit code that an error ends the command with. */
export function exitCodeOf(error: unknown): number {
  if (error instanceof ConfigError) return error.exitCode
  // Help that was asked for ends with 0 in Commander's own counting, too.
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage
  return exitCodes.internal
}

/** An error for people: what is wrong, and what else, what to try, where to read on, and what lies behind it. */
export function formatErrorText(error: unknown, colors: Colors): string {
  const { code, message, alsoWrong, metaMessages, docsPath } = describe(error)
  const lines = [`${colors.red(colors.bold('error'))} ${colors.gray(code)} ${message}`]
  for (const fault of alsoWrong) lines.push(`  ${colors.red('also:')} ${fault}`)
  for (const advice of metaMessages) lines.push(`  ${colors.cyan('try:')} ${advice}`)
  if (docsPath !== undefined) lines.push(`  ${colors.cyan('docs:')} ${docsPath}`)
  for (const text of news(message, causesOf(error))) {
    lines.push(colors.gray(`  because: ${text}`))
  }
  if (isUnforeseen(error)) {
    lines.push(colors.gray(String((error as Error).stack ?? error).replace(/^/gm, '    ')))
    lines.push(
      '  This is a fault of takt, not of your set-up. Please report it with the lines above.',
    )
  }
  return `${lines.join('\n')}\n`
}

/** The same as one line of JSON. */
export function formatErrorJson(error: unknown): string {
  const { code, message, alsoWrong, metaMessages, docsPath } = describe(error)
  const report = {
    level: 'error',
    code,
    msg: message,
    exitCode: exitCodeOf(error),
    also: alsoWrong.length > 0 ? alsoWrong : undefined,
    try: metaMessages,
    docs: docsPath,
    error: isUnforeseen(error) ? loggable(error) : undefined,
    causes: causesOf(error).map((cause) => describe(cause).message),
  }
  return `${JSON.stringify(report)}\n`
}

interface Description {
  readonly code: string
  readonly message: string
  readonly alsoWrong: readonly string[]
  readonly metaMessages: readonly string[]
  readonly docsPath: string | undefined
}

function describe(error: unknown): Description {
  if (error instanceof TaktError) {
    const { code, shortMessage: message, alsoWrong, metaMessages, docsPath } = error
    return { code, message, alsoWrong, metaMessages, docsPath }
  }
  if (error instanceof CommanderError) return describeUsage(error)
  const message = error instanceof Error ? error.message : String(error)
  return { code: 'INTERNAL', message, alsoWrong: [], metaMessages: [], docsPath: undefined }
}

/** Commander's own words, with its suggestion moved to the advice. */
function describeUsage(error: CommanderError): Description {
  const [first = '', ...rest] = error.message.replace(/^error: /, '').split('\n')
  const suggestions = rest.map((line) => line.replace(/^\((.*)\)$/, '$1')).filter(Boolean)
  return {
    code: 'USAGE',
    message: first,
    alsoWrong: [],
    metaMessages: [...suggestions, 'add --help for all flags'],
    docsPath: undefined,
  }
}

function isUnforeseen(error: unknown): boolean {
  return !(error instanceof TaktError || error instanceof CommanderError)
}

/** What causes tell beyond what was said before them. */
function news(message: string, causes: readonly unknown[]): string[] {
  const told = [message]
  return causes.flatMap((cause) => {
    const text = describe(cause).message
    const isNew = !told.some((before) => before.includes(text))
    told.push(text)
    return isNew ? [text] : []
  })
}

function causesOf(error: unknown): unknown[] {
  const causes: unknown[] = []
  let cause = error instanceof Error ? error.cause : undefined
  // A cause may name its own effect; nobody reads more than a few.
  while (cause !== undefined && causes.length < 5) {
    causes.push(cause)
    cause = cause instanceof Error ? cause.cause : undefined
  }
  return causes
}
