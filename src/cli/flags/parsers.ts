import { parseDuration } from '../../base/duration.ts'
import type { Address } from '../../base/hex.ts'
import { type FlagParser, invalidFlag } from './flag.ts'

export const parseText: FlagParser<string> = (text) => text

/** A switch: given alone, or with a word for true or false. */
export const parseBoolean: FlagParser<boolean> = (text, source) => {
  const word = text.toLowerCase()
  if (['true', 't', '1', 'yes'].includes(word)) return true
  if (['false', 'f', '0', 'no'].includes(word)) return false
  throw invalidFlag(source, text, 'true or false')
}

export function parseInteger(least: number, most = Number.MAX_SAFE_INTEGER): FlagParser<number> {
  const bounds =
    most === Number.MAX_SAFE_INTEGER ? `of at least ${least}` : `from ${least} to ${most}`
  return (text, source) => {
    const value = Number(text)
    if (/^\d+$/.test(text) && value >= least && value <= most) return value
    throw invalidFlag(source, text, `a whole number ${bounds}`)
  }
}

/** 0 lets the system choose. */
export const parsePort = parseInteger(0, 65535)

/** A duration as op-node writes it (`500ms`, `12s`, `1m30s`, `1h`) in milliseconds; a bare number counts `unitMs`. */
export function parseDurationMs(unitMs: number): FlagParser<number> {
  return (text, source) => {
    if (/^\d+(\.\d+)?$/.test(text)) return Number(text) * unitMs
    const durationMs = parseDuration(text)
    if (durationMs !== undefined) return durationMs
    throw invalidFlag(source, text, 'a duration such as 500ms, 12s or 1m30s')
  }
}

/** Gwei, also with a fraction, as wei. */
export const parseGwei: FlagParser<bigint> = (text, source) => {
  const [, whole, fraction = ''] = /^(\d+)(?:\.(\d{1,9}))?$/.exec(text) ?? []
  if (whole === undefined) throw invalidFlag(source, text, 'an amount in gwei such as 1 or 0.5')
  return BigInt(whole + fraction.padEnd(9, '0'))
}

/** As {@link parseGwei}; 0 stands for no limit. */
export const parseGweiLimit: FlagParser<bigint | undefined> = (text, source) =>
  parseGwei(text, source) || undefined

/** 20 bytes, with the lower case that the rest of takt compares. */
export const parseAddress: FlagParser<Address> = (text, source) => {
  if (/^0x[0-9a-fA-F]{40}$/.test(text)) return text.toLowerCase() as Address
  throw invalidFlag(source, text, 'an address: 0x and 40 hex digits')
}

export function parseChoice<Choice extends string>(choices: readonly Choice[]): FlagParser<Choice> {
  return (text, source) => {
    const choice = choices.find((known) => known === text)
    if (choice !== undefined) return choice
    throw invalidFlag(source, text, `one of ${choices.join(', ')}`)
  }
}

export function parseUrl(...protocols: readonly string[]): FlagParser<string> {
  return (text, source) => {
    // `unix:/path` is a URL of its own kind, and without a host.
    if (URL.canParse(text) && protocols.includes(new URL(text).protocol.slice(0, -1))) return text
    const examples = protocols.map((name) => (name === 'unix' ? 'unix:/…' : `${name}://…`))
    throw invalidFlag(source, text, `a URL (${examples.join(', ')})`)
  }
}

/** Where JSON-RPC is served. */
export const parseRpcUrl = parseUrl('http', 'https', 'ws', 'wss')

export function parseNumber(least: number, most: number): FlagParser<number> {
  return (text, source) => {
    const value = Number(text)
    if (text.trim() !== '' && value >= least && value <= most) return value
    throw invalidFlag(source, text, `a number from ${least} to ${most}`)
  }
}

/** Values joined by commas, at least one, or given by several flags. */
export function parseList<Value>(parse: FlagParser<Value>): FlagParser<readonly Value[]> {
  const parseAll = (text: string, source: string) =>
    text.split(',').map((item) => parse(item.trim(), source))
  return Object.assign(parseAll, { joinsRepeats: true })
}
