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
 * All states of one chain: content by hash, with what was read lately kept in memory.
 *
 * Tries are kept by their root, so that versions of one trie share the nodes they have in common.
 */
export class StateDatabase {
  readonly #source: StateSource
  readonly #tries: LRUCache<Hash, MerkleTrie>
  readonly #code: LRUCache<Hash, Uint8Array>

  constructor(
    { maxTries = 20_000, maxCodeBytes = 64 * 1024 * 1024 }: StateDatabaseOptions,
    source: StateSource,
  ) {
    this.#source = source
    this.#tries = new LRUCache({ max: maxTries })
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
      this.#tries.set(root, trie)
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

  /** Keeps content that was made here, and that its source may not hold yet. */
  remember(tries: Iterable<[Hash, MerkleTrie]>, code: Iterable<[Hash, Uint8Array]>): void {
    for (const [root, trie] of tries) this.#tries.set(root, trie)
    for (const [hash, bytes] of code) this.#code.set(hash, bytes)
  }
}

/** How much a {@link StateDatabase} keeps in memory. */
export interface StateDatabaseOptions {
  /** Tries with the nodes that were read of them. */
  readonly maxTries?: number
  readonly maxCodeBytes?: number
}

const noCode = new Uint8Array(0)
