import { type Command, Option } from 'commander'
import { ConfigError } from '../../base/errors.ts'
import { exitCodes } from '../../base/exitCodes.ts'

/** One setting that a command takes from its flags or from the environment. */
export interface Flag<Value> {
  /** Long names without dashes. Help shows the first; the rest are the names that op-node and kona-node use. */
  readonly names: readonly [string, ...string[]]
  /** Variables, the strongest first. An empty variable counts as not set. */
  readonly env: readonly string[]
  /** What help shows in place of a value; absent for a switch, which is given alone or with true or false. */
  readonly value?: string
  readonly parse: FlagParser<Value>
  readonly help: string
  /** Not shown by help. */
  readonly isHidden?: boolean
  /** The default as help shows it. The default itself stands beside the options. */
  readonly shownDefault?: string | number | boolean
}

/** Reads a value; `source` is the flag or variable that gave it. */
export interface FlagParser<Value> {
  (text: string, source: string): Value
  /** A flag that is given several times means all of its values, joined by commas. */
  readonly joinsRepeats?: boolean
}

/** Flags by the field of the options that they fill in. */
export type FlagTable<Options> = { readonly [Field in keyof Options]?: Flag<Options[Field]> }

/** Environment variables by name. */
export type Environment = Readonly<Record<string, string | undefined>>

/** A table of any options. */
export type AnyFlagTable = Readonly<Record<string, Flag<unknown>>>

/** What flags and environment gave, by field. What was not given is absent. */
export type FlagValues<Table> = {
  -readonly [Field in keyof Table]?: Table[Field] extends Flag<infer Value> ? Value : never
}

/** Adds a table to a command, under a heading of its help. */
export function addFlags(command: Command, heading: string, table: AnyFlagTable): void {
  for (const flag of Object.values(table)) {
    const [first, ...aliases] = flag.names
    command.addOption(
      optionFor(flag, first)
        .helpGroup(heading)
        .hideHelp(flag.isHidden ?? false),
    )
    // In the group too: commander orders groups by all options, hidden ones included.
    for (const alias of aliases) {
      command.addOption(optionFor(flag, alias).helpGroup(heading).hideHelp())
    }
  }
}

/**
 * Reads the fields of a table: a flag is stronger than any variable.
 *
 * @throws {ConfigError} `FLAG_VALUE` on a value that cannot be read, `FLAG_CONFLICT` when two names of one flag
 *   are given with different values.
 */
export function readFlags<Table extends AnyFlagTable>(
  command: Command,
  table: Table,
  env: Environment,
): FlagValues<Table> {
  const values: Record<string, unknown> = {}
  for (const [field, flag] of Object.entries(table)) {
    const given = givenByFlag(command, flag) ?? givenByEnvironment(flag, env)
    if (given !== undefined) values[field] = flag.parse(given.text, given.source)
  }
  return values as FlagValues<Table>
}

/** The value of a flag that has no default. @throws {ConfigError} `FLAG_MISSING` */
export function required<Value>(value: Value | undefined, flag: Flag<Value>): Value {
  if (value !== undefined) return value
  const [name] = flag.names
  throw new ConfigError(exitCodes.usage, 'FLAG_MISSING', `--${name} is required`, {
    context: { flag: name },
    metaMessages: [`give --${name} <${flag.value}>, or set ${flag.env.join(' or ')}`],
  })
}

/** The error of a parser. `wanted` completes "expected …". */
export function invalidFlag(source: string, text: string, wanted: string): ConfigError {
  return new ConfigError(
    exitCodes.usage,
    'FLAG_VALUE',
    `${source}: expected ${wanted}, got ${JSON.stringify(text)}`,
    { context: { source } },
  )
}

interface Given {
  readonly text: string
  readonly source: string
}

function givenByFlag(command: Command, flag: Flag<unknown>): Given | undefined {
  const given = flag.names.flatMap((name) => {
    const value: unknown = command.getOptionValue(name)
    return value === undefined ? [] : [{ text: String(value), source: `--${name}` }]
  })
  const [first, other] = given
  if (first !== undefined && other !== undefined && first.text !== other.text) {
    throw new ConfigError(
      exitCodes.usage,
      'FLAG_CONFLICT',
      `${first.source} and ${other.source} are one flag, given with two values`,
      { metaMessages: [`give one of them`] },
    )
  }
  return first
}

function givenByEnvironment(flag: Flag<unknown>, env: Environment): Given | undefined {
  for (const name of flag.env) {
    const text = env[name]
    if (text !== undefined && text !== '') return { text, source: name }
  }
  return undefined
}

function optionFor(flag: Flag<unknown>, name: string): Option {
  const [variable, ...otherVariables] = flag.env
  const notes = [
    ...(flag.shownDefault === undefined ? [] : [`default ${flag.shownDefault}`]),
    ...(variable === undefined ? [] : [`env ${[variable, ...otherVariables].join(', ')}`]),
  ]
  const help = notes.length === 0 ? flag.help : `${flag.help} (${notes.join('; ')})`
  const value = flag.value === undefined ? '[boolean]' : `<${flag.value}>`
  const option = new Option(`--${name} ${value}`, help)
  // Commander would make `l1.trust-rpc` into `l1.trustRpc`; values are kept by the name that was typed.
  option.attributeName = () => name
  if (flag.parse.joinsRepeats) option.argParser(joined)
  // And would take a name that begins with `no-` for the opposite of another flag.
  option.negate = false
  return option
}

function joined(text: string, before: string | undefined): string {
  return before === undefined ? text : `${before},${text}`
}
