import { LRUCache } from 'lru-cache'
import { TaktError } from '../../base/errors.ts'
import { type Hash, hexToBytes } from '../../base/hex.ts'
import { MerkleTrie } from '../../trie/merkleTrie.ts'
import type { NodeSource } from '../../trie/nodeReader.ts'
import { emptyCodeHash } from './account.ts'

/** Where trie nodes and code are read from, by their keccak256. `undefined`: not there. */
export interface StateSource {
  readonly node: NodeSource
  readonly code: (hash: Hash) => Uint8Array | undefined
}

/** Code that an account refers to is not in the store: it is damaged, or a witness is incomplete. */
export class MissingCodeError extends TaktError {
  constructor(hash: Hash) {
    super('STATE_CODE_MISSING', `contract code ${hash} is not in the store`, { context: { hash } })
  }
}

/**
 * All states of one chain: content by hash, with what was used lately kept in memory.
 *
 * Tries are kept by their root, so that versions of one trie share the nodes they have in common. Once they hold
 * `maxNodes` all are forgotten, and the source is read anew.
 */
export class StateDatabase {
  readonly #source: StateSource
  readonly #maxNodes: number
  readonly #tries = new Map<Hash, MerkleTrie>()
  readonly #code: LRUCache<Hash, Uint8Array>
  #nodes = 0

  constructor(
    { maxNodes = 300_000, maxCodeBytes = 64 * 1024 * 1024 }: StateDatabaseOptions,
    source: StateSource,
  ) {
    this.#maxNodes = maxNodes
    this.#source = {
      node: (hash) => {
        this.#nodes++
        return source.node(hash)
      },
      code: source.code,
    }
    this.#code = new LRUCache({
      maxSize: maxCodeBytes,
      sizeCalculation: (code) => Math.max(1, code.length),
    })
  }

  /** The trie with that root. */
  trie(root: Hash): MerkleTrie {
    let trie = this.#tries.get(root)
    if (trie === undefined) {
      trie = MerkleTrie.at(hexToBytes(root), this.#source.node)
      this.#keep(root, trie, 1)
    }
    return trie
  }

  /** @throws {MissingCodeError} */
  code(hash: Hash): Uint8Array {
    if (hash === emptyCodeHash) return noCode
    let code = this.#code.get(hash)
    if (code === undefined) {
      code = this.#source.code(hash)
      if (code === undefined) throw new MissingCodeError(hash)
      this.#code.set(hash, code)
    }
    return code
  }

  /**
   * Keeps a trie that was made here. Until its nodes are stored, whoever made it must hold on to it.
   *
   * @param createdNodes - How many of its nodes no other trie has.
   */
  remember(root: Hash, trie: MerkleTrie, createdNodes: number): void {
    this.#keep(root, trie, createdNodes)
  }

  #keep(root: Hash, trie: MerkleTrie, nodes: number): void {
    this.#nodes += nodes
    if (this.#nodes > this.#maxNodes) {
      this.#tries.clear()
      this.#nodes = nodes
    }
    this.#tries.set(root, trie)
  }
}

/** How much a {@link StateDatabase} keeps in memory. */
export interface StateDatabaseOptions {
  /** Trie nodes, at about 600 bytes each. */
  readonly maxNodes?: number
  readonly maxCodeBytes?: number
}

const noCode = new Uint8Array(0)
