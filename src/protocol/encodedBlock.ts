import { DecodeError } from '../base/errors.ts'
import type { Hash } from '../base/hex.ts'
import { keccak256Hex } from '../base/keccak.ts'
import { rlpSpan } from '../base/rlp.ts'
import { type BlockHeader, decodeHeader } from './header.ts'

/** A block without what derivation has no use for: ommers and withdrawals. */
export interface DecodedBlock {
  readonly hash: Hash
  readonly header: BlockHeader
  /** EIP-2718 bytes, views into the encoded block. */
  readonly transactions: readonly Uint8Array[]
}

/**
 * Decodes a block as `debug_getRawBlock` gives it: `rlp([header, transactions, ommers, withdrawals])`, the last from
 * Shanghai on. Typed transactions are byte strings, those without type are lists.
 *
 * Whether the transactions are those that the header commits to is not checked, nor are ommers and withdrawals read.
 *
 * @throws {DecodeError} `BLOCK_FIELDS`, `HEADER_FIELDS`, `RLP_*`
 */
export function decodeBlock(encoded: Uint8Array): DecodedBlock {
  const block = rlpSpan(encoded, 0)
  if (!block.isList || block.end !== encoded.length) {
    throw new DecodeError('BLOCK_FIELDS', 'a block must be one RLP list and nothing else')
  }
  const header = rlpSpan(encoded, block.start, block.end)
  const list = rlpSpan(encoded, header.end, block.end)
  if (!header.isList || !list.isList) {
    throw new DecodeError('BLOCK_FIELDS', 'a block must begin with header and transactions')
  }
  const transactions: Uint8Array[] = []
  for (let offset = list.start; offset < list.end; ) {
    const item = rlpSpan(encoded, offset, list.end)
    transactions.push(encoded.subarray(item.isList ? offset : item.start, item.end))
    offset = item.end
  }
  // A copy: headers are kept long after the rest of the block is gone.
  const headerBytes = encoded.slice(block.start, header.end)
  return { hash: keccak256Hex(headerBytes), header: decodeHeader(headerBytes), transactions }
}
