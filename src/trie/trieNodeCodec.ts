import { DecodeError } from '../base/errors.ts'
import { type RlpSpan, rlpSpan } from '../base/rlp.ts'
import {
  BranchNode,
  ExtensionNode,
  LeafNode,
  nibbleAt,
  type ResolvedNode,
  type TrieNode,
  UnresolvedNode,
  withNibbles,
} from './trieNode.ts'

/**
 * RLP of a node whose children all have their `reference`.
 *
 * A reference is the keccak256 of a node's RLP, or that RLP itself where it is under 32 bytes.
 */
export function encodeTrieNode(node: ResolvedNode): Uint8Array {
  switch (node.type) {
    case 'leaf':
      return encodeLeaf(node)
    case 'extension':
      return encodeExtension(node)
    case 'branch':
      return encodeBranch(node.children)
  }
}

/**
 * Decodes a node strictly: minimal RLP, a path that is needed, children that are hashes or short nodes.
 *
 * @param key - A key on whose way the node lies; its first `depth` nibbles lead to the node.
 * @throws {DecodeError} `TRIE_NODE`, or the RLP codes.
 */
export function decodeTrieNode(bytes: Uint8Array, key: Uint8Array, depth: number): ResolvedNode {
  const span = rlpSpan(bytes, 0)
  if (span.end !== bytes.length) throw malformed('bytes follow it')
  return decodeSpan(bytes, span, key, depth)
}

function decodeSpan(
  bytes: Uint8Array,
  list: RlpSpan,
  key: Uint8Array,
  depth: number,
): ResolvedNode {
  if (!list.isList) throw malformed('it is not a list')
  const items: RlpSpan[] = []
  for (let offset = list.start; offset < list.end; ) {
    const item = rlpSpan(bytes, offset, list.end)
    items.push(item)
    offset = item.end
  }
  if (items.length === 2) return decodePair(bytes, items[0]!, items[1]!, key, depth)
  if (items.length === 17) return decodeBranch(bytes, list.start, items, key, depth)
  throw malformed(`it has ${items.length} items, not 2 or 17`)
}

function decodePair(
  bytes: Uint8Array,
  pathItem: RlpSpan,
  item: RlpSpan,
  key: Uint8Array,
  depth: number,
): LeafNode | ExtensionNode {
  const path = decodePath(bytes, pathItem)
  if (path.isLeaf) {
    if (depth + path.nibbles.length !== key.length * 2)
      throw malformed('its path has a wrong length')
    if (item.isList || item.end === item.start) throw malformed('its value is a list or empty')
    return new LeafNode(
      withNibbles(key, depth, path.nibbles),
      depth,
      bytes.subarray(item.start, item.end),
    )
  }
  if (path.nibbles.length === 0) throw malformed('it is an extension without a path')
  const childDepth = depth + path.nibbles.length
  if (childDepth >= key.length * 2) throw malformed('its path is too long')
  // The reference of an embedded child begins at its list prefix, which follows the path.
  const child = decodeReference(
    bytes,
    pathItem.end,
    item,
    withNibbles(key, depth, path.nibbles),
    childDepth,
  )
  if (child === undefined || child.type === 'leaf' || child.type === 'extension') {
    throw malformed('an extension must lead to a branch')
  }
  return new ExtensionNode(path.nibbles, child)
}

function decodeBranch(
  bytes: Uint8Array,
  start: number,
  items: readonly RlpSpan[],
  key: Uint8Array,
  depth: number,
): BranchNode {
  if (depth >= key.length * 2) throw malformed('it is a branch below the last nibble')
  const children: (TrieNode | undefined)[] = []
  let used = 0
  let offset = start
  for (let nibble = 0; nibble < 16; nibble++) {
    const item = items[nibble]!
    const childKey = item.isList ? withNibbles(key, depth, Uint8Array.of(nibble)) : key
    const child = decodeReference(bytes, offset, item, childKey, depth + 1)
    if (child !== undefined) used++
    children.push(child)
    offset = item.end
  }
  if (used < 2) throw malformed('it is a branch with fewer than two children')
  const value = items[16]!
  if (value.isList || value.end !== value.start) throw malformed('it is a branch with a value')
  return new BranchNode(children)
}

function decodeReference(
  bytes: Uint8Array,
  offset: number,
  item: RlpSpan,
  key: Uint8Array,
  depth: number,
): TrieNode | undefined {
  if (item.isList) {
    if (item.end - offset >= 32) throw malformed('it embeds a node of 32 bytes or more')
    const child = decodeSpan(bytes, item, key, depth)
    child.reference = bytes.subarray(offset, item.end)
    return child
  }
  const length = item.end - item.start
  if (length === 0) return undefined
  if (length !== 32) throw malformed(`it refers to a child by ${length} bytes`)
  return new UnresolvedNode(bytes.subarray(item.start, item.end))
}

