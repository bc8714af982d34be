import type pico from 'picocolors'
import type { Loggable } from './loggable.ts'

/** What paints text: picocolors, on or off. */
export type Colors = ReturnType<typeof pico.createColors>

/** The least important first. */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error'

/** One log line before it is written out. */
export interface LogRecord {
  readonly level: LogLevel
  /** ISO 8601 in UTC, with milliseconds. */
  readonly time: string
  readonly message: string
  readonly fields: { readonly [key: string]: Loggable }
}

/** For people: time of day, level, sentence, then the fields. Stacks follow on lines of their own. */
export function formatText(record: LogRecord, colors: Colors): string {
  const paint = { debug: colors.gray, info: colors.green, warn: colors.yellow, error: colors.red }
  const time = colors.gray(record.time.slice(11, 23))
  const level = paint[record.level](record.level.toUpperCase().padEnd(5))
  const stacks: string[] = []
  const fields = Object.entries(record.fields)
    .map(([key, value]) => ` ${colors.cyan(`${key}=`)}${textValue(value, stacks)}`)
    .join('')
  const lines = [`${time} ${level} ${record.message.padEnd(fields === '' ? 0 : 32)}${fields}`]
  for (const stack of stacks) lines.push(colors.gray(stack.replace(/^/gm, '    ')))
  return `${lines.join('\n')}\n`
}

/** For log collectors: `t=… lvl=… msg=… key=value`, nested fields joined by dots. */
export function formatLogfmt(record: LogRecord): string {
  const pairs = [`t=${record.time}`, `lvl=${record.level}`, `msg=${quote(record.message)}`]
  const add = (key: string, value: Loggable) => {
    if (isRecord(value)) {
      for (const [inner, item] of Object.entries(value)) add(`${key}.${inner}`, item)
    } else if (Array.isArray(value)) {
      pairs.push(`${key}=${quote(JSON.stringify(value))}`)
    } else {
      pairs.push(`${key}=${quote(String(value))}`)
    }
  }
  for (const [key, value] of Object.entries(record.fields)) add(key, value)
  return `${pairs.join(' ')}\n`
}

/** For machines: one JSON object a line. */
export function formatJson(record: LogRecord): string {
  const { level, time, message, fields } = record
  return `${JSON.stringify({ ...fields, level, time, msg: message })}\n`
}

function textValue(value: Loggable, stacks: string[]): string {
  if (!isRecord(value)) return Array.isArray(value) ? JSON.stringify(value) : quote(String(value))
  const { hash, number, stack, ...rest } = value
  // A block: the number says where it is, the ends of the hash which one.
  if (typeof hash === 'string' && number !== undefined) {
    return `${String(number)}:${hash.slice(0, 8)}…${hash.slice(-4)}`
  }
  if (typeof stack === 'string') {
    stacks.push(stack)
    return textValue(rest, stacks)
  }
  const shown = stack === undefined ? value : rest
  const inner = Object.entries(shown).map(([key, item]) => `${key}=${textValue(item, stacks)}`)
  return `{${inner.join(' ')}}`
}

function quote(text: string): string {
  return /^[^\s"=]+$/.test(text) ? text : JSON.stringify(text)
}

function isRecord(value: Loggable): value is { readonly [key: string]: Loggable } {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
