import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import { ConfigError, DecodeError } from '../../base/errors.ts'
import { exitCodes } from '../../base/exitCodes.ts'
import type { Hash } from '../../base/hex.ts'
import { bytesFromJson, hashFromJson, JsonFields, listFromJson } from '../../base/jsonFields.ts'
import type { RollupConfig } from '../../chain/rollupConfig.ts'
import { parseRollupConfig } from '../../chain/rollupConfigJson.ts'
import { type BlockHeader, decodeHeader, hashHeader } from '../../protocol/header.ts'
import type { PayloadEnvelope } from '../../protocol/payload.ts'
import { headerToEnvelope, transactionsRoot } from '../../protocol/payloadHeader.ts'
import { decodeReceipt, type Receipt, receiptsRoot } from '../../protocol/receipt.ts'
import { headerFromJson } from '../../sources/blockJson.ts'
import { readConfigFile } from '../configFile.ts'
import { type ExpectedChannel, expectedChannelFromJson } from './expectedChannel.ts'

/** A stretch of L1, and what is to be derived from it. */
export interface DerivationVector {
  readonly config: RollupConfig
  /** Consecutive, oldest first. */
  readonly l1Blocks: readonly VectorL1Block[]
  readonly blobs: ReadonlyMap<Hash, Uint8Array>
  /** The safe head, then the blocks that must follow; empty when the vector has none. */
  readonly l2Blocks: readonly PayloadEnvelope[]
  /** Channels that must be read on the way, in order; none when the vector does not say. */
  readonly channels: readonly ExpectedChannel[]
}

/** An L1 block whose header, transactions and receipts fit its hash. */
export interface VectorL1Block {
  readonly hash: Hash
  readonly header: BlockHeader
  readonly transactions: readonly Uint8Array[]
  /** Absent where the header's bloom says that derivation needs none of them. */
  readonly receipts: readonly Receipt[] | undefined
}

/**
 * Reads a vector: `rollup.json`, `l1_blocks.ndjson.gz`, and as far as they are there `blobs.ndjson.gz`,
 * `l2_blocks.ndjson.gz` and `channels.json.gz`.
 *
 * @param given - The chain, in place of `rollup.json`.
 * @throws {ConfigError} `FILE_UNREADABLE`, `FILE_MALFORMED`, `ROLLUP_CONFIG_INVALID`; `VECTOR_INVALID` naming
 *   file and line of what is wrong.
 */
export async function readVectorFolder(
  folder: string,
  given?: RollupConfig,
): Promise<DerivationVector> {
  const rollupJson = join(folder, 'rollup.json')
  const config = given ?? (await readConfigFile(rollupJson, 'rollup config', parseRollupConfig))
  const l1Blocks = await readLines(join(folder, 'l1_blocks.ndjson.gz'), l1BlockFromJson)
  if (l1Blocks === undefined) {
    throw invalid(
      join(folder, 'l1_blocks.ndjson.gz'),
      'is missing: there is nothing to derive from',
    )
  }
  const blobs = await readLines(join(folder, 'blobs.ndjson.gz'), blobFromJson)
  const l2Blocks = await readLines(join(folder, 'l2_blocks.ndjson.gz'), l2BlockFromJson)
  const channels = await readJson(
    join(folder, 'channels.json.gz'),
    listFromJson(expectedChannelFromJson),
  )
  return {
    config,
    l1Blocks,
    blobs: new Map(blobs),
    l2Blocks: l2Blocks ?? [],
    channels: channels ?? [],
  }
}

function l1BlockFromJson(json: unknown): VectorL1Block {
  const fields = new JsonFields(json, 'L1 block', 'VECTOR_INVALID')
  const hash = fields.read('hash', hashFromJson)
  const header = headerOf(fields, hash)
  const transactions = transactionsOf(fields, header)
  const receipts = fields.readOptional('receipts', listFromJson(bytesFromJson))?.map(decodeReceipt)
  if (receipts !== undefined && receiptsRoot(receipts) !== header.receiptsRoot) {
    throw new DecodeError('VECTOR_INVALID', `receipts of L1 block ${header.number} do not fit`)
  }
  return { hash, header, transactions, receipts }
}

function l2BlockFromJson(json: unknown): PayloadEnvelope {
  const fields = new JsonFields(json, 'L2 block', 'VECTOR_INVALID')
  const hash = fields.read('hash', hashFromJson)
  const header = headerOf(fields, hash)
  return headerToEnvelope(header, transactionsOf(fields, header), hash)
}

function blobFromJson(json: unknown): readonly [Hash, Uint8Array] {
  const fields = new JsonFields(json, 'blob', 'VECTOR_INVALID')
  return [fields.read('versionedHash', hashFromJson), fields.read('blob', bytesFromJson)]
}

/** The header, given as RLP or as JSON-RPC has it. */
function headerOf(fields: JsonFields, hash: Hash): BlockHeader {
  const encoded = fields.readOptional('headerRlp', bytesFromJson)
  const header =
    encoded === undefined
      ? fields.read('header', (json) => {
          const named = { ...(json as object), hash }
          return headerFromJson(named, { trustRpc: true }).header
        })
      : decodeHeader(encoded)
  if (hashHeader(header) !== hash) {
    throw new DecodeError('VECTOR_INVALID', `header of block ${header.number} has not hash ${hash}`)
  }
  return header
}

function transactionsOf(fields: JsonFields, header: BlockHeader): Uint8Array[] {
  const transactions = fields.read('transactions', listFromJson(bytesFromJson))
  if (transactionsRoot(transactions) !== header.transactionsRoot) {
    throw new DecodeError('VECTOR_INVALID', `transactions of block ${header.number} do not fit`)
  }
  return transactions
}

async function readLines<T>(path: string, parse: (json: unknown) => T): Promise<T[] | undefined> {
  const text = await readGzip(path)
  if (text === undefined) return undefined
  const lines = text.split('\n').filter((line) => line !== '')
  return lines.map((line, index) => parsed(`${path}, line ${index + 1}`, line, parse))
}

async function readJson<T>(path: string, parse: (json: unknown) => T): Promise<T | undefined> {
  const text = await readGzip(path)
  return text === undefined ? undefined : parsed(path, text, parse)
}

function parsed<T>(where: string, text: string, parse: (json: unknown) => T): T {
  try {
    return parse(JSON.parse(text))
  } catch (cause) {
    throw invalid(where, cause instanceof DecodeError ? cause.shortMessage : String(cause), cause)
  }
}

/** The unpacked text; `undefined` when there is no such file. */
async function readGzip(path: string): Promise<string | undefined> {
  try {
    return new TextDecoder().decode(await promisify(gunzip)(await readFile(path)))
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw invalid(path, (cause as Error).message, cause)
  }
}

function invalid(where: string, problem: string, cause?: unknown): ConfigError {
  return new ConfigError(exitCodes.configFile, 'VECTOR_INVALID', `${where}: ${problem}`, {
    cause,
    metaMessages: [
      'The folder must hold rollup.json and l1_blocks.ndjson.gz, and what they lead to.',
    ],
  })
}
