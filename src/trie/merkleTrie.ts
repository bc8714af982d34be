import { DecodeError, TaktError } from '../base/errors.ts'
import { bytesToHex, type Hash, hexToBytes } from '../base/hex.ts'
import { keccak256 } from '../base/keccak.ts'
import {
  BranchNode,
  decodeTrieNode,
  ExtensionNode,
  encodeTrieNode,
  LeafNode,
  nibbleAt,
  type ResolvedNode,
  type TrieNode,
  UnresolvedNode,
  withNibbles,
} from './trieNode.ts'

/** Finds the RLP of a trie node by its keccak256. `undefined`: not there. */
export type NodeSource = (hash: Hash) => Uint8Array | undefined

/** A change of one key. `undefined` deletes it. */
export interface TrieEntry {
  /** As long as all other keys of the trie. */
  readonly key: Uint8Array
  readonly value: Uint8Array | undefined
}

/** A node as it is kept: its RLP under its keccak256. */
export interface StoredNode {
  readonly hash: Hash
  readonly rlp: Uint8Array
}

/** A node that a trie refers to is not in its source: the store is damaged, pruned or a witness incomplete. */
export class MissingNodeError extends TaktError {
  constructor(hash: Hash) {
    super('TRIE_NODE_MISSING', `trie node ${hash} is not in the store`, { context: { hash } })
  }
}

