import { exitCodes } from '../base/exitCodes.ts'
import { type Clock, sleep } from '../runtime/clock.ts'
import type { CliHost } from './host.ts'

// From the first signal to the end of the process, beside what the command asks for.
const gracePeriodMs = 5_000
// A terminal signals the whole process group and npm passes the signal on: one Ctrl-C arrives twice.
const sameKeypressMs = 500
// The time is waited for in so many parts: the computer may sleep, or hold this process, and none of them passes.
const graceParts = 100

/**
 * Runs a command until it ends or the process is told to stop.
 *
 * The first SIGINT or SIGTERM aborts the command's signal, and the command has five seconds to end. A second one, or
 * the end of the five seconds, ends the process at once. Time in which the process could not run does not count.
 *
 * @param options.lastWorkMs - Time that the command may take for its last work, beside the five seconds.
 * @returns the exit code: 0 for a stop that was asked for, also while the command was still starting.
 */
export async function runUntilStopped(
  run: (signal: AbortSignal) => Promise<void>,
  host: Pick<CliHost, 'clock' | 'onStopSignal' | 'exit' | 'stderr'>,
  options: { readonly lastWorkMs?: number } = {},
): Promise<number> {
  const timeoutMs = gracePeriodMs + (options.lastWorkMs ?? 0)
  const stop = new AbortController()
  const done = new AbortController()
  let firstAtMs: number | undefined

  const endAtOnce = (why: string) => {
    host.stderr.write(`takt: ${why}\n`)
    host.exit(exitCodes.internal)
  }
  const removeListener = host.onStopSignal((name) => {
    const nowMs = host.clock.now()
    if (firstAtMs === undefined) {
      firstAtMs = nowMs
      stop.abort(new Error(`stopped by ${name}`))
      passAwake(host.clock, timeoutMs, done.signal).then(
        () => endAtOnce(`did not stop within ${timeoutMs / 1000} s, ended by force`),
        () => {},
      )
    } else if (nowMs - firstAtMs > sameKeypressMs) {
      endAtOnce(`ended at once by a second ${name}`)
    }
  })

  try {
    await run(stop.signal)
  } catch (error) {
    if (!stop.signal.aborted) throw error
    // What ends because it was told to is no failure; anything else is said, and the stop still counts.
    if (error !== stop.signal.reason) host.stderr.write(`takt: while stopping: ${String(error)}\n`)
  } finally {
    done.abort()
    removeListener()
  }
  return exitCodes.ok
}

async function passAwake(clock: Clock, durationMs: number, signal: AbortSignal): Promise<void> {
  for (let part = 0; part < graceParts; part++) {
    await sleep(clock, durationMs / graceParts, signal)
  }
}
