import { LRUCache } from 'lru-cache'
import { DecodeError } from '../base/errors.ts'
import { type Hash, zeroHash } from '../base/hex.ts'
import type { BlockId } from '../chain/refs.ts'
import type {
  EngineApi,
  ForkchoiceState,
  ForkchoiceUpdated,
  PayloadId,
  PayloadStatus,
} from '../engine/interface.ts'
import { EngineApiError, engineErrorCodes } from '../protocol/engineApiError.ts'
import { decodeExtraData } from '../protocol/extraData.ts'
import type { PayloadAttributes, PayloadEnvelope } from '../protocol/payload.ts'
import { payloadBlockHash } from '../protocol/payloadHeader.ts'
import type { Logger } from '../runtime/logger.ts'
import { SerialExecutor } from '../runtime/serial.ts'
import type { ExecutionDeps } from './block/blockExecution.ts'
import { BlockInvalidError } from './block/blockInvalidError.ts'
import { executeBlock } from './block/executeBlock.ts'
import type { BuiltBlock } from './builder/builtBlock.ts'
import type { PayloadBuilder, PayloadParent } from './builder/payloadBuilder.ts'
import type { ChainHeads } from './chain/chainHeads.ts'
import type { CanonicalChange, ChainStore } from './chain/chainStore.ts'
import { type EncodedBlock, encodeFinishedBlock } from './chain/encodedBlock.ts'
import {
  invalidStatus,
  rejectedBefore,
  syncingStatus,
  validStatus,
  withoutPayload,
} from './payloadStatus.ts'
import { isSamePayload } from './samePayload.ts'
import type { StateDatabase } from './state/stateDatabase.ts'
import { WorldState } from './state/worldState.ts'

export interface ExecutionEngineDeps {
  readonly chain: ChainStore
  readonly states: StateDatabase
  readonly execution: ExecutionDeps
  readonly builder: PayloadBuilder
  readonly logger: Logger
}

/**
 * The Engine API of the embedded engine: fork choice, building, and taking in blocks.
 *
 * Whatever changes the chain runs alone and in the order it was asked. `getPayload` does not wait in
 * that line: a block in the making is nobody else's.
 *
 * @see https://specs.optimism.io/protocol/exec-engine.html#engine-api
 */
export class ExecutionEngine implements EngineApi {
  readonly #deps: ExecutionEngineDeps
  readonly #serial = new SerialExecutor()
  readonly #listeners = new Set<(change: CanonicalChange) => void>()
  /** Blocks of ours that may come back by newPayload: they need not be executed again. */
  readonly #built = new LRUCache<Hash, BuiltBlock>({ max: 4 })
  /** Blocks found invalid, with the last valid one below them. */
  readonly #invalid = new LRUCache<Hash, { readonly lastValid: Hash }>({ max: 512 })

  constructor(deps: ExecutionEngineDeps) {
    this.#deps = deps
  }

