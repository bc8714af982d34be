/**
 * The forks of the OP Stack, oldest first. Order is meaning: a fork contains all before it.
 *
 * @see https://specs.optimism.io/protocol/superchain-upgrades.html
 */
export const forks = [
  'bedrock',
  'regolith',
  'canyon',
  'delta',
  'ecotone',
  'fjord',
  'granite',
  'holocene',
  'isthmus',
  'jovian',
  'karst',
] as const

/** One of {@link forks}. */
export type Fork = (typeof forks)[number]

/** The forks that a chain schedules; Bedrock is where every chain begins. */
export type ScheduledFork = Exclude<Fork, 'bedrock'>

/** The scheduled forks, oldest first. */
export const scheduledForks: readonly ScheduledFork[] = forks.slice(1) as ScheduledFork[]

/** Timestamp at which each fork activates, seconds; absent when it never does. */
export type ForkTimes = Readonly<Partial<Record<ScheduledFork, bigint>>>

/** Whatever knows its fork times: the rollup config, and the chain config of the execution engine. */
export interface ForkSchedule {
  readonly forkTimes: ForkTimes
}

/** True when the rules of `fork` hold for a block of that timestamp. */
export function isForkActive(schedule: ForkSchedule, fork: Fork, timestamp: bigint): boolean {
  if (fork === 'bedrock') return true
  const time = schedule.forkTimes[fork]
  return time !== undefined && timestamp >= time
}

/**
 * True when `fork` is active at `timestamp` but was not yet at its parent's: the block on which a fork's
 * upgrade transactions run. A chain that starts with a fork never has such a block for it.
 */
export function isForkActivation(
  schedule: ForkSchedule,
  fork: Fork,
  parentTimestamp: bigint,
  timestamp: bigint,
): boolean {
  return isForkActive(schedule, fork, timestamp) && !isForkActive(schedule, fork, parentTimestamp)
}

/** The newest fork that is active at that timestamp. */
export function latestFork(schedule: ForkSchedule, timestamp: bigint): Fork {
  return forks.findLast((fork) => isForkActive(schedule, fork, timestamp)) ?? 'bedrock'
}

/** Fork times that activate `fork` and all before it at `timestamp`, and none after it. */
export function forkTimesUpTo(fork: Fork, timestamp = 0n): ForkTimes {
  const active = scheduledForks.slice(0, forks.indexOf(fork))
  return Object.fromEntries(active.map((name) => [name, timestamp]))
}
