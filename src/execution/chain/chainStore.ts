import { LRUCache } from 'lru-cache'
import { ConfigError } from '../../base/errors.ts'
import { exitCodes } from '../../base/exitCodes.ts'
import { bytesToHex, type Hash, hexToBytes, zeroHash } from '../../base/hex.ts'
import { rlpDecode, rlpInteger, rlpList } from '../../base/rlp.ts'
import type { BlockId } from '../../chain/refs.ts'
import { type BlockHeader, decodeHeader, emptyTrieRoot } from '../../protocol/header.ts'
import { transactionHash } from '../../protocol/transaction.ts'
import type { StateSource } from '../state/stateDatabase.ts'
import type { NewStateContent } from '../state/worldState.ts'
import { type BlockRecord, decodeBody, decodeOutcomes } from './blockRecord.ts'
import { chainDamaged } from './chainDamaged.ts'
import { type ChainHeads, decodeHeads, encodeHeads } from './chainHeads.ts'
import { type EncodedBlock, encodeBlock, indexChanges } from './encodedBlock.ts'
import { storeKeys } from './keys.ts'
import type { KeyValueStore, StoreChange } from './store.ts'

/** Where the canonical chain holds a transaction. */
export interface TransactionPlace {
  readonly blockHash: Hash
  readonly index: number
}

/** What a change of head did to the canonical chain. */
export interface CanonicalChange {
  /** Blocks that are canonical no more, newest first. */
  readonly removed: readonly BlockRecord[]
  /** Blocks that became canonical, oldest first. */
  readonly added: readonly BlockRecord[]
}

/** A block without parent, with the state that it begins with. */
export interface GenesisBlock {
  readonly block: BlockRecord
  readonly content: NewStateContent
}

/**
 * All blocks that were ever executed, canonical or not, and which of them are the canonical chain.
 *
 * Every change is one atomic batch, so whenever the process ends the database is whole.
 */
