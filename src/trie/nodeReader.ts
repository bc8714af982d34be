import { DecodeError, TaktError } from '../base/errors.ts'
import { bytesToHex, type Hash } from '../base/hex.ts'
import type { BranchNode, ExtensionNode, ResolvedNode, TrieNode } from './trieNode.ts'
import { decodeTrieNode } from './trieNodeCodec.ts'

/** Finds the RLP of a trie node by its keccak256. `undefined`: not there. */
export type NodeSource = (hash: Hash) => Uint8Array | undefined

/** A node that a trie refers to is not in its source: the store is damaged, pruned or a witness incomplete. */
export class MissingNodeError extends TaktError {
  constructor(hash: Hash) {
    super('TRIE_NODE_MISSING', `trie node ${hash} is not in the store`, { context: { hash } })
  }
}

/**
 * Reads the nodes of tries from their source.
 *
 * `key` is one on whose way a node lies, `depth` the number of its nibbles that lead there.
 */
export class NodeReader {
  readonly #source: NodeSource

  constructor(source: NodeSource) {
    this.#source = source
  }

  /**
   * The node itself where it is known by its hash alone.
   *
   * @throws {MissingNodeError}
   * @throws {DecodeError} when the stored node is malformed.
   */
  resolve(node: TrieNode, key: Uint8Array, depth: number): ResolvedNode {
    if (node.type !== 'unresolved') return node
    const hash = bytesToHex(node.reference)
    const rlp = this.#source(hash)
    if (rlp === undefined) throw new MissingNodeError(hash)
    const resolved = decodeTrieNode(rlp, key, depth)
    resolved.reference = node.reference
    return resolved
  }

  /** A child of a branch, which keeps it from now on. */
  childOf(
    node: BranchNode,
    nibble: number,
    key: Uint8Array,
    depth: number,
  ): ResolvedNode | undefined {
    const child = node.children[nibble]
    if (child === undefined || child.type !== 'unresolved') return child
    const resolved = this.resolve(child, key, depth)
    node.children[nibble] = resolved
    return resolved
  }

  /** The child of an extension, which keeps it from now on. */
  belowExtension(node: ExtensionNode, key: Uint8Array, depth: number): BranchNode {
    const child = this.resolve(node.child, key, depth)
    if (child.type !== 'branch') {
      throw new DecodeError(
        'TRIE_NODE',
        `malformed trie node: an extension leads to a ${child.type}`,
      )
    }
    node.child = child
    return child
  }
}
