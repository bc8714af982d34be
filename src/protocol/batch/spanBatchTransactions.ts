import { DecodeError } from '../../base/errors.ts'
import { rlpEncode, rlpPrefixLength, rlpSpan, rlpUint, writeRlpListPrefix } from '../../base/rlp.ts'
import { transactionTypes } from '../transaction.ts'
import { bitAt } from './bitlist.ts'
import type { SpanBatchLayout } from './spanBatchLayout.ts'

/** The transactions of a span batch, rebuilt one behind the other in one buffer. */
export interface RebuiltTransactions {
  readonly bytes: Uint8Array
  /** Start of each transaction, and behind the last the end of all. */
  readonly offsets: Uint32Array
}

/**
 * Rebuilds the EIP-2718 bytes of all transactions of a span batch.
 *
 * Two passes over the columns: the first finds where the fields lie and how long each transaction
 * becomes, the second writes into a buffer of exactly that size. Fields are copied as they are
 * encoded, so none becomes an object or a bigint on the way.
 *
 * @throws {DecodeError} `SPAN_TX_TYPE` (none of 0, 1, 2, 4), `SPAN_TX_TO` (a SetCode transaction that
 *   creates a contract), `SPAN_TX_FIELD` (a field is missing, too long or not canonical).
 */
export function rebuildTransactions(layout: SpanBatchLayout, chainId: bigint): RebuiltTransactions {
  const { txCount } = layout
  const chain = chainItems(chainId)
  const plan: Plan = {
    types: new Uint8Array(txCount),
    vItems: new Array(txCount),
    fields: new Uint32Array(3 * txCount),
    payloads: new Uint32Array(txCount),
  }
  const offsets = new Uint32Array(txCount + 1)
  const cursor = { recipient: layout.recipientsStart, legacy: 0 }
  for (let tx = 0; tx < txCount; tx++) {
    offsets[tx + 1] = offsets[tx]! + planTransaction(layout, chain, plan, cursor, tx)
  }
  const out = new Uint8Array(offsets[txCount]!)
  cursor.recipient = layout.recipientsStart
  for (let tx = 0; tx < txCount; tx++) {
    writeTransaction(layout, chain, plan, cursor, tx, out, offsets[tx]!)
  }
  return { bytes: out, offsets }
}

const { legacy, accessList, dynamicFee, setCode } = transactionTypes

const emptyList = 0xc0
const recipientItemBytes = 21

/** RLP items that depend on the chain alone. */
interface ChainItems {
  readonly chainId: Uint8Array
  /** `v` of a legacy transaction without and with chain id, and of all others, by y-parity. */
  readonly unprotectedV: readonly [Uint8Array, Uint8Array]
  readonly protectedV: readonly [Uint8Array, Uint8Array]
  readonly parity: readonly [Uint8Array, Uint8Array]
}

/** What the first pass tells the second. */
interface Plan {
  readonly types: Uint8Array
  readonly vItems: Uint8Array[]
  /** For each transaction: start of the value, end of the value, end of the prices. */
  readonly fields: Uint32Array
  /** Length of each transaction's RLP list without prefix. */
  readonly payloads: Uint32Array
}

/** How far the columns are read that not every transaction has an entry in. */
interface ColumnCursor {
  recipient: number
  legacy: number
}

function chainItems(chainId: bigint): ChainItems {
  const item = (value: bigint) => rlpEncode(rlpUint(value))
  return {
    chainId: item(chainId),
    unprotectedV: [item(27n), item(28n)],
    protectedV: [item(2n * chainId + 35n), item(2n * chainId + 36n)],
    parity: [item(0n), item(1n)],
  }
}

