import { type Hex, parseHex } from '../../base/hex.ts'
import { hashFromJson, JsonFields, listFromJson } from '../../base/jsonFields.ts'
import type { BatchFacts, BlockFacts } from '../batch/batchFacts.ts'

/** What a channel must hold. */
export interface ExpectedChannel {
  readonly channelId: Hex
  readonly batches: readonly BatchFacts[]
}

/** Reads one channel of `channels.json.gz`. @throws {DecodeError} `VECTOR_INVALID` */
export function expectedChannelFromJson(json: unknown): ExpectedChannel {
  const fields = new JsonFields(json, 'channel', 'VECTOR_INVALID')
  return {
    channelId: fields.read('channelId', (id) => parseHex(id, 16)),
    batches: fields.read('batches', listFromJson(batchFromJson)),
  }
}

/** A span has blocks; a singular batch is the block itself. */
function batchFromJson(json: unknown): BatchFacts {
  const fields = new JsonFields(json, 'batch', 'VECTOR_INVALID')
  const blocks = fields.readOptional('blocks', listFromJson(blockFromJson))
  if (blocks === undefined) {
    const epochHash = fields.read('epochHash', hashFromJson)
    return {
      type: 'singular',
      parentHash: fields.read('parentHash', hashFromJson),
      blocks: [{ ...blockFromJson(json), epochHash }],
    }
  }
  const check = (text: unknown) => parseHex(text, 20)
  return {
    type: 'span',
    parentCheck: fields.read('parentCheck', check),
    l1OriginCheck: fields.read('l1OriginCheck', check),
    blocks,
  }
}

function blockFromJson(json: unknown): BlockFacts {
  const fields = new JsonFields(json, 'block', 'VECTOR_INVALID')
  return {
    timestamp: fields.read('timestamp', Number),
    epochNumber: fields.read('epochNum', Number),
    transactions: fields.read(
      'txs',
      listFromJson((raw) => parseHex(raw)),
    ),
  }
}
