import type { Hash } from '../base/hex.ts'

/** A block by hash, with its number for people and for ordering. */
export interface BlockId {
  readonly hash: Hash
  readonly number: bigint
}

declare const layer: unique symbol

/** What the rollup needs to know of an L1 block to place it in the chain. */
export interface L1BlockRef extends BlockId {
  readonly parentHash: Hash
  /** Seconds since the Unix epoch. */
  readonly timestamp: bigint
  /** Never set: keeps an L2 ref from passing for an L1 ref. */
  readonly [layer]?: 'l1'
}

/** What the rollup needs to know of an L2 block to place it in the chain and to trace it to L1. */
export interface L2BlockRef extends BlockId {
  readonly parentHash: Hash
  /** Seconds since the Unix epoch. */
  readonly timestamp: bigint
  /** The L1 block whose attributes and deposits the epoch of this block carries. */
  readonly l1Origin: BlockId
  /** Distance to the first block of the epoch, which is 0. */
  readonly sequenceNumber: bigint
  /** Never set: keeps an L1 ref from passing for an L2 ref. */
  readonly [layer]?: 'l2'
}

/** The ref cut down to hash and number. */
export function blockId(ref: BlockId): BlockId {
  return { hash: ref.hash, number: ref.number }
}
