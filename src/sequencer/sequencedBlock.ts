import type { SealedBlock } from '../engine/tasks.ts'

/** When the steps towards a block ended. Milliseconds since the Unix epoch. */
export interface BlockTimes {
  /** The decision to build was made. */
  readonly plannedMs: number
  /** The engine was building. */
  readonly startedMs: number
  /** The block was due to be sealed. */
  readonly sealDueMs: number
  /** The engine was asked for the block. */
  readonly sealMs: number
  /** The block was there and checked. */
  readonly sealedMs: number
  /** The conductor had it. */
  readonly committedMs: number
  /** It was the head of the engine. */
  readonly insertedMs: number
}

/** A block of this sequencer that has become the unsafe head. */
export interface SequencedBlock extends SealedBlock {
  readonly times: BlockTimes
}

/** How much later than its timestamp the block became the head; negative when it was early. */
export function latenessMs(block: SequencedBlock): number {
  return block.times.insertedMs - Number(block.ref.timestamp) * 1000
}
