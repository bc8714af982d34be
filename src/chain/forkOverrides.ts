import { ConfigError } from '../base/errors.ts'
import { exitCodes } from '../base/exitCodes.ts'
import { type ScheduledFork, scheduledForks } from './forks.ts'
import type { RollupConfig } from './rollupConfig.ts'
import { rollupConfigProblems } from './rollupConfigProblems.ts'

/** Fork times in place of those that a chain has, by fork; `pectraBlobSchedule` is an L1 timestamp. Seconds. */
export type ForkOverrides = Readonly<Partial<Record<OverridableFork, bigint>>>

/** A fork whose time may be overridden. */
export type OverridableFork = Exclude<ScheduledFork, 'regolith'> | 'pectraBlobSchedule'

/** Regolith is not among them: each chain has had it from genesis on. */
export const overridableForks: readonly OverridableFork[] = [
  ...scheduledForks.filter(
    (fork): fork is Exclude<ScheduledFork, 'regolith'> => fork !== 'regolith',
  ),
  'pectraBlobSchedule',
]

/**
 * The chain as if its forks were at other times.
 *
 * @throws {ConfigError} `FORK_OVERRIDE` when the forks are out of order then.
 */
export function overrideForks(config: RollupConfig, overrides: ForkOverrides): RollupConfig {
  const { pectraBlobSchedule = config.pectraBlobScheduleTime, ...forkTimes } = overrides
  const overridden = {
    ...config,
    forkTimes: { ...config.forkTimes, ...forkTimes },
    pectraBlobScheduleTime: pectraBlobSchedule,
  }
  const [problem, ...others] = rollupConfigProblems(overridden)
  if (problem === undefined) return overridden
  throw new ConfigError(exitCodes.usage, 'FORK_OVERRIDE', `forks as overridden: ${problem}`, {
    alsoWrong: others,
  })
}
