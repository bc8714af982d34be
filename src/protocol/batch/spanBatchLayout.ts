import { DecodeError } from '../../base/errors.ts'
import { bytesToHex, type Hex } from '../../base/hex.ts'
import { rlpSpan } from '../../base/rlp.ts'
import { bitlistBytes, checkBitlist, countBits } from './bitlist.ts'
import { readUvarint, wordsToBigInt } from './varint.ts'

/**
 * A span batch as it lies in its bytes: where each column begins, and no transaction touched yet.
 *
 * Columns instead of objects keep a span of thousands of transactions as cheap as one of ten.
 */
export interface SpanBatchLayout {
  /** The encoded batch; all offsets point into it. */
  readonly bytes: Uint8Array
  /** Seconds from the L2 genesis to the first block. */
  readonly relTimestamp: bigint
  /** Number of the L1 origin of the last block. */
  readonly l1OriginNumber: bigint
  /** First 20 bytes of the hash of the block before the span. */
  readonly parentCheck: Hex
  /** First 20 bytes of the hash of the last block's L1 origin. */
  readonly l1OriginCheck: Hex
  readonly blockCount: number
  /** End of the bitlist that says which blocks began an epoch. */
  readonly originBitsEnd: number
  /** Transactions of each block. */
  readonly txCounts: Uint32Array
  /** Transactions of all blocks. */
  readonly txCount: number
  readonly creationBitsEnd: number
  readonly parityBitsEnd: number
  /** Start of `r[32] | s[32]` of each transaction. */
  readonly signaturesStart: number
  /** Start of the 20-byte recipients, one for each transaction that creates no contract. */
  readonly recipientsStart: number
  /** Start of each transaction's data, and behind the last the end of all: `txCount + 1` offsets. */
  readonly dataOffsets: Uint32Array
  /** High and low word of each nonce. */
  readonly nonces: Uint32Array
  /** High and low word of each gas limit. */
  readonly gasLimits: Uint32Array
  /** End of the bitlist that says which legacy transactions carry a chain id. */
  readonly protectedBitsEnd: number
}

/** Blocks, or transactions, that one span batch may have. */
export const maxSpanBatchElements = 10_000_000

const checkBytes = 20
const signatureBytes = 64
const recipientBytes = 20
// The smallest data of a transaction is an empty list behind a type byte or on its own.
const leastTxBytes = signatureBytes + 1

/**
 * Locates the columns of a span batch. Bytes behind the last column are ignored.
 *
 * Nothing is allocated for a count before the bytes that back it are known to be there.
 *
 * @param bytes - What follows the version byte.
 * @throws {DecodeError} `SPAN_SHORT`, `SPAN_EMPTY`, `SPAN_TOO_LARGE`, `SPAN_TX_DATA`, and those of
 *   varints, bitlists and RLP.
 * @see https://specs.optimism.io/protocol/delta/span-batches.html#span-batch-format
 */
export function decodeSpanBatchLayout(bytes: Uint8Array): SpanBatchLayout {
  const word = new Uint32Array(2)
  let offset = readUvarint(bytes, 0, word, 0)
  const relTimestamp = wordsToBigInt(word, 0)
  offset = readUvarint(bytes, offset, word, 0)
  const l1OriginNumber = wordsToBigInt(word, 0)
  assertRoom(bytes, offset, 2 * checkBytes)
  const parentCheck = bytesToHex(bytes.subarray(offset, offset + checkBytes))
  const l1OriginCheck = bytesToHex(bytes.subarray(offset + checkBytes, offset + 2 * checkBytes))
  offset += 2 * checkBytes

  offset = readUvarint(bytes, offset, word, 0)
  const blockCount = elementCount(word, 'blocks')
  if (blockCount === 0) throw new DecodeError('SPAN_EMPTY', 'span batch has no blocks')
  const originBitsEnd = checkBitlist(bytes, offset, blockCount)
  offset = originBitsEnd

  assertRoom(bytes, offset, blockCount)
  const txCounts = new Uint32Array(blockCount)
  let txCount = 0
  for (let block = 0; block < blockCount; block++) {
    offset = readUvarint(bytes, offset, word, 0)
    txCounts[block] = elementCount(word, 'transactions in a block')
    txCount += txCounts[block]!
  }
  if (txCount > maxSpanBatchElements) throw tooLarge(txCount, 'transactions')

  const creationBitsStart = offset
  const creationBitsEnd = checkBitlist(bytes, offset, txCount)
  const parityBitsEnd = checkBitlist(bytes, creationBitsEnd, txCount)
  assertRoom(bytes, parityBitsEnd, txCount * leastTxBytes)
  const signaturesStart = parityBitsEnd
  const recipientsStart = signaturesStart + txCount * signatureBytes
  const recipientCount = txCount - countBits(bytes, creationBitsStart, creationBitsEnd)
  offset = recipientsStart + recipientCount * recipientBytes

  const dataOffsets = new Uint32Array(txCount + 1)
  let legacyCount = 0
  for (let tx = 0; tx < txCount; tx++) {
    dataOffsets[tx] = offset
    if (offset < bytes.length && bytes[offset]! > 0x7f) legacyCount++
    else if (bytes[offset++] === 0) legacyCount++
    offset = endOfTxData(bytes, offset)
  }
  dataOffsets[txCount] = offset

  assertRoom(bytes, offset, 2 * txCount + bitlistBytes(legacyCount))
  const nonces = new Uint32Array(2 * txCount)
  for (let tx = 0; tx < txCount; tx++) offset = readUvarint(bytes, offset, nonces, 2 * tx)
  const gasLimits = new Uint32Array(2 * txCount)
  for (let tx = 0; tx < txCount; tx++) offset = readUvarint(bytes, offset, gasLimits, 2 * tx)
  const protectedBitsEnd = checkBitlist(bytes, offset, legacyCount)

  return {
    bytes,
    relTimestamp,
    l1OriginNumber,
    parentCheck,
    l1OriginCheck,
    blockCount,
    originBitsEnd,
    txCounts,
    txCount,
    creationBitsEnd,
    parityBitsEnd,
    signaturesStart,
    recipientsStart,
    dataOffsets,
    nonces,
    gasLimits,
    protectedBitsEnd,
  }
}

function endOfTxData(bytes: Uint8Array, offset: number): number {
  const span = rlpSpan(bytes, offset)
  if (!span.isList) {
    throw new DecodeError('SPAN_TX_DATA', `transaction data at byte ${offset} is no RLP list`)
  }
  if (span.end - offset > maxSpanBatchElements) {
    throw tooLarge(span.end - offset, 'bytes of transaction data')
  }
  return span.end
}

function elementCount(word: Uint32Array, what: string): number {
  if (word[0] !== 0 || word[1]! > maxSpanBatchElements) throw tooLarge(wordsToBigInt(word, 0), what)
  return word[1]!
}

function assertRoom(bytes: Uint8Array, offset: number, length: number): void {
  if (offset + length > bytes.length) {
    throw new DecodeError('SPAN_SHORT', `span batch ends before the ${length} bytes at ${offset}`)
  }
}

function tooLarge(count: number | bigint, what: string): DecodeError {
  return new DecodeError(
    'SPAN_TOO_LARGE',
    `span batch claims ${count} ${what}, ${maxSpanBatchElements} are allowed`,
  )
}
