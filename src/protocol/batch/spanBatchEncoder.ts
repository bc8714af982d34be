import { bytesToBigInt, concatBytes } from '../../base/bytes.ts'
import { DecodeError } from '../../base/errors.ts'
import { hexToBytes } from '../../base/hex.ts'
import { type RlpSpan, rlpListPrefix, rlpSpan } from '../../base/rlp.ts'
import { transactionType, transactionTypes } from '../transaction.ts'
import { BitColumn } from './bitColumn.ts'
import { bitlistBytes } from './bitlist.ts'
import { ByteColumn } from './byteColumn.ts'
import type { SingularBatch } from './singularBatch.ts'
import { type SpanBatchChain, spanBatchVersion } from './spanBatch.ts'
import { encodeUvarint } from './varint.ts'

/**
 * Encodes a span batch block by block. A block is taken apart once, when it is appended; asking for
 * the bytes, of all blocks or of the first few, joins the columns and changes nothing.
 *
 * @see https://specs.optimism.io/protocol/delta/span-batches.html#span-batch-format
 */
export class SpanBatchEncoder {
  readonly #chain: SpanBatchChain
  readonly #blocks: BlockMark[] = []
  #firstParent: Uint8Array | undefined
  readonly #originBits = new BitColumn()
  readonly #txCounts = new ByteColumn()
  readonly #creationBits = new BitColumn()
  readonly #parityBits = new BitColumn()
  readonly #protectedBits = new BitColumn()
  readonly #signatures = new ByteColumn()
  readonly #recipients = new ByteColumn()
  readonly #data = new ByteColumn()
  readonly #nonces = new ByteColumn()
  readonly #gasLimits = new ByteColumn()

  constructor(chain: SpanBatchChain) {
    this.#chain = chain
  }

  get blockCount(): number {
    return this.#blocks.length
  }

