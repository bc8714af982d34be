import { assertNever } from '../base/assertNever.ts'
import { TaktError } from '../base/errors.ts'
import type { BlockId } from '../chain/refs.ts'
import type { EngineController } from '../engine/controller.ts'
import type { InsertOutcome, OfferOutcome, SealedBlock } from '../engine/tasks.ts'
import { UnsafePayloads } from '../engine/unsafePayloads.ts'
import type { Clock } from '../runtime/clock.ts'
import type { Logger } from '../runtime/logger.ts'

export interface UnsafeBlocksDeps {
  readonly engine: EngineController
  readonly clock: Clock
  readonly logger: Logger
}

/** Why a block is not taken. The node is none the worse for it. */
export class BlockRefused extends TaktError {}

/**
 * Blocks that others have made, ahead of their batches on L1. Those that come too early wait for the ones before them.
 *
 * Decides nothing by itself about time or faults: the driver asks when it wants to act, and answers what it throws.
 */
export class UnsafeBlocks {
  readonly #deps: UnsafeBlocksDeps
  readonly #waiting: UnsafePayloads
  #notBeforeMs = 0

  /** @param options.maxBytes - Of blocks that wait. */
  constructor(options: { readonly maxBytes?: number }, deps: UnsafeBlocksDeps) {
    this.#deps = deps
    this.#waiting = new UnsafePayloads(options)
  }

  /** How many blocks wait, and what they take. */
  get waiting(): Pick<UnsafePayloads, 'length' | 'sizeBytes'> {
    return this.#waiting
  }

  /**
   * Takes a block that was handed in.
   *
   * @returns `synced` when the engine has fetched the chain up to that block: the heads are other ones now.
   * @throws {BlockRefused} `PAYLOAD_NOT_NEXT` when it will never build on the unsafe head, `PAYLOAD_INVALID` when the
   * engine refuses it, `PAYLOAD_NOT_KEPT` when it cannot wait.
   */
  async take(block: SealedBlock, signal: AbortSignal): Promise<'taken' | 'synced'> {
    const outcome = await this.#insertOrKeep(block, signal)
    switch (outcome.type) {
      case 'inserted':
      case 'kept':
      case 'syncing':
        return 'taken'
      case 'synced':
        return 'synced'
      case 'stale':
        throw notNext(block, outcome.head)
      case 'invalid': {
        const { reason } = outcome
        throw new BlockRefused('PAYLOAD_INVALID', reason.shortMessage, { cause: reason })
      }
      default:
        return assertNever(outcome)
    }
  }

  /** When to call `act` next; `undefined` while no block that waits fits. */
  nextActionMs(): number | undefined {
    return this.#next() === undefined ? undefined : this.#notBeforeMs
  }

  /** Inserts the block that has waited and now fits. */
  async act(signal: AbortSignal): Promise<void> {
    const { engine, logger } = this.#deps
    const block = this.#next()
    if (block === undefined) return
    const outcome = await engine.insert(block, signal)
    if (outcome.type !== 'invalid') return
    const { reason } = outcome
    logger.warn('Engine calls an unsafe block invalid', { block: block.ref, reason })
    this.#waiting.reportInvalid(block.ref.hash)
  }

  /** Does not bother the engine for that long. */
  delay(durationMs: number): void {
    this.#notBeforeMs = this.#deps.clock.now() + durationMs
  }

  async #insertOrKeep(
    block: SealedBlock,
    signal: AbortSignal,
  ): Promise<InsertOutcome | Exclude<OfferOutcome, { type: 'notSyncing' }> | { type: 'kept' }> {
    const { engine, logger } = this.#deps
    if (engine.isSyncing) {
      const offered = await engine.offer(block, signal)
      if (offered.type !== 'notSyncing') return offered
    }
    const head = engine.heads?.unsafe
    if (head === undefined || block.ref.number <= head.number + 1n) {
      return engine.insert(block, signal)
    }
    const added = this.#waiting.add(block)
    if (added === 'tooFar' || added === 'tooLarge') throw notKept(block, added)
    const missing = this.#waiting.gap(head)
    logger.info('Unsafe blocks wait for others', { block: block.ref, missing })
    return { type: 'kept' }
  }

  #next(): SealedBlock | undefined {
    const { engine } = this.#deps
    const head = engine.heads?.unsafe
    return head === undefined || engine.isSyncing ? undefined : this.#waiting.next(head)
  }
}

function notNext(block: SealedBlock, head: BlockId): BlockRefused {
  return new BlockRefused(
    'PAYLOAD_NOT_NEXT',
    `block ${block.ref.number} builds on ${block.ref.parentHash}, the unsafe head is ${head.hash} (${head.number})`,
    { context: { block: block.ref, head } },
  )
}

function notKept(block: SealedBlock, why: 'tooFar' | 'tooLarge'): BlockRefused {
  const reason = why === 'tooFar' ? 'those that wait already come before it' : 'it is too large'
  return new BlockRefused(
    'PAYLOAD_NOT_KEPT',
    `block ${block.ref.number} cannot wait for the ones before it: ${reason}`,
  )
}
