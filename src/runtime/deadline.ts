import { TaktError } from '../base/errors.ts'
import { type Clock, sleep } from './clock.ts'
import { withLinkedSignal } from './linkedSignal.ts'

/**
 * Runs a task with a signal that aborts with {@link DeadlineError} after `timeoutMs`, or with the
 * outer signal's reason when that aborts. The task must heed the signal: it is not abandoned.
 */
export async function withDeadline<T>(
  timeoutMs: number,
  clock: Clock,
  outer: AbortSignal | undefined,
  task: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const deadline = new AbortController()
  const done = new AbortController()
  sleep(clock, timeoutMs, done.signal).then(
    () => deadline.abort(new DeadlineError(timeoutMs)),
    () => undefined,
  )
  try {
    return await withLinkedSignal([outer, deadline.signal], task)
  } finally {
    done.abort(finished)
  }
}

/** The reason of a signal that aborted because time was up. */
export class DeadlineError extends TaktError {
  readonly timeoutMs: number

  constructor(timeoutMs: number) {
    super('DEADLINE', `took longer than ${timeoutMs} ms`, { context: { timeoutMs } })
    this.timeoutMs = timeoutMs
  }
}

// A shared reason spares building an exception with a stack on every call that ends in time.
const finished = new Error('the task ended before its deadline')
