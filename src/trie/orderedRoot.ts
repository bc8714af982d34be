import { bytesToHex, type Hash } from '../base/hex.ts'
import { keccak256 } from '../base/keccak.ts'
import { rlpEncode, rlpLength, rlpUint, writeRlp, writeRlpListPrefix } from '../base/rlp.ts'

/**
 * Root of the Merkle Patricia trie that holds `items` under the RLP of their indexes: how headers commit to
 * transactions, receipts and withdrawals.
 *
 * Nothing is stored and no trie is built: with all keys known and sorted, each node is written once.
 *
 * @see https://ethereum.org/developers/docs/data-structures-and-encoding/patricia-merkle-trie/
 */
export function orderedTrieRoot(items: readonly Uint8Array[]): Hash {
  if (items.length === 0) return bytesToHex(keccak256(emptyString))
  const order = indexesByKey(items.length)
  const keys = order.map((index) => nibbles(rlpEncode(rlpUint(BigInt(index)))))
  const values = order.map((index) => items[index]!)
  const longest = items.reduce((most, { length }) => Math.max(most, length), 0)
  const writer = new NodeWriter(longest)
  return bytesToHex(keccak256(writer.write(keys, values, 0, items.length, 0)))
}

const emptyString = Uint8Array.of(0x80)

/** Indexes in the order of their RLP: 0 is `0x80` and comes behind 1 to 127, which stand for themselves. */
function indexesByKey(count: number): number[] {
  const order: number[] = []
  for (let index = 1; index < count && index < 0x80; index++) order.push(index)
  order.push(0)
  for (let index = 0x80; index < count; index++) order.push(index)
  return order
}

/** Writes nodes into memory that is used over and over: most are only there to be hashed. */
class NodeWriter {
  readonly #scratch: Uint8Array

  constructor(longestValue: number) {
    this.#scratch = new Uint8Array(Math.max(longestLeafOverhead + longestValue, longestBranch))
  }

  /** RLP of the node over entries `start` to `end`, which share their first `depth` nibbles. Holds until the next call. */
  write(
    keys: readonly Uint8Array[],
    values: readonly Uint8Array[],
    start: number,
    end: number,
    depth: number,
  ): Uint8Array {
    const first = keys[start]!
    if (end - start === 1) {
      const path = compactPath(first, depth, first.length, true)
      return this.#list([rlpEncode(path)], values[start]!)
    }
    // Sorted keys: what the outermost two share, all share.
    const last = keys[end - 1]!
    let shared = depth
    while (first[shared] === last[shared]) shared++
    if (shared > depth) {
      const child = reference(this.write(keys, values, start, end, shared))
      return this.#list([rlpEncode(compactPath(first, depth, shared, false)), child])
    }
    const parts: Uint8Array[] = []
    let from = start
    for (let nibble = 0; nibble < 16; nibble++) {
      let to = from
      while (to < end && keys[to]![depth] === nibble) to++
      parts.push(
        to === from ? emptyString : reference(this.write(keys, values, from, to, depth + 1)),
      )
      from = to
    }
    // No key is the beginning of another, so a branch never holds a value.
    parts.push(emptyString)
    return this.#list(parts)
  }

  /** An RLP list of items that are encoded already, and of one byte string behind them that is not. */
  #list(parts: readonly Uint8Array[], value?: Uint8Array): Uint8Array {
    let length = value === undefined ? 0 : rlpLength(value)
    for (const part of parts) length += part.length
    const out = this.#scratch
    let offset = writeRlpListPrefix(length, out, 0)
    for (const part of parts) {
      out.set(part, offset)
      offset += part.length
    }
    if (value !== undefined) offset = writeRlp(value, out, offset)
    return out.subarray(0, offset)
  }
}

/** Prefixes of list and value, and the path. */
const longestLeafOverhead = 32
/** Sixteen references of 33 bytes, an empty value, and the prefix. */
const longestBranch = 16 * 33 + 1 + 3

/** How a parent holds a node: a copy of it when it is short, else its hash. */
function reference(node: Uint8Array): Uint8Array {
  if (node.length < 32) return node.slice()
  const out = new Uint8Array(33)
  out[0] = 0xa0
  out.set(keccak256(node), 1)
  return out
}

/** Nibbles `from` to `to` in the hex-prefix encoding. */
function compactPath(key: Uint8Array, from: number, to: number, isLeaf: boolean): Uint8Array {
  const isOdd = (to - from) % 2 === 1
  const out = new Uint8Array(1 + ((to - from) >> 1))
  out[0] = ((isLeaf ? 2 : 0) + (isOdd ? 1 : 0)) << 4
  let next = from
  if (isOdd) out[0] |= key[next++]!
  for (let i = 1; i < out.length; i++, next += 2) out[i] = (key[next]! << 4) | key[next + 1]!
  return out
}

function nibbles(bytes: Uint8Array): Uint8Array {
  const out = new Uint8Array(2 * bytes.length)
  for (let i = 0; i < bytes.length; i++) {
    out[2 * i] = bytes[i]! >> 4
    out[2 * i + 1] = bytes[i]! & 0x0f
  }
  return out
}
