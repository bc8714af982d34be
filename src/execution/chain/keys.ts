import { bigIntToBytes, concatBytes } from '../../base/bytes.ts'
import { type Hash, hexToBytes } from '../../base/hex.ts'

/**
 * Keys of the engine's database. The first byte names the kind of the value.
 *
 * Trie nodes and code are content under its own hash: they are written once and never change, so that
 * every block's state is found by its root alone.
 */
export const storeKeys = {
  /** RLP of a trie node. */
  node: (hash: Hash) => prefixed('n', hexToBytes(hash)),
  /** Code of contracts. */
  code: (hash: Hash) => prefixed('c', hexToBytes(hash)),
  /** RLP of a header, by block hash. */
  header: (hash: Hash) => prefixed('h', hexToBytes(hash)),
  /** Transactions of a block, by block hash. */
  body: (hash: Hash) => prefixed('b', hexToBytes(hash)),
  /** Receipts and senders of a block, by block hash. */
  receipts: (hash: Hash) => prefixed('r', hexToBytes(hash)),
  /** Hash of the canonical block of a number. */
  canonical: (number: bigint) => prefixed('#', bigIntToBytes(number, 8)),
  /** Number of the canonical block that holds a transaction, and its index. */
  transaction: (hash: Hash) => prefixed('t', hexToBytes(hash)),
  /** Hash of the genesis block. */
  genesis: prefixed('g', new Uint8Array(0)),
  /** Head, safe and finalized block. */
  heads: prefixed('H', new Uint8Array(0)),
} as const

function prefixed(kind: string, rest: Uint8Array): Uint8Array {
  return concatBytes(Uint8Array.of(kind.charCodeAt(0)), rest)
}
