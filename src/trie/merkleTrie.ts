import { bytesToHex, type Hash, hexToBytes } from '../base/hex.ts'
import { keccak256 } from '../base/keccak.ts'
import { NodeReader, type NodeSource } from './nodeReader.ts'
import {
  nibbleAt,
  type ResolvedNode,
  sharedNibbles,
  type TrieNode,
  UnresolvedNode,
} from './trieNode.ts'
import { encodeTrieNode } from './trieNodeCodec.ts'
import { compareBytes, type TrieEntry, updateTrie } from './trieUpdate.ts'

/** A node as it is kept: its RLP under its keccak256. */
export interface StoredNode {
  readonly hash: Hash
  readonly rlp: Uint8Array
}

/**
 * An immutable Merkle Patricia trie. Versions share what they have in common; nodes are read from the
 * source when a key's way leads over them.
 *
 * All keys have the same length (a hash, as a rule).
 *
 * @see https://ethereum.org/developers/docs/data-structures-and-encoding/patricia-merkle-trie/
 */
export class MerkleTrie {
  readonly rootHash: Uint8Array
  readonly #reader: NodeReader
  #root: TrieNode | undefined

  private constructor(reader: NodeReader, root: TrieNode | undefined, rootHash: Uint8Array) {
    this.#reader = reader
    this.#root = root
    this.rootHash = rootHash
  }

  /** The trie with that root. Nothing is read before a key is asked for. */
  static at(rootHash: Uint8Array, source: NodeSource): MerkleTrie {
    const isEmpty = compareBytes(rootHash, emptyRoot) === 0
    return new MerkleTrie(
      new NodeReader(source),
      isEmpty ? undefined : new UnresolvedNode(rootHash),
      rootHash,
    )
  }

  /** A trie without keys. */
  static empty(source: NodeSource): MerkleTrie {
    return new MerkleTrie(new NodeReader(source), undefined, emptyRoot)
  }

  /**
   * The value of a key.
   *
   * @throws {MissingNodeError}
   * @throws {DecodeError} when a stored node is malformed.
   */
  get(key: Uint8Array): Uint8Array | undefined {
    let node = this.#resolveRoot(key)
    let depth = 0
    for (;;) {
      if (node === undefined) return undefined
      if (node.type === 'leaf') {
        return compareBytes(node.key, key) === 0 ? node.value : undefined
      }
      if (node.type === 'extension') {
        if (sharedNibbles(node.path, key, depth) < node.path.length) return undefined
        depth += node.path.length
        node = this.#reader.belowExtension(node, key, depth)
      } else {
        const nibble: number = nibbleAt(key, depth)
        node = this.#reader.childOf(node, nibble, key, depth + 1)
        depth++
      }
    }
  }

  /**
   * The trie with all `entries` applied, and the nodes that are new in it.
   *
   * @param entries - In any order; the last of several for one key counts.
   * @throws {MissingNodeError}
   */
  update(entries: readonly TrieEntry[]): {
    readonly trie: MerkleTrie
    readonly created: readonly StoredNode[]
  } {
    if (entries.length === 0) return { trie: this, created: [] }
    const previous = this.#resolveRoot(entries[0]!.key)
    const root = updateTrie(this.#reader, previous, entries)
    if (root === undefined) {
      return { trie: new MerkleTrie(this.#reader, undefined, emptyRoot), created: [] }
    }
    if (root === previous) return { trie: this, created: [] }
    const created: StoredNode[] = []
    const reference = seal(root, created)
    if (reference.length === 32) {
      return { trie: new MerkleTrie(this.#reader, root, reference), created }
    }
    // A root is named by its hash even where it is short enough to be embedded.
    const rootHash = keccak256(reference)
    created.push({ hash: bytesToHex(rootHash), rlp: reference })
    return { trie: new MerkleTrie(this.#reader, root, rootHash), created }
  }

  /**
   * The nodes from the root towards `key`, as RLP: proof of its value, or of its absence.
   *
   * Nodes that are embedded in their parent are not listed. Empty for an empty trie.
   *
   * @throws {MissingNodeError}
   */
  prove(key: Uint8Array): Uint8Array[] {
    const proof: Uint8Array[] = []
    let node = this.#resolveRoot(key)
    let depth = 0
    while (node !== undefined) {
      const rlp = encodeTrieNode(node)
      if (depth === 0 || rlp.length >= 32) proof.push(rlp)
      if (node.type === 'leaf') return proof
      if (node.type === 'extension') {
        if (sharedNibbles(node.path, key, depth) < node.path.length) return proof
        depth += node.path.length
        node = this.#reader.belowExtension(node, key, depth)
      } else {
        const nibble: number = nibbleAt(key, depth)
        node = this.#reader.childOf(node, nibble, key, depth + 1)
        depth++
      }
    }
    return proof
  }

  #resolveRoot(key: Uint8Array): ResolvedNode | undefined {
    if (this.#root === undefined) return undefined
    const root = this.#reader.resolve(this.#root, key, 0)
    this.#root = root
    return root
  }
}

/** Root of a trie without keys. */
const emptyRoot = hexToBytes('0x56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421')

/** Computes all references below `node` that are missing and lists the nodes they belong to. */
function seal(node: TrieNode, created: StoredNode[]): Uint8Array {
  if (node.type === 'unresolved') return node.reference
  if (node.reference !== undefined) return node.reference
  if (node.type === 'extension') seal(node.child, created)
  else if (node.type === 'branch') {
    for (const child of node.children) if (child !== undefined) seal(child, created)
  }
  const rlp = encodeTrieNode(node)
  if (rlp.length < 32) {
    node.reference = rlp
    return rlp
  }
  const hash = keccak256(rlp)
  created.push({ hash: bytesToHex(hash), rlp })
  node.reference = hash
  return hash
}
