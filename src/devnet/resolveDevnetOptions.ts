import { ConfigError } from '../base/errors.ts'
import { exitCodes } from '../base/exitCodes.ts'
import { withoutUndefined } from '../base/withoutUndefined.ts'
import { forks, type ScheduledFork } from '../chain/forks.ts'
import {
  type DevnetOptions,
  defaultDevnetOptions,
  fieldName,
  type OptionName,
  portOptions,
  proposalKinds,
} from './options.ts'

/**
 * Fills in defaults and checks what was given.
 *
 * @throws {ConfigError} `DEVNET_OPTION` that names the option and its bounds.
 */
export function resolveDevnetOptions(
  given: Partial<DevnetOptions>,
  nameOf: OptionName = fieldName,
): DevnetOptions {
  const options = { ...defaultDevnetOptions, ...withoutUndefined(given) }
  for (const { option, rule } of brokenRules(options)) {
    throw new ConfigError(exitCodes.usage, 'DEVNET_OPTION', `${nameOf(option)}: ${rule}`, {
      context: { option },
    })
  }
  return options
}

interface BrokenRule {
  readonly option: keyof DevnetOptions
  /** The value, and what it should have been. */
  readonly rule: string
}

// Seeds become seconds, which must not carry the chain too far from today.
const maxSeed = 1_000_000

function* brokenRules(options: DevnetOptions): Generator<BrokenRule> {
  for (const port of portOptions) yield* integer(port, options[port], 0, 65535)
  yield* integer('blockTime', options.blockTime, 1, 60)
  yield* integer('l1BlockTime', options.l1BlockTime, options.blockTime, 60)
  yield* integer('l1ChainId', options.l1ChainId, 1, Number.MAX_SAFE_INTEGER)
  yield* integer('l2ChainId', options.l2ChainId, 1, Number.MAX_SAFE_INTEGER)
  yield* integer('accounts', options.accounts, 1, 100)
  yield* integer('seqWindowSize', options.seqWindowSize, 4, 1_000_000)
  yield* integer('channelTimeout', options.channelTimeout, 2, 1_000_000)
  yield* integer('maxSequencerDrift', options.maxSequencerDrift, options.l1BlockTime, 1_000_000)
  // What the SystemConfig contract admits.
  yield* integer('gasLimit', options.gasLimit, 21_000_000, 500_000_000)
  const { seed, genesisTime } = options
  if (seed !== undefined) yield* integer('seed', seed, 0, maxSeed)
  if (genesisTime !== undefined) yield* integer('genesisTime', genesisTime, 1_000_000, 2 ** 40)
  if (options.l1ChainId === options.l2ChainId) {
    yield { option: 'l2ChainId', rule: `L1 and L2 must differ, both are ${options.l2ChainId}` }
  }
  // Blocks of Bedrock are not made any more.
  yield* choice('fork', options.fork, forks.slice(1))
  yield* upgrades(options)
  for (const address of options.fund) {
    if (!/^0x[0-9a-fA-F]{40}$/.test(address)) {
      yield { option: 'fund', rule: `${address} is no address` }
    }
  }
  yield* choice('proposals', options.proposals, proposalKinds)
}

/** Forks follow each other; none is left out. */
function* upgrades({ fork, upgrades }: DevnetOptions): Generator<BrokenRule> {
  const names = Object.keys(upgrades)
  const known = forks.slice(forks.indexOf(fork) + 1)
  const strange = names.find((name) => !(known as readonly string[]).includes(name))
  if (strange !== undefined) {
    const list = known.length === 0 ? 'there is none' : `there are ${known.join(', ')}`
    yield { option: 'upgrades', rule: `${strange} is no fork after ${fork}: ${list}` }
  }
  let before = 1
  for (const [index, name] of known.slice(0, names.length).entries()) {
    const seconds = upgrades[name as ScheduledFork]
    if (seconds === undefined) {
      const rule = `${known[index]} is missing: forks activate in their order`
      yield { option: 'upgrades', rule }
    } else {
      yield* integer('upgrades', seconds, before, 2 ** 31)
      before = seconds
    }
  }
}

function* integer(
  option: keyof DevnetOptions,
  value: number,
  least: number,
  most: number,
): Generator<BrokenRule> {
  if (Number.isInteger(value) && value >= least && value <= most) return
  yield { option, rule: `${value} is not a whole number from ${least} to ${most}` }
}

function* choice(
  option: keyof DevnetOptions,
  value: string,
  known: readonly string[],
): Generator<BrokenRule> {
  if (!known.includes(value)) yield { option, rule: `${value} is not one of ${known.join(', ')}` }
}
