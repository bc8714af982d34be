/**
 * Time, handed in. All waiting in takt goes through a clock, so that a node can run under a virtual one.
 */
export interface Clock {
  /** Milliseconds since the Unix epoch, with fractions. May step when the host's time is set. */
  now(): number
  /**
   * Resolves once `now() >= timeMs`; at once when that is past.
   *
   * @throws the signal's reason when `signal` aborts. No timer is left behind.
   */
  sleepUntil(timeMs: number, signal?: AbortSignal): Promise<void>
  /** Measures durations, for a clock that can be stopped or set ahead: a time-out takes as long as ever then. */
  readonly stopwatch?: Clock
}

/** The time as blocks have it: whole seconds since the Unix epoch. */
export function nowSeconds(clock: Pick<Clock, 'now'>): bigint {
  return BigInt(Math.floor(clock.now() / 1000))
}

/** Resolves after `durationMs`. @throws the signal's reason when `signal` aborts. */
export function sleep(clock: Clock, durationMs: number, signal?: AbortSignal): Promise<void> {
  const stopwatch = clock.stopwatch ?? clock
  return stopwatch.sleepUntil(stopwatch.now() + durationMs, signal)
}

// A timer may fire up to a millisecond early or late; the last stretch is spun on the event loop,
// which serves I/O in between and lands within microseconds on an idle thread.
const spinMs = 3
// Beyond this a timeout overflows; long sleeps are cut and resumed.
const longestTimeoutMs = 0x3fff_ffff

/** The host's clock. */
export const systemClock: Clock = {
  now: () => performance.timeOrigin + performance.now() + clockDriftMs(),
  sleepUntil(timeMs, signal) {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason)
      let timer: NodeJS.Timeout | undefined
      let immediate: NodeJS.Immediate | undefined
      const abort = () => {
        clearTimeout(timer)
        clearImmediate(immediate)
        reject(signal!.reason)
      }
      const check = () => {
        const rest = timeMs - systemClock.now()
        if (rest <= 0) {
          signal?.removeEventListener('abort', abort)
          resolve()
        } else if (rest > spinMs) {
          timer = setTimeout(check, Math.min(rest - spinMs, longestTimeoutMs))
        } else {
          immediate = setImmediate(check)
        }
      }
      signal?.addEventListener('abort', abort, { once: true })
      check()
    })
  },
}

/**
 * What must be added to the monotonic clock to follow the host's wall clock.
 *
 * `performance.now()` has the resolution that scheduling needs but never follows a correction of the
 * wall clock; `Date.now()` follows it in whole milliseconds. A difference of up to 2 ms is rounding.
 */
function clockDriftMs(): number {
  const drift = Date.now() - (performance.timeOrigin + performance.now())
  return Math.abs(drift) <= 2 ? 0 : drift
}
