import type { PayloadEnvelope } from '../../protocol/payload.ts'

/**
 * A payload on its way to another thread, with all transactions in one buffer that moves there.
 *
 * Thousands of buffers would be cloned one by one, and keep the garbage collector of the receiver busy.
 */
export interface PackedPayload {
  /** Without its transactions. */
  readonly envelope: PayloadEnvelope
  readonly transactions: Uint8Array<ArrayBuffer>
  /** Where each transaction ends. */
  readonly ends: Uint32Array<ArrayBuffer>
}

export function packPayload(envelope: PayloadEnvelope): PackedPayload {
  const { transactions, ...rest } = envelope.executionPayload
  let total = 0
  const ends = Uint32Array.from(transactions, ({ length }) => (total += length))
  const packed = new Uint8Array(total)
  for (const [index, raw] of transactions.entries()) packed.set(raw, ends[index]! - raw.length)
  const executionPayload = { ...rest, transactions: [] }
  return { envelope: { ...envelope, executionPayload }, transactions: packed, ends }
}

/** The inverse of {@link packPayload}. The transactions are views of one buffer. */
export function unpackPayload({ envelope, transactions, ends }: PackedPayload): PayloadEnvelope {
  const views = Array.from(ends, (end, index) => transactions.subarray(ends[index - 1] ?? 0, end))
  const executionPayload = { ...envelope.executionPayload, transactions: views }
  return { ...envelope, executionPayload }
}

/** What moves to the other thread instead of being copied. */
export function transferablesOf({ transactions, ends }: PackedPayload): ArrayBuffer[] {
  return [transactions.buffer, ends.buffer]
}
