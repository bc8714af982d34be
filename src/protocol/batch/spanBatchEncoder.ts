import { concatBytes } from '../../base/bytes.ts'
import { DecodeError } from '../../base/errors.ts'
import { hexToBytes } from '../../base/hex.ts'
import { type RlpItem, rlpBytes, rlpEncode, rlpInteger, rlpList } from '../../base/rlp.ts'
import { transactionFields, transactionType, transactionTypes } from '../transaction.ts'
import { encodeBitlist } from './bitlist.ts'
import { ByteColumn } from './byteColumn.ts'
import type { SingularBatch } from './singularBatch.ts'
import { type SpanBatchChain, spanBatchVersion } from './spanBatch.ts'
import { encodeUvarint } from './varint.ts'

/**
 * Encodes a span batch block by block. A block is taken apart once, when it is appended; asking for
 * the bytes joins the columns and changes nothing.
 *
 * @see https://specs.optimism.io/protocol/delta/span-batches.html#span-batch-format
 */
export class SpanBatchEncoder {
  readonly #chain: SpanBatchChain
  #first: SingularBatch | undefined
  #last: SingularBatch | undefined
  readonly #originBits: boolean[] = []
  readonly #txCounts = new ByteColumn()
  readonly #creationBits: boolean[] = []
  readonly #parityBits: boolean[] = []
  readonly #protectedBits: boolean[] = []
  readonly #signatures = new ByteColumn()
  readonly #recipients = new ByteColumn()
  readonly #data = new ByteColumn()
  readonly #nonces = new ByteColumn()
  readonly #gasLimits = new ByteColumn()

  constructor(chain: SpanBatchChain) {
    this.#chain = chain
  }

  /**
   * Appends the next block.
   *
   * @param beginsEpoch - The block is the first of its epoch (sequence number 0).
   * @throws {DecodeError} `SPAN_ORDER` when it does not follow the block before, `SPAN_TX_TYPE`,
   *   `SPAN_TX_CHAIN` (signed for another chain), `SPAN_TX_V`, and any `RLP_…`. The encoder is then
   *   unusable.
   */
  append(batch: SingularBatch, beginsEpoch: boolean): void {
    const last = this.#last
    if (last !== undefined && batch.timestamp !== last.timestamp + this.#chain.blockTime) {
      throw new DecodeError(
        'SPAN_ORDER',
        `block at ${batch.timestamp} does not follow the one at ${last.timestamp}`,
      )
    }
    this.#first ??= batch
    this.#last = batch
    this.#originBits.push(beginsEpoch)
    this.#txCounts.append(encodeUvarint(BigInt(batch.transactions.length)))
    for (const transaction of batch.transactions) this.#appendTransaction(transaction)
  }

