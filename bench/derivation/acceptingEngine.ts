import { createHash } from 'node:crypto'
import type { Hash } from '../../src/base/hex.ts'
import type { L2BlockRef } from '../../src/chain/refs.ts'
import type { RollupConfig } from '../../src/chain/rollupConfig.ts'
import type { DerivedAttributes } from '../../src/derive/derivedAttributes.ts'
import type { SafeChainProvider } from '../../src/derive/providers.ts'
import { l1AttributesOfBlock } from '../../src/protocol/l1AttributesTransaction.ts'
import { l2Hash } from './chain.ts'

/** Takes whatever was derived for the next block without executing it, and remembers it as a digest. */
export class AcceptingEngine implements SafeChainProvider {
  readonly #config: RollupConfig
  readonly #digest = createHash('sha256')
  #head: L2BlockRef

  constructor(config: RollupConfig) {
    const { l1, l2, l2Time } = config.genesis
    this.#config = config
    const common = { parentHash: l2.hash, timestamp: l2Time, l1Origin: l1, sequenceNumber: 0n }
    this.#head = { ...l2, ...common }
  }

  get head(): L2BlockRef {
    return this.#head
  }

  /** Of all attributes so far, to the byte. */
  digest(): Hash {
    return `0x${this.#digest.copy().digest('hex')}`
  }

  /** The next block is built on this one. */
  rewind(head: L2BlockRef): void {
    this.#head = head
  }

  accept({ attributes, parent, derivedFrom, isConcluding }: DerivedAttributes): void {
    const { transactions, timestamp } = attributes
    const { hash, number, sequenceNumber } = l1AttributesOfBlock(
      this.#config,
      transactions,
      timestamp,
    )
    const { transactions: _, ...rest } = attributes
    const sorted = Object.entries(rest).toSorted(([a], [b]) => (a < b ? -1 : 1))
    const facts = [sorted, parent.hash, derivedFrom.hash, isConcluding, transactions.length]
    this.#digest.update(JSON.stringify(facts, textOfBigInts))
    for (const transaction of transactions) {
      this.#digest.update(`${transaction.length}:`)
      this.#digest.update(transaction)
    }
    const l2Number = parent.number + 1n
    this.#head = {
      hash: l2Hash(l2Number),
      number: l2Number,
      parentHash: parent.hash,
      timestamp,
      l1Origin: { hash, number },
      sequenceNumber,
    }
  }

  async blockRefByNumber(number: bigint): Promise<L2BlockRef | undefined> {
    return number === this.#head.number ? this.#head : undefined
  }

  async payloadByNumber(): Promise<undefined> {
    return undefined
  }

  /** No L1 block of the benchmark updates it. */
  async systemConfigByHash(): Promise<RollupConfig['genesis']['systemConfig']> {
    return this.#config.genesis.systemConfig
  }
}

function textOfBigInts(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? `${value}` : value
}
