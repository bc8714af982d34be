import type { Hash, Hex } from '../base/hex.ts'
import type { L2BlockRef } from '../chain/refs.ts'
import type { SystemConfig } from '../chain/systemConfig.ts'
import type { PayloadAttributes, PayloadEnvelope } from '../protocol/payload.ts'

/** The heads of the fork choice, as the Engine API takes them. A zero hash means "not known yet". */
export interface ForkchoiceState {
  readonly headBlockHash: Hash
  readonly safeBlockHash: Hash
  readonly finalizedBlockHash: Hash
}

/**
 * What the engine says of a block.
 *
 * @see https://github.com/ethereum/execution-apis/blob/main/src/engine/paris.md#payloadstatusv1
 */
export interface PayloadStatus {
  readonly status: 'VALID' | 'INVALID' | 'SYNCING' | 'ACCEPTED' | 'INVALID_BLOCK_HASH'
  readonly latestValidHash: Hash | undefined
  /** The engine's words on an invalid payload. */
  readonly validationError: string | undefined
}

/** 8 bytes. */
export type PayloadId = Hex

/** What the engine answers to a fork choice. */
export interface ForkchoiceUpdated {
  readonly payloadStatus: PayloadStatus
  /** Present when attributes were given and building has begun. */
  readonly payloadId: PayloadId | undefined
}

/**
 * The Engine API without its versions: whoever implements it picks the method version by fork.
 *
 * Two implementations: JSON-RPC with JWT (`sources/engineClient.ts`) and the embedded engine
 * (`execution/worker/client.ts`), which needs neither JSON nor HTTP.
 *
 * @throws {EngineApiError} when the engine answers with an error.
 * @throws {ChainError} `temporary` when no answer came.
 * @see https://specs.optimism.io/protocol/exec-engine.html#engine-api
 */
export interface EngineApi {
  forkchoiceUpdated(
    state: ForkchoiceState,
    attributes: PayloadAttributes | undefined,
    signal?: AbortSignal,
  ): Promise<ForkchoiceUpdated>
  /** `timestamp` is that of the attributes: it decides the method version. */
  getPayload(id: PayloadId, timestamp: bigint, signal?: AbortSignal): Promise<PayloadEnvelope>
  newPayload(envelope: PayloadEnvelope, signal?: AbortSignal): Promise<PayloadStatus>
}

/** Names of blocks in `eth_` methods. */
export type BlockLabel = 'latest' | 'safe' | 'finalized'

/** What the node reads of the L2 chain from its engine. `undefined`: the engine has no such block. */
export interface L2Chain {
  blockRefByLabel(label: BlockLabel, signal?: AbortSignal): Promise<L2BlockRef | undefined>
  blockRefByHash(hash: Hash, signal?: AbortSignal): Promise<L2BlockRef | undefined>
  blockRefByNumber(number: bigint, signal?: AbortSignal): Promise<L2BlockRef | undefined>
  payloadByHash(hash: Hash, signal?: AbortSignal): Promise<PayloadEnvelope | undefined>
  payloadByNumber(number: bigint, signal?: AbortSignal): Promise<PayloadEnvelope | undefined>
  /** SystemConfig as of that block, rebuilt from its header and L1-attributes transaction. */
  systemConfigByHash(hash: Hash, signal?: AbortSignal): Promise<SystemConfig>
  /** State root and storage root of the L2ToL1MessagePasser, for the output root of that block. */
  outputRootsByHash(
    hash: Hash,
    signal?: AbortSignal,
  ): Promise<{ readonly stateRoot: Hash; readonly withdrawalStorageRoot: Hash }>
}
