import { ConfigError } from '../../base/errors.ts'
import { exitCodes } from '../../base/exitCodes.ts'
import type { Clock } from '../../runtime/clock.ts'
import type { Random } from '../../runtime/random.ts'
import { retry } from '../../runtime/retry.ts'

/**
 * Runs a task that begins a server anew on the port that it had.
 *
 * The port is nobody's meanwhile, and the operating system may have lent it to a connection of any program: it is
 * waited for, some twenty seconds at most.
 *
 * @throws what the task throws.
 */
export function onSamePort<T>(
  task: () => Promise<T>,
  deps: { readonly clock: Clock; readonly random: Random },
  signal?: AbortSignal,
): Promise<T> {
  return retry(task, isPortTaken, patience, deps, signal)
}

const patience = { maxAttempts: 25, baseDelayMs: 100, maxDelayMs: 1_000 }

function isPortTaken(error: unknown): boolean {
  return error instanceof ConfigError && error.exitCode === exitCodes.portTaken
}
