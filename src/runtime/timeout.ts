import { ChainError } from '../base/errors.ts'
import type { Clock } from './clock.ts'
import { withExpiry } from './expiry.ts'
import { orAbort } from './orAbort.ts'

/**
 * Runs a task that must end within `durationMs`.
 *
 * The task's signal aborts when the time is up or `signal` aborts; the promise settles then even if
 * the task pays no heed.
 *
 * @throws {ChainError} `temporary` `TIMEOUT` when the time is up; the signal's reason when it aborts.
 */
export async function withTimeout<T>(
  clock: Clock,
  durationMs: number,
  what: string,
  task: (signal: AbortSignal) => Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  signal?.throwIfAborted()
  const heeded = (inner: AbortSignal) => orAbort(task(inner), inner)
  return withExpiry(clock, durationMs, () => timedOut(what, durationMs), heeded, signal)
}

function timedOut(what: string, durationMs: number): ChainError {
  return new ChainError('temporary', 'TIMEOUT', `${what} took longer than ${durationMs} ms`, {
    context: { durationMs },
  })
}
