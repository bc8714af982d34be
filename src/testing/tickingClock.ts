import type { Clock } from '../runtime/clock.ts'

/**
 * A clock that is `stepMs` further at every look: work that looks at the time takes as long everywhere, whatever the
 * host. Nobody can sleep by it.
 */
export function tickingClock(stepMs = 1): Clock {
  let nowMs = 0
  return {
    now: () => {
      nowMs += stepMs
      return nowMs
    },
    sleepUntil: () => Promise.reject(new Error('a ticking clock wakes nobody')),
  }
}
