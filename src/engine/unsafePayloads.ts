import type { Hash } from '../base/hex.ts'
import type { L2BlockRef } from '../chain/refs.ts'
import type { SealedBlock } from './tasks.ts'

/** What became of a block that was handed in. */
export type AddedPayload = 'added' | 'duplicate' | 'tooLarge' | 'tooFar'

/** Numbers of the blocks that are missing before the queue can go on, both included. */
export interface PayloadGap {
  readonly from: bigint
  readonly to: bigint
}

const defaultMaxBytes = 500 * 1024 * 1024
// What a payload takes beside its transactions, and each transaction beside its bytes; op-node's figures.
const payloadOverheadBytes = 1_000
const transactionOverheadBytes = 24

/**
 * Blocks that came from elsewhere and wait for the ones before them.
 *
 * Bounded by memory: when it is full, the block farthest ahead gives way, which may be the new one.
 *
 * Differs: op-node gives up the lowest block, the one that is needed next, and can come to refuse it for ever.
 *
 * @see https://specs.optimism.io/protocol/derivation.html#processing-unsafe-payload-attributes
 */
export class UnsafePayloads {
  readonly #maxBytes: number
  /** By number; those of one number in the order in which they came. */
  readonly #blocks: SealedBlock[] = []
  readonly #hashes = new Set<Hash>()
  #sizeBytes = 0

  constructor(options: { readonly maxBytes?: number } = {}) {
    this.#maxBytes = options.maxBytes ?? defaultMaxBytes
  }

  get length(): number {
    return this.#blocks.length
  }

  /** Memory that the blocks take, estimated. */
  get sizeBytes(): number {
    return this.#sizeBytes
  }

  add(block: SealedBlock): AddedPayload {
    const { hash, number } = block.ref
    const size = memoryBytes(block)
    if (size > this.#maxBytes) return 'tooLarge'
    if (this.#hashes.has(hash)) return 'duplicate'
    this.#blocks.splice(this.#firstAbove(number), 0, block)
    this.#hashes.add(hash)
    this.#sizeBytes += size
    while (this.#sizeBytes > this.#maxBytes) this.#removeAt(this.#blocks.length - 1)
    return this.#hashes.has(hash) ? 'added' : 'tooFar'
  }

  /**
   * The block to insert on top of `unsafe`; it stays in the queue until the head has moved to it, or it is reported
   * invalid. Blocks that no longer fit are dropped.
   */
  next(unsafe: L2BlockRef): SealedBlock | undefined {
    for (;;) {
      const [block] = this.#blocks
      if (block === undefined || block.ref.number > unsafe.number + 1n) return undefined
      const { number, parentHash } = block.ref
      if (number === unsafe.number + 1n && parentHash === unsafe.hash) return block
      this.#removeAt(0)
    }
  }

  /** What is missing between `unsafe` and the lowest block; `undefined` when nothing waits for anything. */
  gap(unsafe: L2BlockRef): PayloadGap | undefined {
    const [block] = this.#blocks
    if (block === undefined || block.ref.number <= unsafe.number + 1n) return undefined
    return { from: unsafe.number + 1n, to: block.ref.number - 1n }
  }

  /** The engine will never take that block. */
  reportInvalid(hash: Hash): void {
    const index = this.#blocks.findIndex((block) => block.ref.hash === hash)
    if (index !== -1) this.#removeAt(index)
  }

  #removeAt(index: number): void {
    for (const block of this.#blocks.splice(index, 1)) {
      this.#hashes.delete(block.ref.hash)
      this.#sizeBytes -= memoryBytes(block)
    }
  }

  /** Index of the first block with a higher number. */
  #firstAbove(number: bigint): number {
    let [low, high] = [0, this.#blocks.length]
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.#blocks[middle]!.ref.number > number) high = middle
      else low = middle + 1
    }
    return low
  }
}

function memoryBytes(block: SealedBlock): number {
  const { transactions } = block.envelope.executionPayload
  return transactions.reduce(
    (sum, transaction) => sum + transaction.length + transactionOverheadBytes,
    payloadOverheadBytes,
  )
}
