import { ChainError } from '../base/errors.ts'
import { type Clock, sleep } from './clock.ts'

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
  const own = new AbortController()
  const abort = () => own.abort(signal!.reason)
  signal?.addEventListener('abort', abort, { once: true })
  const timer = new AbortController()
  const { promise: aborted, reject } = Promise.withResolvers<never>()
  own.signal.addEventListener('abort', () => reject(own.signal.reason), { once: true })
  sleep(clock, durationMs, timer.signal).then(
    () => own.abort(timedOut(what, durationMs)),
    () => undefined,
  )
  try {
    return await Promise.race([task(own.signal), aborted])
  } finally {
    timer.abort()
    signal?.removeEventListener('abort', abort)
  }
}

function timedOut(what: string, durationMs: number): ChainError {
  return new ChainError('temporary', 'TIMEOUT', `${what} took longer than ${durationMs} ms`, {
    context: { durationMs },
  })
}
