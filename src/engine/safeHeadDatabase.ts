import type { BlockId } from '../chain/refs.ts'

/** Which L2 block was safe having read L1 up to and including `l1`. */
export interface SafeHeadRecord {
  readonly l1: BlockId
  readonly safeHead: BlockId
}

/** Remembers which L2 block was safe at which L1 block, over restarts. */
export interface SafeHeadDatabase {
  /**
   * Adds a record, in place of one for the same L1 block. Resolves once it would survive the end of the machine.
   *
   * @throws {ChainError} `critical` `SAFE_HEADS_WRITE` when the disk fails.
   */
  record(record: SafeHeadRecord): Promise<void>
  /**
   * Derivation starts over behind `safeHead`, whose origin is `l1Origin`: from the L1 block at which it became safe on,
   * nothing is known any more but that it was safe there.
   */
  reset(safeHead: BlockId, l1Origin: BlockId): Promise<void>
  /** The newest record at or before that L1 block; `undefined` where the records do not reach back. */
  safeHeadAtL1(l1Number: bigint): Promise<SafeHeadRecord | undefined>
  newest(): Promise<SafeHeadRecord | undefined>
  close(): Promise<void>
}
