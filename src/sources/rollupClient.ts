import { DecodeError } from '../base/errors.ts'
import { type Hash, zeroHash } from '../base/hex.ts'
import { booleanFromJson, hashFromJson, JsonFields } from '../base/jsonFields.ts'
import { encodeQuantity } from '../base/quantity.ts'
import type { BlockId, L1BlockRef, L2BlockRef } from '../chain/refs.ts'
import type { RollupConfig } from '../chain/rollupConfig.ts'
import { rollupConfigFromJson } from '../chain/rollupConfigJson.ts'
import type { SyncStatus } from '../driver/syncStatus.ts'
import type { JsonRpcClient } from '../jsonrpc/client.ts'
import type { Output, OutputSource } from '../proposer/interface.ts'
import { sourceError } from './sourceError.ts'

/** A rollup node over JSON-RPC. Every call throws {ChainError} `temporary` when no usable answer came. */
export interface RollupClient extends OutputSource {
  syncStatus(signal?: AbortSignal): Promise<SyncStatus>
  /** Whether the node makes blocks now. Asks an `admin_` method, which not every node serves. */
  sequencerActive(signal?: AbortSignal): Promise<boolean>
}

/** Connects nothing by itself: the first call does. */
export function createRollupClient(deps: { readonly rpc: JsonRpcClient }): RollupClient {
  const ask = <T>(
    method: string,
    params: readonly unknown[],
    parse: (json: unknown) => T,
    signal: AbortSignal | undefined,
  ) => askNode(deps.rpc, method, params, parse, signal)

  return {
    syncStatus: (signal) => ask('optimism_syncStatus', [], syncStatusFromJson, signal),
    outputAtBlock: (number, signal) =>
      ask('optimism_outputAtBlock', [encodeQuantity(number)], outputFromJson, signal),
    sequencerActive: (signal) => ask('admin_sequencerActive', [], booleanFromJson, signal),
  }
}

/** The config of a node's chain. @throws {ConfigError} `ROLLUP_CONFIG_INVALID`; {ChainError} `temporary` */
export function fetchRollupConfig(
  deps: { readonly rpc: JsonRpcClient },
  signal?: AbortSignal,
): Promise<RollupConfig> {
  return askNode(deps.rpc, 'optimism_rollupConfig', [], rollupConfigFromJson, signal)
}

async function askNode<T>(
  rpc: JsonRpcClient,
  method: string,
  params: readonly unknown[],
  parse: (json: unknown) => T,
  signal: AbortSignal | undefined,
): Promise<T> {
  try {
    return parse(await rpc.request(method, params, { signal }))
  } catch (error) {
    throw sourceError(error, 'ROLLUP_NODE', 'the rollup node')
  }
}

/**
 * Reads the result of `optimism_syncStatus`. Heads that only newer nodes report are taken for the safe one.
 *
 * @throws {DecodeError} `SYNC_STATUS_JSON` naming the field.
 */
export function syncStatusFromJson(json: unknown): SyncStatus {
  const fields = new JsonFields(json, 'sync status', 'SYNC_STATUS_JSON')
  const safeL2 = fields.read('safe_l2', l2BlockRefFromJson)
  return {
    currentL1: fields.read('current_l1', l1BlockRefFromJson),
    headL1: fields.read('head_l1', l1BlockRefFromJson),
    safeL1: fields.read('safe_l1', l1BlockRefFromJson),
    finalizedL1: fields.read('finalized_l1', l1BlockRefFromJson),
    unsafeL2: fields.read('unsafe_l2', l2BlockRefFromJson),
    pendingSafeL2: fields.readOptional('pending_safe_l2', l2BlockRefFromJson) ?? safeL2,
    localSafeL2: fields.readOptional('local_safe_l2', l2BlockRefFromJson) ?? safeL2,
    safeL2,
    finalizedL2: fields.read('finalized_l2', l2BlockRefFromJson),
  }
}

function outputFromJson(json: unknown): Output {
  const fields = new JsonFields(json, 'output', 'OUTPUT_JSON')
  fields.read('version', knownVersion)
  return {
    outputRoot: fields.read('outputRoot', hashFromJson),
    block: fields.read('blockRef', blockIdFromJson),
    status: fields.read('syncStatus', syncStatusFromJson),
  }
}

/** Contracts would not know what a root of another version commits to. */
function knownVersion(json: unknown): Hash {
  if (json === zeroHash) return zeroHash
  throw new DecodeError('OUTPUT_VERSION', `expected version 0 of output roots, got ${String(json)}`)
}

function blockIdFromJson(json: unknown): BlockId {
  const fields = new JsonFields(json, 'block', 'BLOCK_REF_JSON')
  return { hash: fields.read('hash', hashFromJson), number: fields.read('number', countFromJson) }
}

function l1BlockRefFromJson(json: unknown): L1BlockRef {
  const fields = new JsonFields(json, 'L1 block', 'BLOCK_REF_JSON')
  return {
    ...blockIdFromJson(json),
    parentHash: fields.read('parentHash', hashFromJson),
    timestamp: fields.read('timestamp', countFromJson),
  }
}

function l2BlockRefFromJson(json: unknown): L2BlockRef {
  const fields = new JsonFields(json, 'L2 block', 'BLOCK_REF_JSON')
  const { hash, number, parentHash, timestamp } = l1BlockRefFromJson(json)
  return {
    hash,
    number,
    parentHash,
    timestamp,
    l1Origin: fields.read('l1origin', blockIdFromJson),
    sequenceNumber: fields.read('sequenceNumber', countFromJson),
  }
}

/** Rollup nodes write these counts as JSON numbers. */
function countFromJson(json: unknown): bigint {
  if (typeof json === 'number' && Number.isSafeInteger(json) && json >= 0) return BigInt(json)
  throw new DecodeError('NUMBER_INVALID', `expected a whole number, got ${String(json)}`)
}