function decodePath(
  bytes: Uint8Array,
  item: RlpSpan,
): { readonly isLeaf: boolean; readonly nibbles: Uint8Array } {
  const length = item.end - item.start
  if (item.isList || length === 0) throw malformed('its path is a list or empty')
  const flags = bytes[item.start]!
  const isOdd = (flags & 0x10) !== 0
  if (flags >= 0x40 || (!isOdd && (flags & 0x0f) !== 0))
    throw malformed('its path has unknown flags')
  const nibbles = new Uint8Array(length * 2 - (isOdd ? 1 : 2))
  let at = 0
  if (isOdd) nibbles[at++] = flags & 0x0f
  for (let i = item.start + 1; i < item.end; i++) {
    nibbles[at++] = bytes[i]! >> 4
    nibbles[at++] = bytes[i]! & 0x0f
  }
  return { isLeaf: (flags & 0x20) !== 0, nibbles }
}

function encodeLeaf(node: LeafNode): Uint8Array {
  const { key, depth } = node
  const head = (depth & 1) === 0 ? 0x20 : 0x30 | nibbleAt(key, depth)
  return encodePair(head, key.subarray((depth + 1) >> 1), node.value, true)
}

function encodeExtension(node: ExtensionNode): Uint8Array {
  const { path } = node
  const isOdd = path.length & 1
  const tail = new Uint8Array(path.length >> 1)
  for (let i = 0; i < tail.length; i++) {
    tail[i] = (path[2 * i + isOdd]! << 4) | path[2 * i + 1 + isOdd]!
  }
  const child = node.child.reference!
  return encodePair(isOdd === 0 ? 0 : 0x10 | path[0]!, tail, child, child.length === 32)
}

/**
 * RLP of `[compact path, item]`.
 *
 * @param asString - Whether `item` is a byte string; else it is RLP already.
 */
function encodePair(head: number, tail: Uint8Array, item: Uint8Array, asString: boolean) {
  const pathSize = tail.length === 0 ? 1 : 2 + tail.length
  const payload = pathSize + (asString ? stringSize(item) : item.length)
  const out = new Uint8Array(prefixSize(payload) + payload)
  let at = writePrefix(out, 0, 0xc0, payload)
  if (tail.length > 0) out[at++] = 0x81 + tail.length
  out[at++] = head
  out.set(tail, at)
  at += tail.length
  if (asString) writeString(out, at, item)
  else out.set(item, at)
  return out
}

function encodeBranch(children: readonly (TrieNode | undefined)[]): Uint8Array {
  let payload = 1
  for (const child of children) {
    if (child === undefined) payload += 1
    else payload += child.reference!.length === 32 ? 33 : child.reference!.length
  }
  const out = new Uint8Array(prefixSize(payload) + payload)
  let at = writePrefix(out, 0, 0xc0, payload)
  for (const child of children) {
    if (child === undefined) {
      out[at++] = 0x80
      continue
    }
    const reference = child.reference!
    if (reference.length === 32) out[at++] = 0xa0
    out.set(reference, at)
    at += reference.length
  }
  out[at] = 0x80
  return out
}

function prefixSize(payload: number): number {
  if (payload <= 55) return 1
  return payload < 0x100 ? 2 : payload < 0x10000 ? 3 : 4
}

function writePrefix(out: Uint8Array, at: number, base: number, payload: number): number {
  if (payload <= 55) {
    out[at] = base + payload
    return at + 1
  }
  const size = prefixSize(payload) - 1
  out[at] = base + 55 + size
  for (let i = 0; i < size; i++) out[at + 1 + i] = (payload >> (8 * (size - 1 - i))) & 0xff
  return at + 1 + size
}

function stringSize(bytes: Uint8Array): number {
  if (bytes.length === 1 && bytes[0]! < 0x80) return 1
  return prefixSize(bytes.length) + bytes.length
}

function writeString(out: Uint8Array, at: number, bytes: Uint8Array): void {
  if (bytes.length === 1 && bytes[0]! < 0x80) out[at] = bytes[0]!
  else out.set(bytes, writePrefix(out, at, 0x80, bytes.length))
}

function malformed(why: string): DecodeError {
  return new DecodeError('TRIE_NODE', `malformed trie node: ${why}`)
}
