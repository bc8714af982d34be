/**
 * A node of a Merkle Patricia trie whose keys all have the same length, so no branch holds a value.
 *
 * Nodes never change, save for two memos: `reference`, once it was computed, and a branch's or an
 * extension's child, when a bare hash gives way to the node that it stands for.
 */
export type TrieNode = ResolvedNode | UnresolvedNode

/** A node whose content is at hand. */
export type ResolvedNode = LeafNode | ExtensionNode | BranchNode

/** The value of one key. Where the leaf hangs is given by its parents: `key` is the whole key. */
export class LeafNode {
  readonly type = 'leaf'
  readonly key: Uint8Array
  /** Nibbles of `key` that lie above this leaf. */
  readonly depth: number
  readonly value: Uint8Array
  reference: Uint8Array | undefined

  constructor(key: Uint8Array, depth: number, value: Uint8Array) {
    this.key = key
    this.depth = depth
    this.value = value
    this.reference = undefined
  }
}

/** A run of nibbles that all keys below share. */
export class ExtensionNode {
  readonly type = 'extension'
  /** One nibble a byte, at least one. */
  readonly path: Uint8Array
  child: BranchNode | UnresolvedNode
  reference: Uint8Array | undefined

  constructor(path: Uint8Array, child: BranchNode | UnresolvedNode) {
    this.path = path
    this.child = child
    this.reference = undefined
  }
}

/** At least two of sixteen children. */
export class BranchNode {
  readonly type = 'branch'
  readonly children: (TrieNode | undefined)[]
  reference: Uint8Array | undefined

  constructor(children: (TrieNode | undefined)[]) {
    this.children = children
    this.reference = undefined
  }
}

/** A node known by its hash alone. */
export class UnresolvedNode {
  readonly type = 'unresolved'
  /** 32 bytes. */
  readonly reference: Uint8Array

  constructor(reference: Uint8Array) {
    this.reference = reference
  }
}

/** Nibble `index` of a key, the high half of a byte first. */
export function nibbleAt(key: Uint8Array, index: number): number {
  const byte = key[index >> 1]!
  return (index & 1) === 0 ? byte >> 4 : byte & 0x0f
}

/** A copy of `key` with the nibbles from `depth` on replaced; what lies behind them stays as it was. */
export function withNibbles(key: Uint8Array, depth: number, nibbles: Uint8Array): Uint8Array {
  const out = key.slice()
  for (let i = 0; i < nibbles.length; i++) {
    const index = depth + i
    const byte = out[index >> 1]!
    out[index >> 1] =
      (index & 1) === 0 ? (nibbles[i]! << 4) | (byte & 0x0f) : (byte & 0xf0) | nibbles[i]!
  }
  return out
}

/** How many nibbles of `path` the key has from `depth` on. */
export function sharedNibbles(path: Uint8Array, key: Uint8Array, depth: number): number {
  let shared = 0
  while (shared < path.length && path[shared] === nibbleAt(key, depth + shared)) shared++
  return shared
}

/** Nibbles `from..to` of a key, one a byte. */
export function nibblesOf(key: Uint8Array, from: number, to: number): Uint8Array {
  const nibbles = new Uint8Array(to - from)
  for (let i = 0; i < nibbles.length; i++) nibbles[i] = nibbleAt(key, from + i)
  return nibbles
}
