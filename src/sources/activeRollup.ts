import { ChainError } from '../base/errors.ts'
import type { Clock } from '../runtime/clock.ts'
import type { Logger } from '../runtime/logger.ts'
import { SerialExecutor } from '../runtime/serial.ts'
import type { RollupClient } from './rollupClient.ts'

export interface ActiveRollupOptions {
  /** How long a node that was found to make blocks is taken to do so. */
  readonly checkIntervalMs: number
}

/**
 * Of several rollup nodes with one conductor each, the one whose sequencer is active: its view of the chain is the
 * newest. Every call throws {ChainError} `temporary`, with `NO_ACTIVE_SEQUENCER` while none of them is.
 */
export function createActiveRollup(
  options: ActiveRollupOptions,
  deps: {
    /** At least one, the preferred one first. */
    readonly clients: readonly RollupClient[]
    readonly clock: Clock
    readonly logger: Logger
  },
): RollupClient {
  const { clients, clock, logger } = deps
  const line = new SerialExecutor()
  let active = 0
  let checkedAtMs = Number.NEGATIVE_INFINITY

  async function find(signal: AbortSignal | undefined): Promise<RollupClient> {
    if (clock.now() < checkedAtMs + options.checkIntervalMs) return clients[active]!
    let cause: unknown
    for (let i = 0; i < clients.length; i++) {
      const candidate = (active + i) % clients.length
      try {
        if (!(await clients[candidate]!.sequencerActive(signal))) continue
      } catch (error) {
        signal?.throwIfAborted()
        cause = error
        continue
      }
      if (candidate !== active) logger.info('Another sequencer is active now', { index: candidate })
      active = candidate
      checkedAtMs = clock.now()
      return clients[active]!
    }
    throw new ChainError(
      'temporary',
      'NO_ACTIVE_SEQUENCER',
      `none of ${clients.length} rollup nodes has an active sequencer`,
      { cause },
    )
  }

  async function ask<T>(
    call: (client: RollupClient) => Promise<T>,
    signal: AbortSignal | undefined,
  ): Promise<T> {
    const client = await line.run(() => find(signal))
    try {
      return await call(client)
    } catch (error) {
      // The next call looks again: it may have lost its place together with its connection.
      checkedAtMs = Number.NEGATIVE_INFINITY
      throw error
    }
  }

  return {
    syncStatus: (signal) => ask((client) => client.syncStatus(signal), signal),
    outputAtBlock: (number, signal) =>
      ask((client) => client.outputAtBlock(number, signal), signal),
    sequencerActive: (signal) => ask((client) => client.sequencerActive(signal), signal),
  }
}
