import type { Hash, Hex } from '../../base/hex.ts'
import { bytesToHex, parseHex } from '../../base/hex.ts'
import { hashFromJson, JsonFields, listFromJson } from '../../base/jsonFields.ts'
import type { Batch } from '../../protocol/batch/batch.ts'

/** What a channel holds, in a form that can be compared and printed. */
export interface ExpectedChannel {
  readonly channelId: Hex
  readonly batches: readonly BatchFacts[]
}

/** A batch as facts. Optional ones are compared only where both sides have them. */
export interface BatchFacts {
  readonly parentHash?: Hash
  /** First 20 bytes of a hash. */
  readonly parentCheck?: Hex
  readonly l1OriginCheck?: Hex
  readonly blocks: readonly BlockFacts[]
}

export interface BlockFacts {
  readonly timestamp: number
  readonly epochNum: number
  readonly epochHash?: Hash
  readonly txs: readonly Hex[]
}

/** Reads one channel of `channels.json.gz`. @throws {DecodeError} `VECTOR_INVALID` */
export function expectedChannelFromJson(json: unknown): ExpectedChannel {
  const fields = new JsonFields(json, 'channel', 'VECTOR_INVALID')
  return {
    channelId: fields.read('channelId', (id) => parseHex(id, 16)),
    batches: fields.read('batches', listFromJson(batchFactsFromJson)),
  }
}

/** The facts of a batch that was read. */
export function batchFacts(batch: Batch): BatchFacts {
  if (batch.type === 'singular') {
    const { parentHash, epochHash } = batch
    const block = blockFacts(batch.timestamp, batch.epochNumber, batch.transactions)
    return { parentHash, blocks: [{ ...block, epochHash }] }
  }
  const { parentCheck, l1OriginCheck } = batch
  const blocks = Array.from({ length: batch.blockCount }, (_, index) =>
    blockFacts(batch.timestamp(index), batch.epochNumber(index), batch.transactions(index)),
  )
  return { parentCheck, l1OriginCheck, blocks }
}

function blockFacts(
  timestamp: bigint,
  epoch: bigint,
  transactions: readonly Uint8Array[],
): BlockFacts {
  const txs = transactions.map(bytesToHex)
  return { timestamp: Number(timestamp), epochNum: Number(epoch), txs }
}

function batchFactsFromJson(json: unknown): BatchFacts {
  const fields = new JsonFields(json, 'batch', 'VECTOR_INVALID')
  const check = (text: unknown) => parseHex(text, 20)
  const blocks = fields.readOptional('blocks', listFromJson(blockFactsFromJson))
  return {
    ...present('parentHash', fields.readOptional('parentHash', hashFromJson)),
    ...present('parentCheck', fields.readOptional('parentCheck', check)),
    ...present('l1OriginCheck', fields.readOptional('l1OriginCheck', check)),
    blocks: blocks ?? [blockFactsFromJson(json)],
  }
}

function blockFactsFromJson(json: unknown): BlockFacts {
  const fields = new JsonFields(json, 'block', 'VECTOR_INVALID')
  return {
    timestamp: fields.read('timestamp', Number),
    epochNum: fields.read('epochNum', Number),
    ...present('epochHash', fields.readOptional('epochHash', hashFromJson)),
    txs: fields.read(
      'txs',
      listFromJson((raw) => parseHex(raw)),
    ),
  }
}

function present<Key extends string, Value>(
  key: Key,
  value: Value | undefined,
): Partial<Record<Key, Value>> {
  return value === undefined ? {} : ({ [key]: value } as Partial<Record<Key, Value>>)
}
