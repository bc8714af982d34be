import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import { DecodeError } from '../../base/errors.ts'
import { hexToBytes } from '../../base/hex.ts'
import { blobBytes } from '../../protocol/batch/blobCodec.ts'

/**
 * Takes apart the content of a file with what a batcher posted: the data of transactions, blobs, or a channel.
 *
 * - JSON, also one value a line, as L1 and beacon nodes answer: transactions (`input`), sidecars (`blob`), hex, lists of
 *   them, and all of it under `data` or `result`;
 * - lines of hex, with `0x` or without;
 * - bytes: blobs where they are as many as blobs have, and otherwise one piece.
 *
 * Each may be packed by gzip.
 *
 * @throws {DecodeError} `BATCHER_INPUT`, `HEX_INVALID`
 */
export async function batcherInputs(content: Uint8Array): Promise<Uint8Array[]> {
  const bytes = content[0] === 0x1f && content[1] === 0x8b ? await unpack(content) : content
  if (bytes.length === 0) throw new DecodeError('BATCHER_INPUT', 'there is nothing in it')
  const text = new TextDecoder('latin1').decode(bytes).trim()
  const json = jsonValues(text)
  if (json !== undefined) return json.flatMap(hexOfJson).map(hexToBytes)
  const lines = text.split(/\s+/)
  if (lines.every((line) => /^(0x)?([0-9a-fA-F]{2})+$/.test(line))) {
    return lines.map((line) => hexToBytes(line.startsWith('0x') ? line : `0x${line}`))
  }
  return bytes.length % blobBytes === 0 ? blobsOf(bytes) : [withoutBuffer(bytes)]
}

async function unpack(packed: Uint8Array): Promise<Uint8Array> {
  try {
    return await promisify(gunzip)(packed)
  } catch (cause) {
    const message = `it begins like gzip, but does not unpack: ${(cause as Error).message}`
    throw new DecodeError('BATCHER_INPUT', message, { cause })
  }
}

/** One value, or one a line; `undefined` for what is no JSON. */
function jsonValues(text: string): unknown[] | undefined {
  if (!/^[[{"]/.test(text)) return undefined
  for (const values of [[text], text.split('\n')]) {
    try {
      return values.map((value) => JSON.parse(value) as unknown)
    } catch {
      // Bytes may begin like JSON.
    }
  }
  return undefined
}

function hexOfJson(json: unknown): string[] {
  if (typeof json === 'string') return [json]
  if (Array.isArray(json)) return json.flatMap(hexOfJson)
  if (typeof json === 'object' && json !== null) {
    const { result, data, blob, input } = json as Readonly<Record<string, unknown>>
    const inner = result ?? data ?? blob ?? input
    if (inner !== undefined) return hexOfJson(inner)
  }
  throw new DecodeError('BATCHER_INPUT', 'its JSON has neither blobs nor transactions')
}

function blobsOf(bytes: Uint8Array): Uint8Array[] {
  return Array.from({ length: bytes.length / blobBytes }, (_, index) =>
    withoutBuffer(bytes.subarray(index * blobBytes, (index + 1) * blobBytes)),
  )
}

/** Without the methods of Node's Buffer. */
function withoutBuffer({ buffer, byteOffset, byteLength }: Uint8Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength)
}