/** Checks one transaction's fields, notes where they lie, and returns its length. */
function planTransaction(
  layout: SpanBatchLayout,
  chain: ChainItems,
  plan: Plan,
  cursor: ColumnCursor,
  tx: number,
): number {
  const { bytes, dataOffsets } = layout
  const start = dataOffsets[tx]!
  const end = dataOffsets[tx + 1]!
  const type = bytes[start]! > 0x7f ? legacy : typeByte(bytes[start]!)
  const list = rlpSpan(bytes, type === legacy ? start : start + 1, end)
  const valueEnd = integerEnd(bytes, list.start, list.end)
  let pricesEnd = integerEnd(bytes, valueEnd, list.end)
  if (type === dynamicFee || type === setCode) {
    pricesEnd = integerEnd(bytes, pricesEnd, list.end)
  }
  let rest = stringEnd(bytes, pricesEnd, list.end)
  if (type !== legacy) rest = accessListEnd(bytes, rest, list.end)
  if (type === setCode) rest = authorizationsEnd(bytes, rest, list.end)
  if (rest !== list.end) throw wrongField(rest, 'has more fields than its type')

  const createsContract = bitAt(bytes, layout.creationBitsEnd, tx) === 1
  if (createsContract && type === setCode) {
    throw new DecodeError('SPAN_TX_TO', `transaction ${tx} of type 4 has no recipient`)
  }
  const vItem = signatureV(layout, chain, cursor, type, tx)
  const signature = layout.signaturesStart + 64 * tx
  const payload =
    (type === legacy ? 0 : chain.chainId.length) +
    wordsItemLength(layout.nonces, tx) +
    wordsItemLength(layout.gasLimits, tx) +
    (createsContract ? 1 : recipientItemBytes) +
    (list.end - list.start) +
    vItem.length +
    scalarItemLength(bytes, signature) +
    scalarItemLength(bytes, signature + 32)
  plan.types[tx] = type
  plan.vItems[tx] = vItem
  plan.fields[3 * tx] = list.start
  plan.fields[3 * tx + 1] = valueEnd
  plan.fields[3 * tx + 2] = pricesEnd
  plan.payloads[tx] = payload
  return (type === legacy ? 0 : 1) + rlpPrefixLength(payload) + payload
}

function writeTransaction(
  layout: SpanBatchLayout,
  chain: ChainItems,
  plan: Plan,
  cursor: ColumnCursor,
  tx: number,
  out: Uint8Array,
  offset: number,
): void {
  const { bytes } = layout
  const type = plan.types[tx]!
  const valueStart = plan.fields[3 * tx]!
  const valueEnd = plan.fields[3 * tx + 1]!
  const pricesEnd = plan.fields[3 * tx + 2]!
  let at = offset
  if (type !== legacy) out[at++] = type
  at = writeRlpListPrefix(plan.payloads[tx]!, out, at)
  if (type !== legacy) at = copy(chain.chainId, 0, chain.chainId.length, out, at)
  at = writeWordsItem(layout.nonces, tx, out, at)
  at = copy(bytes, valueEnd, pricesEnd, out, at)
  at = writeWordsItem(layout.gasLimits, tx, out, at)
  if (bitAt(bytes, layout.creationBitsEnd, tx) === 1) {
    out[at++] = 0x80
  } else {
    out[at++] = 0x80 + 20
    at = copy(bytes, cursor.recipient, cursor.recipient + 20, out, at)
    cursor.recipient += 20
  }
  at = copy(bytes, valueStart, valueEnd, out, at)
  at = copy(bytes, pricesEnd, layout.dataOffsets[tx + 1]!, out, at)
  const vItem = plan.vItems[tx]!
  at = copy(vItem, 0, vItem.length, out, at)
  const signature = layout.signaturesStart + 64 * tx
  at = writeScalarItem(bytes, signature, out, at)
  writeScalarItem(bytes, signature + 32, out, at)
}

function typeByte(byte: number): number {
  if (byte === accessList || byte === dynamicFee || byte === setCode) return byte
  throw new DecodeError('SPAN_TX_TYPE', `span batches carry no transactions of type ${byte}`)
}

function signatureV(
  layout: SpanBatchLayout,
  chain: ChainItems,
  cursor: ColumnCursor,
  type: number,
  tx: number,
): Uint8Array {
  const parity = bitAt(layout.bytes, layout.parityBitsEnd, tx) as 0 | 1
  if (type !== legacy) return chain.parity[parity]
  const isProtected = bitAt(layout.bytes, layout.protectedBitsEnd, cursor.legacy++) === 1
  return isProtected ? chain.protectedV[parity] : chain.unprotectedV[parity]
}

/** End of the canonical unsigned integer of at most `maxBytes` that begins at `offset`. */
function integerEnd(bytes: Uint8Array, offset: number, limit: number, maxBytes = 32): number {
  const span = rlpSpan(bytes, offset, limit)
  if (
    span.isList ||
    span.end - span.start > maxBytes ||
    (span.start < span.end && bytes[span.start] === 0)
  ) {
    throw wrongField(offset, `is no integer of at most ${maxBytes} bytes`)
  }
  return span.end
}

/** End of the byte string that begins at `offset`, of exactly `size` bytes where given. */
function stringEnd(bytes: Uint8Array, offset: number, limit: number, size?: number): number {
  const span = rlpSpan(bytes, offset, limit)
  if (span.isList || (size !== undefined && span.end - span.start !== size)) {
    throw wrongField(offset, size === undefined ? 'is no byte string' : `has not ${size} bytes`)
  }
  return span.end
}