  /**
   * Appends the next block.
   *
   * @param beginsEpoch - The block is the first of its epoch (sequence number 0).
   * @throws {DecodeError} `SPAN_ORDER` when it does not follow the block before, `SPAN_TX_TYPE`, `SPAN_TX_FIELD`,
   *   `SPAN_TX_CHAIN` (signed for another chain), `SPAN_TX_V`, and any `RLP_…`. The encoder is then
   *   unusable.
   */
  append(batch: SingularBatch, beginsEpoch: boolean): void {
    const last = this.#blocks.at(-1)
    if (last !== undefined && batch.timestamp !== last.timestamp + this.#chain.blockTime) {
      throw new DecodeError(
        'SPAN_ORDER',
        `block at ${batch.timestamp} does not follow the one at ${last.timestamp}`,
      )
    }
    this.#firstParent ??= hexToBytes(batch.parentHash)
    this.#originBits.append(beginsEpoch)
    appendUvarint(this.#txCounts, batch.transactions.length)
    for (const transaction of batch.transactions) this.#appendTransaction(transaction)
    this.#blocks.push({
      timestamp: batch.timestamp,
      epochNumber: batch.epochNumber,
      epochHash: batch.epochHash,
      txCounts: this.#txCounts.length,
      transactions: this.#creationBits.length,
      recipients: this.#recipients.length,
      data: this.#data.length,
      nonces: this.#nonces.length,
      gasLimits: this.#gasLimits.length,
      protectedBits: this.#protectedBits.length,
    })
  }

  /**
   * The span batch of the first blocks, with its version byte.
   *
   * @throws {DecodeError} `SPAN_EMPTY` without blocks.
   */
  encode(blockCount = this.#blocks.length): Uint8Array {
    const last = this.#lastOf(blockCount)
    return concatBytes(
      Uint8Array.of(spanBatchVersion),
      this.#relTimestamp(),
      encodeUvarint(last.epochNumber),
      this.#firstParent!.subarray(0, 20),
      hexToBytes(last.epochHash).subarray(0, 20),
      encodeUvarint(BigInt(blockCount)),
      this.#originBits.encode(blockCount),
      this.#txCounts.view(last.txCounts),
      this.#creationBits.encode(last.transactions),
      this.#parityBits.encode(last.transactions),
      this.#signatures.view(64 * last.transactions),
      this.#recipients.view(last.recipients),
      this.#data.view(last.data),
      this.#nonces.view(last.nonces),
      this.#gasLimits.view(last.gasLimits),
      this.#protectedBits.encode(last.protectedBits),
    )
  }

  /** Length of what {@link encode} gives, without joining anything. @throws like `encode` */
  encodedLength(blockCount = this.#blocks.length): number {
    const last = this.#lastOf(blockCount)
    return (
      41 +
      this.#relTimestamp().length +
      encodeUvarint(last.epochNumber).length +
      encodeUvarint(BigInt(blockCount)).length +
      bitlistBytes(blockCount) +
      last.txCounts +
      2 * bitlistBytes(last.transactions) +
      64 * last.transactions +
      last.recipients +
      last.data +
      last.nonces +
      last.gasLimits +
      bitlistBytes(last.protectedBits)
    )
  }

  #lastOf(blockCount: number): BlockMark {
    const last = this.#blocks[blockCount - 1]
    if (last !== undefined) return last
    throw new DecodeError('SPAN_EMPTY', 'a span batch must have at least one block')
  }

  #relTimestamp(): Uint8Array {
    return encodeUvarint(this.#blocks[0]!.timestamp - this.#chain.genesisTime)
  }

  /** Copies the fields as they are encoded: none becomes an object on the way. */
  #appendTransaction(raw: Uint8Array): void {
    const type = transactionType(raw)
    const shape = shapes[type]
    if (shape === undefined) {
      throw new DecodeError('SPAN_TX_TYPE', `span batches carry no transactions of type ${type}`)
    }
    const isLegacy = type === transactionTypes.legacy
    const fields = fieldsOf(raw, isLegacy ? 0 : 1, shape.fieldCount)
    // All but legacy transactions begin with the chain id.
    const nonce = isLegacy ? 0 : 1
    const gasLimit = nonce + 1 + shape.prices
    const [to, value, rest, v] = [gasLimit + 1, gasLimit + 2, gasLimit + 3, shape.fieldCount - 3]

    const yParityOrV = integerAt(raw, fields[v]!)
    const signedFor = isLegacy
      ? chainOfLegacyV(yParityOrV)
      : { chainId: integerAt(raw, fields[0]!) }
    this.#checkSignature(type, yParityOrV, signedFor?.chainId)
    if (isLegacy) this.#protectedBits.append(signedFor !== undefined)
    // 27 and 28, and the chain's own values, are odd for parity 0; other types carry parity itself.
    this.#parityBits.append((yParityOrV & 1n) === (isLegacy ? 0n : 1n))
    this.#appendScalar(raw, fields[v + 1]!)
    this.#appendScalar(raw, fields[v + 2]!)
    this.#appendRecipient(raw, fields[to]!)
    appendInteger(this.#nonces, raw, fields[nonce]!)
    appendInteger(this.#gasLimits, raw, fields[gasLimit]!)

    const valueItem = raw.subarray(fields[value]!.offset, fields[value]!.end)
    const prices = raw.subarray(fields[nonce]!.end, fields[gasLimit]!.offset)
    const others = raw.subarray(fields[rest]!.offset, fields[v]!.offset)
    if (!isLegacy) this.#data.appendByte(type)
    this.#data.append(rlpListPrefix(valueItem.length + prices.length + others.length))
    this.#data.append(valueItem)
    this.#data.append(prices)
    this.#data.append(others)
  }

  #appendScalar(raw: Uint8Array, field: Field): void {
    const bytes = stringOf(raw, field)
    if (bytes.length > 32) {
      throw new DecodeError(
        'SPAN_TX_FIELD',
        `signature value has ${bytes.length} bytes, at most 32`,
      )
    }
    this.#signatures.append(zeros.subarray(bytes.length))
    this.#signatures.append(bytes)
  }

  #appendRecipient(raw: Uint8Array, field: Field): void {
    const to = stringOf(raw, field)
    if (to.length !== 0 && to.length !== 20) {
      throw new DecodeError('SPAN_TX_FIELD', `recipient has ${to.length} bytes, not 20 or none`)
    }
    this.#creationBits.append(to.length === 0)
    this.#recipients.append(to)
  }

  /** @param signedFor - `undefined` for a legacy transaction that any chain would take. */
  #checkSignature(type: number, v: bigint, signedFor: bigint | undefined): void {
    if (signedFor !== undefined && signedFor !== this.#chain.l2ChainId) {
      throw new DecodeError(
        'SPAN_TX_CHAIN',
        `transaction is signed for chain ${signedFor}, not ${this.#chain.l2ChainId}`,
      )
    }
    if (type !== transactionTypes.legacy && v > 1n) {
      throw new DecodeError('SPAN_TX_V', `transaction of type ${type} has y-parity ${v}`)
    }
  }
}

