import type { NodeReader } from './nodeReader.ts'
import {
  BranchNode,
  ExtensionNode,
  LeafNode,
  nibbleAt,
  nibblesOf,
  type ResolvedNode,
  sharedNibbles,
  type TrieNode,
  withNibbles,
} from './trieNode.ts'

/** A change of one key. `undefined` deletes it. */
export interface TrieEntry {
  /** As long as all other keys of the trie. */
  readonly key: Uint8Array
  readonly value: Uint8Array | undefined
}

/**
 * The root of the trie with all `entries` applied; the same object where nothing changes.
 *
 * Each node on the way is visited once, whatever the number of entries below it.
 *
 * @param entries - In any order; the last of several for one key counts.
 * @throws {MissingNodeError}
 */
export function updateTrie(
  reader: NodeReader,
  root: ResolvedNode | undefined,
  entries: readonly TrieEntry[],
): ResolvedNode | undefined {
  const sorted = sortEntries(entries)
  return apply(reader, root, 0, sorted, 0, sorted.length)
}

/** The subtree with the sorted entries `from..to` applied; the same object where nothing changes. */
function apply(
  reader: NodeReader,
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
      return applyToExtension(reader, node, depth, entries, from, to)
    case 'branch':
      return applyToBranch(reader, node, depth, entries, from, to)
  }
}

function applyToExtension(
  reader: NodeReader,
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
    const previous = reader.belowExtension(node, entries[from]!.key, childDepth)
    const child = applyToBranch(reader, previous, childDepth, entries, from, to)
    return child === previous ? node : prefixed(path, child, depth)
  }
  const rest = path.subarray(shared + 1)
  const children = new Array<TrieNode | undefined>(16).fill(undefined)
  children[path[shared]!] = rest.length === 0 ? node.child : new ExtensionNode(rest, node.child)
  const split = new BranchNode(children)
  const branch = applyToBranch(reader, split, depth + shared, entries, from, to)
  return prefixed(path.subarray(0, shared), branch, depth)
}

function applyToBranch(
  reader: NodeReader,
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
    const previous = reader.childOf(node, nibble, entries[start]!.key, depth + 1)
    const child = apply(reader, previous, depth + 1, entries, start, end)
    if (child !== previous) {
      children ??= node.children.slice()
      children[nibble] = child
    }
    start = end
  }
  return collapse(
    reader,
    children === undefined ? node : new BranchNode(children),
    depth,
    entries[from]!.key,
  )
}

/** A branch as it is when it has two children or more; else what its rest amounts to. */
function collapse(
  reader: NodeReader,
  node: BranchNode,
  depth: number,
  key: Uint8Array,
): ResolvedNode | undefined {
  let only = -1
  for (let nibble = 0; nibble < 16; nibble++) {
    if (node.children[nibble] === undefined) continue
    if (only >= 0) return node
    only = nibble
  }
  if (only < 0) return undefined
  const childKey = withNibbles(key, depth, Uint8Array.of(only))
  const child = reader.childOf(node, only, childKey, depth + 1)
  return prefixed(Uint8Array.of(only), child, depth)
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

/** Sorted by key; of several entries for one key the last stays. */
function sortEntries(entries: readonly TrieEntry[]): TrieEntry[] {
  const sorted = entries.slice().sort((a, b) => compareBytes(a.key, b.key))
  return sorted.filter(
    (entry, i) => i + 1 === sorted.length || compareBytes(entry.key, sorted[i + 1]!.key) !== 0,
  )
}

/** Negative, zero or positive, as `a` sorts before, with or after `b`. */
export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const length = Math.min(a.length, b.length)
  for (let i = 0; i < length; i++) {
    if (a[i] !== b[i]) return a[i]! - b[i]!
  }
  return a.length - b.length
}
