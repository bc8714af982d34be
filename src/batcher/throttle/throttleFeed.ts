import type { Clock } from '../../runtime/clock.ts'
import type { Logger } from '../../runtime/logger.ts'
import type { TaskGroup } from '../../runtime/taskGroup.ts'
import type { BlockBuilder, DataLimits } from '../interface.ts'

export interface ThrottleFeedDeps {
  readonly builders: readonly BlockBuilder[]
  readonly clock: Clock
  readonly logger: Logger
  readonly tasks: TaskGroup
}

// An engine that was restarted knows no limits.
const repeatMs = 10_000

/** Keeps block builders informed of their limits, without waiting for them. */
export class ThrottleFeed {
  readonly #deps: ThrottleFeedDeps
  readonly #told = new Map<BlockBuilder, Told>()
  readonly #busy = new Set<BlockBuilder>()

  constructor(deps: ThrottleFeedDeps) {
    this.#deps = deps
  }

  /** Tells those that do not know these limits yet, or were told long ago. */
  tell(limits: DataLimits): void {
    const { builders, clock, tasks } = this.#deps
    for (const builder of builders) {
      const told = this.#told.get(builder)
      const isFresh =
        told !== undefined && isSame(told.limits, limits) && clock.now() - told.atMs < repeatMs
      if (isFresh || this.#busy.has(builder)) continue
      this.#busy.add(builder)
      tasks.spawn('throttling', (signal) =>
        this.#tellOne(builder, limits, signal).finally(() => this.#busy.delete(builder)),
      )
    }
  }

  async #tellOne(builder: BlockBuilder, limits: DataLimits, signal: AbortSignal): Promise<void> {
    const { clock, logger } = this.#deps
    try {
      const answer = await builder.setMaxDataSize(limits, signal)
      const isNews = this.#told.get(builder)?.answer !== answer
      this.#told.set(builder, { limits, answer, atMs: clock.now() })
      if (answer === 'set' || !isNews) return
      logger.warn('Engine cannot be throttled: it does not know miner_setMaxDASize', {
        endpoint: builder.name,
        try: 'enable its miner namespace, or turn throttling off with a lower threshold of 0',
      })
    } catch (error) {
      if (signal.aborted) return
      logger.warn('Engine was not told how large blocks may be', { endpoint: builder.name, error })
    }
  }
}

/** What a builder was told last, and what it said. */
interface Told {
  readonly limits: DataLimits
  readonly answer: 'set' | 'unsupported'
  readonly atMs: number
}

function isSame(a: DataLimits, b: DataLimits): boolean {
  return a.maxTxBytes === b.maxTxBytes && a.maxBlockBytes === b.maxBlockBytes
}
