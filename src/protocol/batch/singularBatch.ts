import { concatBytes } from '../../base/bytes.ts'
import { bytesToHex, type Hash, hexToBytes } from '../../base/hex.ts'
import {
  rlpBytes,
  rlpDecode,
  rlpEncode,
  rlpInteger,
  rlpList,
  rlpSpan,
  rlpUint,
} from '../../base/rlp.ts'

/**
 * What one L2 block is to be made from, with its place in the chain.
 *
 * @see https://specs.optimism.io/protocol/derivation.html#batch-format
 */
export interface SingularBatch {
  readonly type: 'singular'
  readonly parentHash: Hash
  /** The block's L1 origin. */
  readonly epochNumber: bigint
  readonly epochHash: Hash
  readonly timestamp: bigint
  /** EIP-2718 bytes of the sequenced transactions, without deposits. */
  readonly transactions: readonly Uint8Array[]
}

/** First byte of an encoded singular batch. */
export const singularBatchVersion = 0

/**
 * Decodes what follows the version byte. Bytes behind the list are ignored, as the specification says.
 *
 * @throws {DecodeError} any `RLP_…`
 */
export function decodeSingularBatch(content: Uint8Array): SingularBatch {
  const span = rlpSpan(content, 0)
  const fields = rlpList(rlpDecode(content.subarray(0, span.end)), 5)
  const [parentHash, epochNumber, epochHash, timestamp, transactions] = fields
  return {
    type: 'singular',
    parentHash: bytesToHex(rlpBytes(parentHash, 32)),
    epochNumber: rlpInteger(epochNumber, 8),
    epochHash: bytesToHex(rlpBytes(epochHash, 32)),
    timestamp: rlpInteger(timestamp, 8),
    transactions: rlpList(transactions).map((transaction) => rlpBytes(transaction)),
  }
}

/** Encodes a batch with its version byte. */
export function encodeSingularBatch(batch: Omit<SingularBatch, 'type'>): Uint8Array {
  const list = rlpEncode([
    hexToBytes(batch.parentHash),
    rlpUint(batch.epochNumber),
    hexToBytes(batch.epochHash),
    rlpUint(batch.timestamp),
    batch.transactions,
  ])
  return concatBytes(Uint8Array.of(singularBatchVersion), list)
}
