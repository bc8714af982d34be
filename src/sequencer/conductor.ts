import { ChainError, TaktError } from '../base/errors.ts'
import type { SealedBlock } from '../engine/tasks.ts'
import type { PayloadEnvelope } from '../protocol/payload.ts'
import type { Clock } from '../runtime/clock.ts'
import { withTimeout } from '../runtime/timeout.ts'

/**
 * Who of several sequencers may make blocks.
 *
 * @throws any error when the answer is not known; the sequencer then holds back.
 */
export interface Conductor {
  /** False when this node sequences alone. */
  readonly enabled: boolean
  isLeader(signal: AbortSignal): Promise<boolean>
  /**
   * Records the block for all sequencers, before anyone else may see it. A failure may still have recorded it, so
   * that only the same block may be tried again.
   */
  commit(envelope: PayloadEnvelope, signal: AbortSignal): Promise<void>
}

/** For a node that sequences alone. */
export const disabledConductor: Conductor = {
  enabled: false,
  isLeader: async () => true,
  commit: async () => undefined,
}

export interface ConductorDeps {
  readonly conductor: Conductor
  readonly clock: Clock
}

const commitTimeoutMs = 30_000
const leaderTimeoutMs = 2_000

/**
 * Checks that this sequencer may make blocks.
 *
 * @throws {TaktError} `SEQUENCER_NOT_LEADER`; what the conductor throws when it cannot tell, within two seconds.
 */
export async function assertLeader(
  { conductor, clock }: ConductorDeps,
  signal: AbortSignal,
): Promise<void> {
  const isLeader = await withTimeout(
    clock,
    leaderTimeoutMs,
    'asking the conductor who leads',
    (inner) => conductor.isLeader(inner),
    signal,
  )
  if (!isLeader) throw new TaktError('SEQUENCER_NOT_LEADER', 'this sequencer is not the leader')
}

/**
 * Records a block with the conductor.
 *
 * @throws {ChainError} `temporary` `COMMIT_FAILED`, within half a minute: nobody knows whether it is recorded.
 */
export async function commitBlock(
  { conductor, clock }: ConductorDeps,
  { ref, envelope }: SealedBlock,
  signal: AbortSignal,
): Promise<void> {
  try {
    await withTimeout(
      clock,
      commitTimeoutMs,
      'commit to the conductor',
      (inner) => conductor.commit(envelope, inner),
      signal,
    )
  } catch (cause) {
    signal.throwIfAborted()
    throw new ChainError(
      'temporary',
      'COMMIT_FAILED',
      `block ${ref.number} could not be committed to the conductor`,
      { cause, context: { block: ref } },
    )
  }
}
