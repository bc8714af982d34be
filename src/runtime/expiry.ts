import { type Clock, sleep } from './clock.ts'
import { withLinkedSignal } from './linkedSignal.ts'

/**
 * Runs a task whose signal aborts after `durationMs`, and waits until the task has ended: it must heed its signal.
 *
 * @param reason - What the signal aborts with when the time is up.
 */
export async function withExpiry<T>(
  clock: Clock,
  durationMs: number,
  reason: () => Error,
  task: (signal: AbortSignal) => Promise<T>,
  signal: AbortSignal | undefined,
): Promise<T> {
  const expired = new AbortController()
  const ended = new AbortController()
  sleep(clock, durationMs, ended.signal).then(
    () => expired.abort(reason()),
    () => undefined,
  )
  try {
    return await withLinkedSignal([signal, expired.signal], task)
  } finally {
    ended.abort()
  }
}