export class ChainStore {
  readonly genesis: BlockId
  readonly #store: KeyValueStore
  readonly #headers = new LRUCache<Hash, BlockHeader>({ max: 4096 })
  readonly #blocks = new LRUCache<Hash, BlockRecord>({
    max: 256,
    // With its receipt a transaction takes about a kilobyte.
    maxSize: 32_768,
    sizeCalculation: ({ transactions }) => 1 + transactions.length,
  })
  /** Of blocks that were inserted lately and have yet to become canonical. */
  readonly #indexes = new LRUCache<Hash, readonly StoreChange[]>({ max: 4 })
  #heads: ChainHeads

  private constructor(store: KeyValueStore, genesis: BlockId, heads: ChainHeads) {
    this.#store = store
    this.genesis = genesis
    this.#heads = heads
  }

  /**
   * Opens the chain in `store`; an empty store is given the genesis block.
   *
   * @throws {ConfigError} `GENESIS_MISMATCH` (exit code 5) when the store belongs to another chain.
   * @throws {ChainError} critical, `CHAIN_DAMAGED` when blocks are missing in it.
   */
  static async open(store: KeyValueStore, genesis: GenesisBlock): Promise<ChainStore> {
    const id = { hash: genesis.block.hash, number: genesis.block.header.number }
    const known = store.get(storeKeys.genesis)
    if (known === undefined) {
      const heads: ChainHeads = { head: id, safe: undefined, finalized: undefined }
      const chain = new ChainStore(store, id, heads)
      const { content, index } = encodeBlock(genesis.block, genesis.content)
      await store.write([
        ...content,
        ...index,
        { key: storeKeys.genesis, value: hexToBytes(id.hash) },
        { key: storeKeys.heads, value: encodeHeads(heads) },
      ])
      return chain
    }
    if (bytesToHex(known) !== id.hash) throw genesisMismatch(bytesToHex(known), id.hash)
    const heads = store.get(storeKeys.heads)
    if (heads === undefined) throw chainDamaged('it names no head')
    const chain = new ChainStore(store, id, decodeHeads(heads))
    chain.#assertWhole()
    return chain
  }

  get heads(): ChainHeads {
    return this.#heads
  }

  get headHeader(): BlockHeader {
    return this.header(this.#heads.head.hash)!
  }

  header(hash: Hash): BlockHeader | undefined {
    let header = this.#headers.get(hash)
    if (header === undefined) {
      const encoded = this.#store.get(storeKeys.header(hash))
      if (encoded === undefined) return undefined
      header = decodeHeader(encoded)
      this.#headers.set(hash, header)
    }
    return header
  }

  block(hash: Hash): BlockRecord | undefined {
    const cached = this.#blocks.get(hash)
    if (cached !== undefined) return cached
    const header = this.header(hash)
    if (header === undefined) return undefined
    const transactions = decodeBody(this.#store.get(storeKeys.body(hash))!)
    const block: BlockRecord = {
      hash,
      header,
      transactions,
      transactionHashes: transactions.map(transactionHash),
      outcomes: decodeOutcomes(this.#store.get(storeKeys.receipts(hash))!),
    }
    this.#blocks.set(hash, block)
    return block
  }

  canonicalHash(number: bigint): Hash | undefined {
    if (number < 0n || number > this.#heads.head.number) return undefined
    const hash = this.#store.get(storeKeys.canonical(number))
    return hash && bytesToHex(hash)
  }

  /** Whether the block is in the canonical chain, at or below the head. */
  isCanonical({ hash, number }: BlockId): boolean {
    return this.canonicalHash(number) === hash
  }

  transactionPlace(hash: Hash): TransactionPlace | undefined {
    const encoded = this.#store.get(storeKeys.transaction(hash))
    if (encoded === undefined) return undefined
    const [number, index] = rlpList(rlpDecode(encoded))
    const blockHash = this.canonicalHash(rlpInteger(number))
    return blockHash && { blockHash, index: Number(rlpInteger(index)) }
  }

  /** The ancestor of a known block at `number`, on whichever chain the block is; or the block itself. */
  ancestorHash(from: Hash, number: bigint): Hash | undefined {
    let hash = from
    for (;;) {
      const header = this.header(hash)
      if (header === undefined || number > header.number) return undefined
      if (header.number === number) return hash
      if (this.isCanonical({ hash, number: header.number })) return this.canonicalHash(number)
      hash = header.parentHash
    }
  }

  /**
   * The hash of the block `number` on the chain that ends in `descendant`.
   *
   * @throws {ChainError} critical, `CHAIN_DAMAGED` when there is none.
   */
  requireAncestor(descendant: BlockHeader, number: bigint): Hash {
    const hash = this.ancestorHash(descendant.parentHash, number)
    if (hash === undefined) throw chainDamaged(`block ${number} is missing`)
    return hash
  }

  /**
   * Keeps an executed block. It is not canonical yet. Its parent must be known.
   *
   * It is there at once; the promise says when the process may end without losing it.
   */
  insert({ block, content, index }: EncodedBlock): Promise<void> {
    this.#headers.set(block.hash, block.header)
    this.#blocks.set(block.hash, block)
    this.#indexes.set(block.hash, index)
    return this.#store.write(content)
  }

  /**
   * Makes `head` the head of the canonical chain, whether it extends, shortens or replaces it.
   *
   * All three must be known blocks, `safe` and `finalized` ancestors of `head` or `head` itself.
   * The chain has changed when this returns; `written` says when the process may end without losing
   * that, nor any block that was inserted before.
   */
  setHeads(heads: ChainHeads): {
    readonly change: CanonicalChange
    readonly written: Promise<void>
  } {
    const change = this.#pathTo(heads.head)
    const changes: StoreChange[] = []
    for (const block of change.removed) {
      changes.push({ key: storeKeys.canonical(block.header.number), value: undefined })
      for (const transaction of block.transactionHashes) {
        changes.push({ key: storeKeys.transaction(transaction), value: undefined })
      }
    }
    // After the removals, so that a transaction in an old and a new block ends in the new one.
    for (const block of change.added) {
      changes.push(...(this.#indexes.get(block.hash) ?? indexChanges(block)))
      this.#indexes.delete(block.hash)
    }
    changes.push({ key: storeKeys.heads, value: encodeHeads(heads) })
    this.#heads = heads
    return { change, written: this.#store.write(changes) }
  }

  close(): Promise<void> {
    return this.#store.close()
  }

  #pathTo(head: BlockId): CanonicalChange {
    const added: BlockRecord[] = []
    let hash = head.hash
    for (;;) {
      const header = this.#require(hash).header
      if (this.isCanonical({ hash, number: header.number })) break
      added.unshift(this.#require(hash))
      hash = header.parentHash
    }
    const forkNumber = this.header(hash)!.number
    const removed: BlockRecord[] = []
    for (let number = this.#heads.head.number; number > forkNumber; number--) {
      removed.push(this.#require(this.canonicalHash(number) ?? zeroHash))
    }
    return { removed, added }
  }

  #require(hash: Hash): BlockRecord {
    const block = this.block(hash)
    if (block === undefined) throw chainDamaged(`block ${hash} is missing`)
    return block
  }

  /** The heads must be there with their state; anything older was there before them. */
  #assertWhole(): void {
    const { head, safe, finalized } = this.#heads
    for (const id of [head, safe, finalized]) {
      if (id === undefined) continue
      if (!this.isCanonical(id) || this.header(id.hash) === undefined) {
        throw chainDamaged(`block ${id.number} ${id.hash} is missing`)
      }
    }
    const { stateRoot } = this.headHeader
    const isThere = this.#store.get(storeKeys.node(stateRoot)) !== undefined
    if (stateRoot !== emptyTrieRoot && !isThere) {
      throw chainDamaged(`the state of block ${head.number} ${head.hash} is missing`)
    }
  }
}

/** Trie nodes and code as a store keeps them: where states are read from. */
export function storeSource(store: KeyValueStore): StateSource {
  return {
    node: (hash) => store.get(storeKeys.node(hash)),
    code: (hash) => store.get(storeKeys.code(hash)),
  }
}

function genesisMismatch(found: Hash, expected: Hash): ConfigError {
  return new ConfigError(
    exitCodes.wrongChain,
    'GENESIS_MISMATCH',
    `the data folder holds the chain with genesis ${found}, the genesis file says ${expected}`,
    {
      context: { found, expected },
      metaMessages: ['Give the genesis file of that chain, or another data folder.'],
    },
  )
}
