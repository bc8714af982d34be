import type { L1BlockRef, L2BlockRef } from '../chain/refs.ts'
import type { EngineHeads } from '../engine/heads.ts'
import type { Clock } from '../runtime/clock.ts'
import type { DriverObserver } from './observer.ts'
import { Standstill } from './standstill.ts'
import { createSyncStatus, type L1Heads, type SyncStatus } from './syncStatus.ts'
import type { Verifier } from './verifier.ts'

/** How derivation fares. */
export interface DerivationProgress {
  /** All of L1 is read, and what came of it is with the engine. */
  readonly isIdle: boolean
  /** When it last read another L1 block, or came to another L2 block. Milliseconds since the Unix epoch. */
  readonly sinceMs: number
}

export interface StatusTrackerDeps {
  readonly engine: { readonly heads: EngineHeads | undefined }
  /** `undefined`: nothing is derived from L1. */
  readonly verifier: Pick<Verifier, 'origin' | 'isIdle'> | undefined
  readonly clock: Pick<Clock, 'now'>
  readonly observe?: DriverObserver | undefined
}

/** Where a node stands, and since when. Changes nothing but what it says. */
export class StatusTracker {
  readonly #deps: StatusTrackerDeps
  #l1: L1Heads = { head: undefined, safe: undefined, finalized: undefined }
  /** Where derivation begins after a reset, as long as it has read nothing. */
  #start: L1BlockRef | undefined
  readonly #unsafe: Standstill
  readonly #l1Head: Standstill
  readonly #reading: Standstill

  constructor(deps: StatusTrackerDeps) {
    this.#deps = deps
    const nowMs = deps.clock.now()
    this.#unsafe = new Standstill(nowMs)
    this.#l1Head = new Standstill(nowMs)
    this.#reading = new Standstill(nowMs)
  }

  /** All heads, as of now. */
  get sync(): SyncStatus {
    const { engine, verifier } = this.#deps
    return createSyncStatus(verifier?.origin ?? this.#start, this.#l1, engine.heads)
  }

  /** `undefined` until the heads are known. */
  get unsafeHead(): L2BlockRef | undefined {
    return this.#deps.engine.heads?.unsafe
  }

  /** When the unsafe head last changed; before the first time, when the node was made. Milliseconds since the Unix epoch. */
  get unsafeSinceMs(): number {
    return this.#unsafe.sinceMs
  }

  /** When L1 last had another head; before the first time, when the node was made. Milliseconds since the Unix epoch. */
  get l1SinceMs(): number {
    return this.#l1Head.sinceMs
  }

  /** How derivation fares; `undefined` when nothing is derived. */
  get derivation(): DerivationProgress | undefined {
    const { verifier } = this.#deps
    return verifier && { isIdle: verifier.isIdle, sinceMs: this.#reading.sinceMs }
  }

  /** L1 has another block of that label. */
  noteL1(label: keyof L1Heads, block: L1BlockRef): void {
    this.#l1 = { ...this.#l1, [label]: block }
    if (label === 'head') this.#l1Head.note(block.hash, this.#deps.clock.now())
    this.noteHeads()
  }

  /** The heads have been found anew. @param start - Origin of the safe head; `undefined` when L1 does not have it. */
  noteReset(start: L1BlockRef | undefined): void {
    this.#start = start
  }

  /** The heads, or what derivation reads, may be other ones than before. */
  noteHeads(): void {
    const { engine, verifier, clock, observe } = this.#deps
    const nowMs = clock.now()
    this.#unsafe.note(engine.heads?.unsafe.hash, nowMs)
    this.#reading.note(`${verifier?.origin?.hash} ${engine.heads?.pendingSafe.hash}`, nowMs)
    observe?.({ type: 'moved', status: this.sync })
  }
}
