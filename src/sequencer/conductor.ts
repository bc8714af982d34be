import type { PayloadEnvelope } from '../protocol/payload.ts'

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