  /**
   * Called after the canonical chain changed, before the fork choice is answered.
   *
   * @returns a function that ends the calls.
   */
  onCanonicalChange(listener: (change: CanonicalChange) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Timestamp of a payload in the making; `undefined` when there is none of that id. */
  payloadTimestamp(id: PayloadId): bigint | undefined {
    return this.#deps.builder.job(id)?.timestamp
  }

  /** Wei of tips in a block of ours; 0 when it is not in memory any more. */
  blockValue(hash: Hash): bigint {
    return this.#built.get(hash)?.block.value ?? 0n
  }

  forkchoiceUpdated(
    state: ForkchoiceState,
    attributes: PayloadAttributes | undefined,
  ): Promise<ForkchoiceUpdated> {
    return this.#serial.run(() => this.#forkchoiceUpdated(state, attributes))
  }

  async getPayload(id: PayloadId): Promise<PayloadEnvelope> {
    const job = this.#deps.builder.job(id)
    if (job === undefined) {
      throw new EngineApiError(engineErrorCodes.unknownPayload, 'Unknown payload')
    }
    const built = await job.seal()
    this.#built.set(built.block.hash, built)
    return built.envelope()
  }

  newPayload(envelope: PayloadEnvelope): Promise<PayloadStatus> {
    return this.#serial.run(() => this.#newPayload(envelope))
  }

  /**
   * As {@link newPayload} with what {@link getPayload} gave, for a caller that kept it unchanged.
   *
   * @returns `undefined` when the block is not in memory any more.
   */
  newBuiltPayload(hash: Hash): Promise<PayloadStatus | undefined> {
    return this.#serial.run(async () => {
      const built = this.#built.get(hash)
      return built && this.#take(built.encoded())
    })
  }

  /** Ends building, and waits for what is being written. */
  async close(): Promise<void> {
    this.#deps.builder.close()
    await this.#serial.run(async () => {})
  }

  async #forkchoiceUpdated(
    state: ForkchoiceState,
    attributes: PayloadAttributes | undefined,
  ): Promise<ForkchoiceUpdated> {
    const { chain, builder, logger } = this.#deps
    const head = state.headBlockHash
    if (head === zeroHash) return withoutPayload(invalidStatus(undefined, 'the head is zero'))
    const header = chain.header(head)
    if (header === undefined) {
      const invalid = this.#invalid.get(head)
      if (invalid !== undefined) return withoutPayload(rejectedBefore(invalid.lastValid))
      logger.warn('Fork choice asks for an unknown head', { head })
      return withoutPayload(syncingStatus)
    }
    const written = this.#applyForkchoice({ hash: head, number: header.number }, state)
    const parent: PayloadParent = { hash: head, header, state: this.#stateOf(header.stateRoot) }
    // The next block begins while the disk is busy; the answer waits for both.
    const [building] = await Promise.allSettled([
      attributes === undefined ? undefined : builder.begin(parent, attributes),
      written,
    ])
    await written
    if (building.status === 'rejected') throw building.reason
    return { payloadStatus: validStatus(head), payloadId: building.value }
  }

  /**
   * Nothing is changed when one of the three blocks is not where it should be.
   *
   * @returns when the change will outlast the process.
   */
  #applyForkchoice(head: BlockId, state: ForkchoiceState): Promise<void> {
    const { chain } = this.#deps
    const finalized = this.#labelled('final', head, state.finalizedBlockHash)
    const safe = this.#labelled('safe', head, state.safeBlockHash)
    const before = chain.heads
    const heads: ChainHeads = {
      head,
      safe: safe ?? this.#keptLabel(before.safe, head),
      finalized: finalized ?? this.#keptLabel(before.finalized, head),
    }
    const isSame =
      heads.head.hash === before.head.hash &&
      heads.safe?.hash === before.safe?.hash &&
      heads.finalized?.hash === before.finalized?.hash
    if (isSame) return Promise.resolve()
    const { change, written } = chain.setHeads(heads)
    if (change.added.length === 0 && change.removed.length === 0) return written
    if (change.removed.length > 0) {
      const fields = { from: before.head, to: head, dropped: change.removed.length }
      this.#deps.logger.info('Reorganised the chain', fields)
    }
    for (const listener of this.#listeners) listener(change)
    return written
  }

  /** A label that the caller names: an ancestor of the head. Zero names none. */
  #labelled(label: string, head: BlockId, hash: Hash): BlockId | undefined {
    if (hash === zeroHash) return undefined
    const header = this.#deps.chain.header(hash)
    if (header === undefined) throw wrongForkchoice(`${label} block not available in database`)
    const id = { hash, number: header.number }
    if (!this.#isAncestor(id, head)) throw wrongForkchoice(`${label} block not in canonical chain`)
    return id
  }

  /** A label from before lives on as long as the new chain contains its block. */
  #keptLabel(label: BlockId | undefined, head: BlockId): BlockId | undefined {
    return label !== undefined && this.#isAncestor(label, head) ? label : undefined
  }

  #isAncestor(block: BlockId, of: BlockId): boolean {
    return this.#deps.chain.ancestorHash(of.hash, block.number) === block.hash
  }

  async #newPayload(envelope: PayloadEnvelope): Promise<PayloadStatus> {
    const { blockHash } = envelope.executionPayload
    const built = this.#built.get(blockHash)
    // What we built and get back unchanged needs neither hashing nor executing.
    if (built !== undefined && isSamePayload(built.envelope(), envelope)) {
      return this.#take(built.encoded())
    }
    const malformed = this.#malformation(envelope)
    if (malformed !== undefined) return invalidStatus(undefined, malformed)
    return this.#takeForeign(envelope)
  }

  /** Takes in a block whose hash is right and that somebody else built. */
  async #takeForeign(envelope: PayloadEnvelope): Promise<PayloadStatus> {
    const { chain, execution, logger } = this.#deps
    const { blockHash, parentHash, blockNumber } = envelope.executionPayload
    if (chain.header(blockHash) !== undefined) return validStatus(blockHash)
    const rejected = this.#invalid.get(blockHash) ?? this.#invalid.get(parentHash)
    if (rejected !== undefined) {
      this.#invalid.set(blockHash, rejected)
      return rejectedBefore(rejected.lastValid)
    }
    const parent = chain.header(parentHash)
    if (parent === undefined) {
      logger.warn('Payload has an unknown parent', { number: blockNumber, blockHash, parentHash })
      return syncingStatus
    }
    try {
      const state = this.#stateOf(parent.stateRoot)
      return this.#take(encodeFinishedBlock(await executeBlock(execution, state, parent, envelope)))
    } catch (error) {
      if (!(error instanceof BlockInvalidError)) throw error
      this.#invalid.set(blockHash, { lastValid: parentHash })
      logger.warn('Payload is invalid', { number: blockNumber, blockHash, error })
      return invalidStatus(parentHash, error.shortMessage)
    }
  }

  #take(encoded: EncodedBlock): PayloadStatus {
    const { chain, logger } = this.#deps
    const { hash } = encoded.block
    if (chain.header(hash) === undefined) {
      const inserted = chain.insert(encoded)
      // Nobody waits for the disk here: the fork choice that makes the block the head does, and fails
      // if this has failed.
      inserted.catch((error) => logger.error('Could not write a block', { error }))
    }
    return validStatus(hash)
  }

  /** What is wrong with a payload before its parent is looked at. */
  #malformation(envelope: PayloadEnvelope): string | undefined {
    const { blockHash, timestamp, extraData } = envelope.executionPayload
    try {
      decodeExtraData(this.#deps.execution.chain, timestamp, extraData)
      const actual = payloadBlockHash(envelope)
      return actual === blockHash
        ? undefined
        : `blockhash mismatch, want ${blockHash}, got ${actual}`
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error
      return error.shortMessage
    }
  }

  #stateOf(root: Hash): WorldState {
    return WorldState.at(this.#deps.states, root)
  }
}

function wrongForkchoice(problem: string): EngineApiError {
  return new EngineApiError(
    engineErrorCodes.invalidForkchoiceState,
    `Invalid forkchoice state: ${problem}`,
  )
}
