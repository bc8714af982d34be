import { bigIntToBytes } from '../../base/bytes.ts'
import type { Hash } from '../../base/hex.ts'

/**
 * Keys of the engine's database. The first byte names the kind of the value.
 *
 * Trie nodes and code are content under its own hash: they are written once and never change, so that
 * every block's state is found by its root alone.
 */
export const storeKeys = {
  /** RLP of a trie node. */
  node: (hash: Hash) => hashKey('n', hash),
  /** Code of contracts. */
  code: (hash: Hash) => hashKey('c', hash),
  /** RLP of a header, by block hash. */
  header: (hash: Hash) => hashKey('h', hash),
  /** Transactions of a block, by block hash. */
  body: (hash: Hash) => hashKey('b', hash),
  /** Receipts and senders of a block, by block hash. */
  receipts: (hash: Hash) => hashKey('r', hash),
  /** Hash of the canonical block of a number. */
  canonical: (number: bigint) => prefixed('#', bigIntToBytes(number, 8)),
  /** Number of the canonical block that holds a transaction, and its index. */
  transaction: (hash: Hash) => hashKey('t', hash),
  /** Hash of the genesis block. */
  genesis: prefixed('g', new Uint8Array(0)),
  /** Head, safe and finalized block. */
  heads: prefixed('H', new Uint8Array(0)),
} as const

function prefixed(kind: string, rest: Uint8Array): Uint8Array {
  const key = new Uint8Array(1 + rest.length)
  key[0] = kind.charCodeAt(0)
  key.set(rest, 1)
  return key
}

/** Thousands are made for each block: written in place, without a copy. */
function hashKey(kind: string, hash: Hash): Uint8Array {
  const key = new Uint8Array(33)
  key[0] = kind.charCodeAt(0)
  globalThis.Buffer.from(key.buffer).write(hash.slice(2), 1, 'hex')
  return key
}
