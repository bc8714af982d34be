import type { Hash } from '../../base/hex.ts'

/** How those who work on the chains are waited for when time is moved on. */
export interface Pace {
  /** Whether time flows by itself between two blocks, or stands still. */
  readonly flows: boolean
  /** Before anything is done to the chains. */
  ready(): Promise<void>
  /** Before the L1 block of that time, in seconds, is mined. */
  beforeL1Block(timestamp: number): Promise<void>
  /** After it was mined. */
  afterL1Block(hash: Hash): Promise<void>
  /**
   * Waits for the L2 block of that time, in seconds, and until the one after it is being built. By then it is that time,
   * or later where the sequencer needed more.
   *
   * @throws {TaktError} `CHAIN_STALLED`
   */
  afterL2Block(timestamp: number): Promise<void>
}

/** The sequencer, as far as time waits for it. */
export interface TimedSequencer {
  readonly isSequencing: boolean
  /** Seconds; of the unsafe head. */
  readonly headTimestamp: number
  /** Seconds; of the block that is being built. */
  readonly buildingTimestamp: number
  /** Resolves when the next block is begun. */
  nextBegun(): Promise<void>
  /** Makes the node know L1 as it is. @throws {ChainError} `temporary` */
  lookAtL1(): Promise<void>
  /** True when it is the newest L1 block that the node knows. */
  hasSeen(l1Block: Hash): boolean
  /** Resolves when it looks at nothing on the side. */
  settled(): Promise<void>
  /** Resolves when the block that is being built holds all transactions that wait for it. */
  filled(): Promise<void>
}

/** Whether the block of that time is there, and the next one begun. */
export function hasReached(
  { headTimestamp, buildingTimestamp }: Pick<TimedSequencer, 'headTimestamp' | 'buildingTimestamp'>,
  timestamp: number,
): boolean {
  return headTimestamp >= timestamp && buildingTimestamp > headTimestamp
}
