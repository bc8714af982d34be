import { ChainError } from '../base/errors.ts'
import type { BlockId, L1BlockRef, L2BlockRef } from '../chain/refs.ts'
import type { RollupConfig } from '../chain/rollupConfig.ts'
import type { PayloadAttributes } from '../protocol/payload.ts'
import type { BatchSource, NextBatch } from './batchSource.ts'
import type { DerivedAttributes } from './derivedAttributes.ts'
import { item, type Pull } from './pull.ts'

/** Prepares all of a block's attributes but the sequenced transactions. */
export type PrepareAttributes = (
  parent: L2BlockRef,
  epoch: BlockId,
  signal: AbortSignal | undefined,
) => Promise<PayloadAttributes>

/**
 * The last stage: makes attributes of batches.
 *
 * @see https://specs.optimism.io/protocol/derivation.html#payload-attributes-derivation
 */
export class AttributesQueue {
  readonly #config: RollupConfig
  readonly #prev: BatchSource
  readonly #prepare: PrepareAttributes
  /** Kept until its attributes are complete: they take L1 data that may not be there at once. */
  #next: NextBatch | undefined

  constructor(config: RollupConfig, prev: BatchSource, prepare: PrepareAttributes) {
    this.#config = config
    this.#prev = prev
    this.#prepare = prepare
  }

  async pull(
    origin: L1BlockRef,
    safeHead: L2BlockRef,
    signal?: AbortSignal,
  ): Promise<Pull<DerivedAttributes>> {
    if (this.#next === undefined) {
      const next = await this.#prev.pull(origin, safeHead, signal)
      if (next.type !== 'item') return next
      this.#next = next.item
    }
    const { batch, isConcluding } = this.#next
    if (
      batch.parentHash !== safeHead.hash ||
      batch.timestamp !== safeHead.timestamp + this.#config.blockTime
    ) {
      throw new ChainError(
        'reset',
        'SAFE_HEAD_MOVED',
        `the batch at ${batch.timestamp} is for parent ${batch.parentHash}, but the safe head is ` +
          `${safeHead.hash} at ${safeHead.timestamp}`,
        { context: { safeHead } },
      )
    }
    const epoch = { hash: batch.epochHash, number: batch.epochNumber }
    const prepared = await this.#prepare(safeHead, epoch, signal)
    this.#next = undefined
    const attributes: PayloadAttributes = {
      ...prepared,
      noTxPool: true,
      transactions: [...prepared.transactions, ...batch.transactions],
    }
    return item({ attributes, parent: safeHead, derivedFrom: origin, isConcluding })
  }
}