/** Root of a trie without keys. */
const emptyRoot = hexToBytes('0x56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421')

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
  readonly #source: NodeSource
  #root: TrieNode | undefined

  private constructor(source: NodeSource, root: TrieNode | undefined, rootHash: Uint8Array) {
    this.#source = source
    this.#root = root
    this.rootHash = rootHash
  }

  /** The trie with that root. Nothing is read before a key is asked for. */
  static at(rootHash: Uint8Array, source: NodeSource): MerkleTrie {
    const isEmpty = compareBytes(rootHash, emptyRoot) === 0
    return new MerkleTrie(source, isEmpty ? undefined : new UnresolvedNode(rootHash), rootHash)
  }

  /** A trie without keys. */
  static empty(source: NodeSource): MerkleTrie {
    return new MerkleTrie(source, undefined, emptyRoot)
  }

  get isEmpty(): boolean {
    return this.#root === undefined
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
        node = this.#resolveExtension(node, key, depth)
      } else {
        const nibble: number = nibbleAt(key, depth)
        node = this.#resolveChild(node, nibble, key, depth + 1)
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
    const sorted = sortEntries(entries)
    const previous = this.#resolveRoot(sorted[0]!.key)
    const root = this.#apply(previous, 0, sorted, 0, sorted.length)
    if (root === undefined) return { trie: MerkleTrie.empty(this.#source), created: [] }
    if (root === previous) return { trie: this, created: [] }
    const created: StoredNode[] = []
    const reference = seal(root, created)
    if (reference.length === 32) {
      return { trie: new MerkleTrie(this.#source, root, reference), created }
    }
    // A root is named by its hash even where it is short enough to be embedded.
    const rootHash = keccak256(reference)
    created.push({ hash: bytesToHex(rootHash), rlp: reference })
    return { trie: new MerkleTrie(this.#source, root, rootHash), created }
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
        node = this.#resolveExtension(node, key, depth)
      } else {
        const nibble: number = nibbleAt(key, depth)
        node = this.#resolveChild(node, nibble, key, depth + 1)
        depth++
      }
    }
    return proof
  }

  /**
   * All keys with their values, in the order of the keys.
   *
   * @param keyLength - Bytes of a key.
   * @throws {MissingNodeError}
   */
  *entries(keyLength = 32): Generator<{ readonly key: Uint8Array; readonly value: Uint8Array }> {
    const zeroKey = new Uint8Array(keyLength)
    const root = this.#resolveRoot(zeroKey)
    if (root !== undefined) yield* this.#walk(root, zeroKey, 0)
  }

  *#walk(node: ResolvedNode, key: Uint8Array, depth: number): Generator<LeafNode> {
    if (node.type === 'leaf') {
      yield node
    } else if (node.type === 'extension') {
      const childKey = withNibbles(key, depth, node.path)
      const childDepth = depth + node.path.length
      yield* this.#walk(this.#resolveExtension(node, childKey, childDepth), childKey, childDepth)
    } else {
      for (let nibble = 0; nibble < 16; nibble++) {
        if (node.children[nibble] === undefined) continue
        const childKey = withNibbles(key, depth, Uint8Array.of(nibble))
        yield* this.#walk(
          this.#resolveChild(node, nibble, childKey, depth + 1)!,
          childKey,
          depth + 1,
        )
      }
    }
  }

  /** The subtree with the sorted entries `from..to` applied; the same object where nothing changes. */
  #apply(
    node: ResolvedNode | undefined,
    depth: number,
    entries: readonly TrieEntry[],
    from: number,
    to: number,
  ): ResolvedNode | undefined {
    switch (node?.type) {
      case undefined:
        return build(entries, from, to, depth)
      case 'leaf':
        return applyToLeaf(node, depth, entries, from, to)
      case 'extension':
        return this.#applyToExtension(node, depth, entries, from, to)
      case 'branch':
        return this.#applyToBranch(node, depth, entries, from, to)
    }
  }

  #applyToExtension(
    node: ExtensionNode,
    depth: number,
    entries: readonly TrieEntry[],
    from: number,
    to: number,
  ): ResolvedNode | undefined {
    const { path } = node
    // Keys that lead past the extension and have no value are deletions of what is not there.
    const live = (i: number) =>
      entries[i]!.value !== undefined || sharedNibbles(path, entries[i]!.key, depth) === path.length
    while (from < to && !live(from)) from++
    while (from < to && !live(to - 1)) to--
    if (from === to) return node
    // Sorted keys: what the first and the last share with the path, all share.
    const shared = Math.min(
      sharedNibbles(path, entries[from]!.key, depth),
      sharedNibbles(path, entries[to - 1]!.key, depth),
    )
    if (shared === path.length) {
      const childDepth = depth + shared
      const previous = this.#resolveExtension(node, entries[from]!.key, childDepth)
      const child = this.#applyToBranch(previous, childDepth, entries, from, to)
      return child === previous ? node : prefixed(path, child, depth)
    }
    const rest = path.subarray(shared + 1)
    const children = new Array<TrieNode | undefined>(16).fill(undefined)
    children[path[shared]!] = rest.length === 0 ? node.child : new ExtensionNode(rest, node.child)
    const split = new BranchNode(children)
    const branch = this.#applyToBranch(split, depth + shared, entries, from, to)
    return prefixed(path.subarray(0, shared), branch, depth)
  }

  #applyToBranch(
    node: BranchNode,
    depth: number,
    entries: readonly TrieEntry[],
    from: number,
    to: number,
  ): ResolvedNode | undefined {
    let children: (TrieNode | undefined)[] | undefined
    for (let start = from; start < to; ) {
      const nibble = nibbleAt(entries[start]!.key, depth)
      let end = start + 1
      while (end < to && nibbleAt(entries[end]!.key, depth) === nibble) end++
      const previous = this.#resolveChild(node, nibble, entries[start]!.key, depth + 1)
      const child = this.#apply(previous, depth + 1, entries, start, end)
      if (child !== previous) {
        children ??= node.children.slice()
        children[nibble] = child
      }
      start = end
    }
    return this.#collapse(
      children === undefined ? node : new BranchNode(children),
      depth,
      entries[from]!.key,
    )
  }

  /** A branch as it is when it has two children or more; else what its rest amounts to. */
  #collapse(node: BranchNode, depth: number, key: Uint8Array): ResolvedNode | undefined {
    let only = -1
    for (let nibble = 0; nibble < 16; nibble++) {
      if (node.children[nibble] === undefined) continue
      if (only >= 0) return node
      only = nibble
    }
    if (only < 0) return undefined
    const childKey = withNibbles(key, depth, Uint8Array.of(only))
    const child = this.#resolveChild(node, only, childKey, depth + 1)
    return prefixed(Uint8Array.of(only), child, depth)
  }

  #resolveRoot(key: Uint8Array): ResolvedNode | undefined {
    if (this.#root === undefined) return undefined
    const root = this.#resolve(this.#root, key, 0)
    this.#root = root
    return root
  }

  #resolveExtension(node: ExtensionNode, key: Uint8Array, depth: number): BranchNode {
    const child = this.#resolve(node.child, key, depth)
    if (child.type !== 'branch') {
      throw new DecodeError(
        'TRIE_NODE',
        `malformed trie node: an extension leads to a ${child.type}`,
      )
    }
    node.child = child
    return child
  }

  #resolveChild(
    node: BranchNode,
    nibble: number,
    key: Uint8Array,
    depth: number,
  ): ResolvedNode | undefined {
    const child = node.children[nibble]
    if (child === undefined || child.type !== 'unresolved') return child
    const resolved = this.#resolve(child, key, depth)
    node.children[nibble] = resolved
    return resolved
  }

  #resolve(node: TrieNode, key: Uint8Array, depth: number): ResolvedNode {
    if (node.type !== 'unresolved') return node
    const hash = bytesToHex(node.reference)
    const rlp = this.#source(hash)
    if (rlp === undefined) throw new MissingNodeError(hash)
    const resolved = decodeTrieNode(rlp, key, depth)
    resolved.reference = node.reference
    return resolved
  }
}