function listAt(bytes: Uint8Array, offset: number, limit: number): { start: number; end: number } {
  const span = rlpSpan(bytes, offset, limit)
  if (!span.isList) throw wrongField(offset, 'is no list')
  return span
}

/** End of an EIP-2930 access list: `[[address, [slot, …]], …]`. */
function accessListEnd(bytes: Uint8Array, offset: number, limit: number): number {
  if (offset < limit && bytes[offset] === emptyList) return offset + 1
  const list = listAt(bytes, offset, limit)
  for (let at = list.start; at < list.end; ) {
    const entry = listAt(bytes, at, list.end)
    const slots = listAt(bytes, stringEnd(bytes, entry.start, entry.end, 20), entry.end)
    for (let slot = slots.start; slot < slots.end; ) slot = stringEnd(bytes, slot, slots.end, 32)
    if (slots.end !== entry.end) throw wrongField(at, 'is no access list entry')
    at = entry.end
  }
  return list.end
}

/** End of an EIP-7702 authorization list: `[[chainId, address, nonce, yParity, r, s], …]`. */
function authorizationsEnd(bytes: Uint8Array, offset: number, limit: number): number {
  const list = listAt(bytes, offset, limit)
  for (let at = list.start; at < list.end; ) {
    const entry = listAt(bytes, at, list.end)
    let field = integerEnd(bytes, entry.start, entry.end)
    field = stringEnd(bytes, field, entry.end, 20)
    field = integerEnd(bytes, field, entry.end, 8)
    field = integerEnd(bytes, field, entry.end, 1)
    field = integerEnd(bytes, field, entry.end)
    field = integerEnd(bytes, field, entry.end)
    if (field !== entry.end) throw wrongField(at, 'is no authorization')
    at = entry.end
  }
  return list.end
}

function wrongField(offset: number, problem: string): DecodeError {
  return new DecodeError('SPAN_TX_FIELD', `transaction field at byte ${offset} ${problem}`)
}

function bytesOfWords(high: number, low: number): number {
  return high === 0 ? (32 - Math.clz32(low) + 7) >> 3 : 4 + ((32 - Math.clz32(high) + 7) >> 3)
}

/** Length of the RLP integer whose high and low words are entry `tx` of a column. */
function wordsItemLength(words: Uint32Array, tx: number): number {
  const high = words[2 * tx]!
  const low = words[2 * tx + 1]!
  return high === 0 && low < 0x80 ? 1 : 1 + bytesOfWords(high, low)
}

function writeWordsItem(words: Uint32Array, tx: number, out: Uint8Array, offset: number): number {
  const high = words[2 * tx]!
  const low = words[2 * tx + 1]!
  if (high === 0 && low < 0x80) {
    out[offset] = low === 0 ? 0x80 : low
    return offset + 1
  }
  const length = bytesOfWords(high, low)
  out[offset] = 0x80 + length
  for (let i = 0; i < length; i++) {
    const word = i < 4 ? low : high
    out[offset + length - i] = word >>> (8 * (i & 3))
  }
  return offset + 1 + length
}

function leadingZeros(bytes: Uint8Array, start: number): number {
  let count = 0
  while (count < 32 && bytes[start + count] === 0) count++
  return count
}

/** Length of the RLP integer whose 32 big-endian bytes begin at `start`. */
function scalarItemLength(bytes: Uint8Array, start: number): number {
  const zeros = leadingZeros(bytes, start)
  if (zeros === 32 || (zeros === 31 && bytes[start + 31]! < 0x80)) return 1
  return 33 - zeros
}

function writeScalarItem(bytes: Uint8Array, start: number, out: Uint8Array, at: number): number {
  const zeros = leadingZeros(bytes, start)
  if (zeros === 31 && bytes[start + 31]! < 0x80) return copy(bytes, start + 31, start + 32, out, at)
  out[at] = 0x80 + 32 - zeros
  return copy(bytes, start + zeros, start + 32, out, at + 1)
}

/** Copies `from[start, end)` and returns where the copy ends. */
function copy(from: Uint8Array, start: number, end: number, out: Uint8Array, at: number): number {
  // A view costs more than a loop over a few bytes.
  if (end - start > 48) out.set(from.subarray(start, end), at)
  else for (let i = start; i < end; i++) out[at + i - start] = from[i]!
  return at + end - start
}
