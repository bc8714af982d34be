import type { EmbeddedEngine } from '../../execution/worker/client.ts'
import type { Clock } from '../../runtime/clock.ts'
import type { Logger } from '../../runtime/logger.ts'
import type { Random } from '../../runtime/random.ts'
import { retry } from '../../runtime/retry.ts'

/**
 * Starts the embedded engine again whenever it dies, until `signal` aborts.
 *
 * The node above it sees calls fail as temporary, and goes on where the engine's database ends.
 *
 * @throws the signal's reason when it aborts.
 */
export async function keepEngineRunning(
  engine: Pick<EmbeddedEngine, 'onExit' | 'restart'>,
  deps: {
    readonly clock: Clock
    readonly random: Random
    readonly logger: Logger
    /** False while it is to stay dead. */
    readonly isWanted: () => boolean
  },
  signal: AbortSignal,
): Promise<never> {
  let wake = Promise.withResolvers<void>()
  signal.addEventListener('abort', () => wake.resolve(), { once: true })
  engine.onExit(() => wake.resolve())
  for (;;) {
    await wake.promise
    wake = Promise.withResolvers()
    if (!signal.aborted && !deps.isWanted()) continue
    await retry(() => engine.restart(), noteFailure, restarts, deps, signal)
    deps.logger.info('Restarted the embedded engine')
  }

  function noteFailure(error: unknown): true {
    deps.logger.error('Could not restart the embedded engine', { error })
    return true
  }
}

const restarts = { maxAttempts: Number.POSITIVE_INFINITY, baseDelayMs: 200, maxDelayMs: 10_000 }
