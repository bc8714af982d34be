import { ChainError } from '../base/errors.ts'
import type { Clock } from '../runtime/clock.ts'
import type { Logger } from '../runtime/logger.ts'
import { SerialExecutor } from '../runtime/serial.ts'
import type { RollupClient } from './rollupClient.ts'

export interface ActiveRollupOptions {
  /** How long a node that was found to make blocks is taken to do so. */
  readonly checkIntervalMs: number
}

/** Whatever says whether it makes blocks now. */
type Sequencing = Pick<RollupClient, 'sequencerActive'>

/** Asks the client whose sequencer is active. */
export type AskActive<Client> = <T>(
  call: (client: Client) => Promise<T>,
  signal: AbortSignal | undefined,
) => Promise<T>

export interface ActiveRollupDeps<Client extends Sequencing> {
  /** At least one, the preferred one first. */
  readonly clients: readonly Client[]
  readonly clock: Clock
  readonly logger: Logger
}

/**
 * Of several rollup nodes with one conductor each, the one whose sequencer is active: its view of the chain is the
 * newest. Every call throws {ChainError} `temporary`, with `NO_ACTIVE_SEQUENCER` while none of them is.
 */
export function createActiveRollup(
  options: ActiveRollupOptions,
  deps: ActiveRollupDeps<RollupClient>,
): RollupClient {
  const ask = askActive(options, deps)
  return {
    syncStatus: (signal) => ask((client) => client.syncStatus(signal), signal),
    outputAtBlock: (number, signal) =>
      ask((client) => client.outputAtBlock(number, signal), signal),
    sequencerActive: (signal) => ask((client) => client.sequencerActive(signal), signal),
  }
}

/** As {@link createActiveRollup}, for clients of any kind. A single one is asked whether it is active or not. */
export function askActive<Client extends Sequencing>(
  options: ActiveRollupOptions,
  deps: ActiveRollupDeps<Client>,
): AskActive<Client> {
  const { clients, clock, logger } = deps
  const line = new SerialExecutor()
  let active = 0
  let checkedAtMs = Number.NEGATIVE_INFINITY

  async function find(signal: AbortSignal | undefined): Promise<Client> {
    if (clients.length === 1) return clients[0]!
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

  return async (call, signal) => {
    const client = await line.run(() => find(signal))
    try {
      return await call(client)
    } catch (error) {
      // The next call looks again: it may have lost its place together with its connection.
      checkedAtMs = Number.NEGATIVE_INFINITY
      throw error
    }
  }
}