/** Encodes blocks as one span batch with its version byte. */
export function encodeSpanBatch(
  blocks: readonly SingularBatch[],
  chain: SpanBatchChain,
  firstBeginsEpoch: boolean,
): Uint8Array {
  const encoder = new SpanBatchEncoder(chain)
  for (const [index, block] of blocks.entries()) {
    const before = blocks[index - 1]
    const begins = before === undefined ? firstBeginsEpoch : block.epochNumber > before.epochNumber
    encoder.append(block, begins)
  }
  return encoder.encode()
}

/** What the span ends with if this block is its last, and how far the columns reach then. */
interface BlockMark extends Pick<SingularBatch, 'timestamp' | 'epochNumber' | 'epochHash'> {
  readonly txCounts: number
  readonly transactions: number
  readonly recipients: number
  readonly data: number
  readonly nonces: number
  readonly gasLimits: number
  readonly protectedBits: number
}

/** An RLP item with the place where its prefix begins. */
interface Field extends RlpSpan {
  readonly offset: number
}

/** Prices and fields in all of each type. */
const shapes: Readonly<Record<number, { prices: number; fieldCount: number }>> = {
  [transactionTypes.legacy]: { prices: 1, fieldCount: 9 },
  [transactionTypes.accessList]: { prices: 1, fieldCount: 11 },
  [transactionTypes.dynamicFee]: { prices: 2, fieldCount: 12 },
  [transactionTypes.setCode]: { prices: 2, fieldCount: 13 },
}

const zeros = new Uint8Array(32)

function fieldsOf(raw: Uint8Array, start: number, count: number): Field[] {
  const list = rlpSpan(raw, start)
  if (!list.isList || list.end !== raw.length) {
    throw new DecodeError('SPAN_TX_FIELD', 'transaction is not one RLP list')
  }
  const fields: Field[] = []
  for (let offset = list.start; offset < list.end; offset = fields.at(-1)!.end) {
    fields.push({ offset, ...rlpSpan(raw, offset, list.end) })
  }
  if (fields.length === count) return fields
  throw new DecodeError(
    'SPAN_TX_FIELD',
    `transaction has ${fields.length} fields, its type has ${count}`,
  )
}

function stringOf(raw: Uint8Array, field: Field): Uint8Array {
  if (field.isList) {
    throw new DecodeError('SPAN_TX_FIELD', `field at byte ${field.offset} is a list`)
  }
  return raw.subarray(field.start, field.end)
}

function integerAt(raw: Uint8Array, field: Field): bigint {
  const bytes = stringOf(raw, field)
  if (bytes.length > 32 || bytes[0] === 0) {
    throw new DecodeError('SPAN_TX_FIELD', `field at byte ${field.offset} is no integer`)
  }
  return bytesToBigInt(bytes)
}

/** The chain that a legacy signature is bound to (EIP-155); `undefined` for 27 and 28, which are not bound. */
function chainOfLegacyV(v: bigint): { readonly chainId: bigint } | undefined {
  return v === 27n || v === 28n ? undefined : { chainId: (v - 35n) / 2n }
}

/** Appends an RLP integer of up to 64 bits as a varint. */
function appendInteger(column: ByteColumn, raw: Uint8Array, field: Field): void {
  const size = field.end - field.start
  if (size > 6) {
    column.append(encodeUvarint(integerAt(raw, field)))
    return
  }
  const bytes = stringOf(raw, field)
  let value = 0
  for (const byte of bytes) value = value * 256 + byte
  appendUvarint(column, value)
}

/** @param value - A safe integer. */
function appendUvarint(column: ByteColumn, value: number): void {
  let rest = value
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) column.appendByte((rest % 0x80) | 0x80)
  column.appendByte(rest)
}