/** A new subtree of the sorted entries `from..to`. */
function build(
  entries: readonly TrieEntry[],
  from: number,
  to: number,
  depth: number,
): ResolvedNode | undefined {
  const live = entries.slice(from, to).filter((entry) => entry.value !== undefined)
  return live.length === 0 ? undefined : buildLive(live, 0, live.length, depth)
}

function buildLive(
  entries: readonly TrieEntry[],
  from: number,
  to: number,
  depth: number,
): LeafNode | ExtensionNode | BranchNode {
  const first = entries[from]!
  if (to - from === 1) return new LeafNode(first.key, depth, first.value!)
  const last = entries[to - 1]!.key
  let fork = depth
  while (nibbleAt(first.key, fork) === nibbleAt(last, fork)) fork++
  const children = new Array<TrieNode | undefined>(16).fill(undefined)
  for (let start = from; start < to; ) {
    const nibble = nibbleAt(entries[start]!.key, fork)
    let end = start + 1
    while (end < to && nibbleAt(entries[end]!.key, fork) === nibble) end++
    children[nibble] = buildLive(entries, start, end, fork + 1)
    start = end
  }
  const branch = new BranchNode(children)
  return fork === depth ? branch : new ExtensionNode(nibblesOf(first.key, depth, fork), branch)
}

function applyToLeaf(
  leaf: LeafNode,
  depth: number,
  entries: readonly TrieEntry[],
  from: number,
  to: number,
): ResolvedNode | undefined {
  const live: TrieEntry[] = []
  let isOverwritten = false
  let isPlaced = false
  for (let i = from; i < to; i++) {
    const entry = entries[i]!
    const order = compareBytes(entry.key, leaf.key)
    if (order === 0) isOverwritten = true
    if (order > 0 && !isOverwritten && !isPlaced) {
      live.push(leaf)
      isPlaced = true
    }
    if (entry.value !== undefined) live.push(entry)
  }
  if (!isOverwritten && !isPlaced) live.push(leaf)
  if (live.length === 0) return undefined
  if (live.length === 1) {
    const only = live[0]!
    if (only === leaf) return leaf
    if (
      isOverwritten &&
      compareBytes(only.value!, leaf.value) === 0 &&
      compareBytes(only.key, leaf.key) === 0
    ) {
      return leaf
    }
  }
  return buildLive(live, 0, live.length, depth)
}

/** A node below a run of nibbles that begins at `depth`: extensions merge, leaves take the nibbles in. */
function prefixed(
  path: Uint8Array,
  node: ResolvedNode | undefined,
  depth: number,
): ResolvedNode | undefined {
  if (node === undefined || path.length === 0) return node
  switch (node.type) {
    case 'leaf':
      return new LeafNode(node.key, depth, node.value)
    case 'extension': {
      const joined = new Uint8Array(path.length + node.path.length)
      joined.set(path)
      joined.set(node.path, path.length)
      return new ExtensionNode(joined, node.child)
    }
    default:
      return new ExtensionNode(path.slice(), node)
  }
}

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

/** Sorted by key; of several entries for one key the last stays. */
function sortEntries(entries: readonly TrieEntry[]): TrieEntry[] {
  const sorted = entries.slice().sort((a, b) => compareBytes(a.key, b.key))
  return sorted.filter(
    (entry, i) => i + 1 === sorted.length || compareBytes(entry.key, sorted[i + 1]!.key) !== 0,
  )
}

function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const length = Math.min(a.length, b.length)
  for (let i = 0; i < length; i++) {
    if (a[i] !== b[i]) return a[i]! - b[i]!
  }
  return a.length - b.length
}

/** How many nibbles of `path` the key has from `depth` on. */
function sharedNibbles(path: Uint8Array, key: Uint8Array, depth: number): number {
  let shared = 0
  while (shared < path.length && path[shared] === nibbleAt(key, depth + shared)) shared++
  return shared
}

function nibblesOf(key: Uint8Array, from: number, to: number): Uint8Array {
  const nibbles = new Uint8Array(to - from)
  for (let i = 0; i < nibbles.length; i++) nibbles[i] = nibbleAt(key, from + i)
  return nibbles
}
