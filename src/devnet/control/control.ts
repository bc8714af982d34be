import type { BlockId } from '../../chain/refs.ts'

/** What can be paused and resumed. `time`: both chains stand still, and whoever waits for the next block waits. */
export const devnetParts = ['time', 'l1', 'sequencer', 'verifier', 'batcher', 'proposer'] as const
export type DevnetPart = (typeof devnetParts)[number]

/** What can fail. `l1` and `beacon`: for takt, not for users; the others: the part itself. */
export const outageTargets = ['l1', 'beacon', 'engine', 'batcher', 'proposer'] as const
export type OutageTarget = (typeof outageTargets)[number]

/** What can be slow to answer. */
export const latencyTargets = ['l1', 'beacon', 'engine'] as const
export type LatencyTarget = (typeof latencyTargets)[number]

/** Where a devnet stands, as plain JSON. Numbers of blocks, seconds and milliseconds. */
export interface DevnetStatus {
  /** On the chains. */
  readonly time: number
  /** How far that is ahead of the host. */
  readonly aheadSeconds: number
  readonly paused: readonly DevnetPart[]
  readonly outages: readonly OutageTarget[]
  readonly latencyMs: Readonly<Record<LatencyTarget, number>>
  readonly l1: BlockJson & { readonly timestamp: number }
  /** Of the sequencer's node; `undefined` until it knows its heads. */
  readonly l2: L2HeadsJson | undefined
  /** Of the second node. */
  readonly verifier: L2HeadsJson | undefined
}

export interface L2HeadsJson {
  readonly unsafe: BlockJson
  readonly safe: BlockJson
  readonly finalized: BlockJson
}

export interface BlockJson {
  readonly hash: BlockId['hash']
  readonly number: number
}

/**
 * What a script may do to a devnet. Each call resolves when it has taken effect.
 *
 * @throws {DecodeError} `PARAMETER`, every method, on an argument that it cannot have.
 */
export interface DevnetControl {
  status(): Promise<DevnetStatus>
  /**
   * Lets time go by on both chains at once: at least so many seconds, up to the next L1 slot. L2 makes all its blocks,
   * some hundreds a second; L1 misses most of its slots. What comes of it derives like any other chain.
   *
   * @throws {TaktError} `CHAIN_STALLED` when the sequencer cannot keep up.
   */
  warp(seconds: number): Promise<DevnetStatus>
  /**
   * Makes that many L2 blocks now, with what waits for them, and the L1 blocks that fall between. Default 1.
   *
   * @throws {TaktError} `SEQUENCER_PAUSED`, `ENGINE_OUT`, `CHAIN_STALLED`
   */
  mine(blocks?: number): Promise<DevnetStatus>
  /**
   * Makes that many L1 blocks now, and the L2 blocks that fall between. Default 1.
   *
   * @throws {TaktError} `L1_PAUSED`, `CHAIN_STALLED`
   */
  mineL1(blocks?: number): Promise<DevnetStatus>
  /**
   * Replaces the newest L1 blocks by as many empty ones. Snapshots that were taken on one of them are lost.
   *
   * @throws {TaktError} `REORG_TOO_DEEP` when the contracts of the rollup would be among them.
   */
  reorgL1(depth: number): Promise<DevnetStatus>
  /**
   * Holds a part until {@link resume}. Default `time`.
   *
   * @throws {TaktError} `PART_ABSENT` when this devnet has none.
   */
  pause(part?: DevnetPart): Promise<void>
  /**
   * Default `time`. A verifier that is resumed during an outage of L1 starts when that ends.
   *
   * @throws {TaktError} `PART_ABSENT`
   */
  resume(part?: DevnetPart): Promise<void>
  /**
   * Makes it fail until {@link endOutage}. Does nothing while it is out already.
   *
   * @throws {TaktError} `PART_ABSENT`
   */
  startOutage(target: OutageTarget): Promise<void>
  /** Does nothing while it is not out. @throws {TaktError} `PART_ABSENT` */
  endOutage(target: OutageTarget): Promise<void>
  /** Requests and engine calls take that much longer from now on. */
  setLatency(target: LatencyTarget, latencyMs: number): Promise<void>
  /**
   * Remembers both chains as they are.
   *
   * @returns an id for {@link revert}. @throws {TaktError} `NODE_PAUSED`, `NODE_NOT_READY`
   */
  snapshot(): Promise<string>
  /**
   * Makes both chains what they were, their time included. May be repeated; snapshots taken later are lost.
   *
   * @throws {TaktError} `SNAPSHOT_UNKNOWN`, `ENGINE_OUT`, `L1_OUT`, and nothing has changed.
   */
  revert(id: string): Promise<DevnetStatus>
}