  /** The span batch with its version byte. @throws {DecodeError} `SPAN_EMPTY` without blocks. */
  encode(): Uint8Array {
    if (this.#first === undefined || this.#last === undefined) {
      throw new DecodeError('SPAN_EMPTY', 'a span batch must have at least one block')
    }
    return concatBytes(
      Uint8Array.of(spanBatchVersion),
      encodeUvarint(this.#first.timestamp - this.#chain.genesisTime),
      encodeUvarint(this.#last.epochNumber),
      hexToBytes(this.#first.parentHash).subarray(0, 20),
      hexToBytes(this.#last.epochHash).subarray(0, 20),
      encodeUvarint(BigInt(this.#originBits.length)),
      encodeBitlist(this.#originBits),
      this.#txCounts.view(),
      encodeBitlist(this.#creationBits),
      encodeBitlist(this.#parityBits),
      this.#signatures.view(),
      this.#recipients.view(),
      this.#data.view(),
      this.#nonces.view(),
      this.#gasLimits.view(),
      encodeBitlist(this.#protectedBits),
    )
  }

  #appendTransaction(raw: Uint8Array): void {
    const { type, fields, v, r, s } = takeApart(raw, this.#chain.l2ChainId)
    if (type === 0) this.#protectedBits.push(v > 28n)
    // 27 and 28, and the chain's own values, are odd for parity 0; other types carry parity itself.
    this.#parityBits.push(type === 0 ? v % 2n === 0n : v === 1n)
    this.#creationBits.push(fields.to.length === 0)
    this.#signatures.append(leftPad32(r))
    this.#signatures.append(leftPad32(s))
    this.#recipients.append(fields.to)
    if (type !== 0) this.#data.append(Uint8Array.of(type))
    this.#data.append(rlpEncode([fields.value, ...fields.prices, ...fields.rest]))
    this.#nonces.append(encodeUvarint(rlpInteger(fields.nonce, 8)))
    this.#gasLimits.append(encodeUvarint(rlpInteger(fields.gasLimit, 8)))
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

interface TransactionParts {
  readonly type: number
  readonly fields: {
    readonly nonce: RlpItem
    readonly gasLimit: RlpItem
    /** Empty when the transaction creates a contract. */
    readonly to: Uint8Array
    readonly value: RlpItem
    /** Gas price, or priority fee and fee cap. */
    readonly prices: readonly RlpItem[]
    /** Data, access list, authorizations: as far as the type has them. */
    readonly rest: readonly RlpItem[]
  }
  readonly v: bigint
  readonly r: Uint8Array
  readonly s: Uint8Array
}

/** Prices and trailing fields of each type. */
const shapes: Readonly<Record<number, { prices: number; rest: number }>> = {
  [transactionTypes.legacy]: { prices: 1, rest: 1 },
  [transactionTypes.accessList]: { prices: 1, rest: 2 },
  [transactionTypes.dynamicFee]: { prices: 2, rest: 2 },
  [transactionTypes.setCode]: { prices: 2, rest: 3 },
}

function takeApart(raw: Uint8Array, chainId: bigint): TransactionParts {
  const type = transactionType(raw)
  const shape = shapes[type]
  if (shape === undefined) {
    throw new DecodeError('SPAN_TX_TYPE', `span batches carry no transactions of type ${type}`)
  }
  // All but legacy transactions begin with the chain id.
  const first = type === transactionTypes.legacy ? 0 : 1
  const items = rlpList(transactionFields(raw), first + shape.prices + shape.rest + 7)
  const pricesEnd = first + 1 + shape.prices
  const [gasLimit, to, value] = items.slice(pricesEnd, pricesEnd + 3)
  const [v, r, s] = items.slice(-3)
  const parts: TransactionParts = {
    type,
    fields: {
      nonce: items[first]!,
      gasLimit: gasLimit!,
      to: recipientOf(to),
      value: value!,
      prices: items.slice(first + 1, pricesEnd),
      rest: items.slice(pricesEnd + 3, -3),
    },
    v: rlpInteger(v),
    r: rlpBytes(r),
    s: rlpBytes(s),
  }
  const typedChainId = first === 1 ? rlpInteger(items[0]) : undefined
  checkSignatureV(parts, typedChainId, chainId)
  return parts
}

function recipientOf(item: RlpItem | undefined): Uint8Array {
  const to = rlpBytes(item)
  return to.length === 0 ? to : rlpBytes(to, 20)
}

function checkSignatureV(
  parts: TransactionParts,
  typedChainId: bigint | undefined,
  chainId: bigint,
): void {
  const { v } = parts
  const signedFor = typedChainId ?? (v === 27n || v === 28n ? chainId : (v - 35n) / 2n)
  if (signedFor !== chainId) {
    throw new DecodeError(
      'SPAN_TX_CHAIN',
      `transaction is signed for chain ${signedFor}, not ${chainId}`,
    )
  }
  if (typedChainId !== undefined && v > 1n) {
    throw new DecodeError('SPAN_TX_V', `transaction of type ${parts.type} has y-parity ${v}`)
  }
}

function leftPad32(bytes: Uint8Array): Uint8Array {
  if (bytes.length > 32) {
    throw new DecodeError('SPAN_TX_FIELD', `signature value has ${bytes.length} bytes, at most 32`)
  }
  const out = new Uint8Array(32)
  out.set(bytes, 32 - bytes.length)
  return out
}
