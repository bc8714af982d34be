import type { Hash } from '../../base/hex.ts'
import type { RollupConfig } from '../../chain/rollupConfig.ts'
import type { EngineApi, L2Chain, PayloadStatus } from '../../engine/interface.ts'
import type { LogFields } from '../../runtime/logger.ts'
import type { PayloadBuilderOptions } from '../builder/payloadBuilder.ts'
import type { PackedPayload } from './packedPayload.ts'
import type { WireError } from './wireError.ts'

/** Where a server of the engine listens. Port 0 takes a free one. */
export interface ListenAddress {
  readonly host: string
  readonly port: number
}

/** Everything that the engine's thread is started with; crosses threads by structured clone. */
export interface EngineThreadOptions {
  /** op-geth's `genesis.json`, parsed as JSON and otherwise untouched. */
  readonly genesis: unknown
  /** Needed to trace L2 blocks to L1; without it the engine serves no {@link L2Chain}. */
  readonly rollup: RollupConfig | undefined
  /** Folder whose `chaindata` holds the database; `undefined` keeps everything in memory. */
  readonly dataDir: string | undefined
  /** 32 bytes, shared with whoever may call the Engine API over HTTP. */
  readonly jwtSecret: Uint8Array
  readonly engineApi: ListenAddress
  readonly rpc: ListenAddress
  /** Serve `miner_` to everybody who reaches the RPC, as op-batcher needs it. Default false. */
  readonly publicMinerApi?: boolean
  readonly builder?: Partial<PayloadBuilderOptions>
}

/** Every call that crosses the thread, by the name it has on the interface. */
export type EngineCalls = EngineApi & L2Chain & BuiltPayloads & Building

/** What spares a payload that the engine built the way back. */
export interface BuiltPayloads {
  /** See `ExecutionEngine.newBuiltPayload`. */
  newBuiltPayload(hash: Hash, signal?: AbortSignal): Promise<PayloadStatus | undefined>
}

/** What those ask who make blocks on demand. */
export interface Building {
  /** See `PayloadBuilder.filled`. */
  blockFilled(signal?: AbortSignal): Promise<void>
}

export type EngineCallName = keyof EngineCalls

/** From the node to the engine's thread. */
export type ToEngine =
  | { type: 'call'; id: number; method: EngineCallName; args: readonly unknown[] }
  | { type: 'close' }
  /** See `EmbeddedEngine.crash`. */
  | { type: 'crash' }

/** From the engine's thread to the node. */
export type FromEngine =
  | { type: 'ready'; rpcPort: number; enginePort: number; genesisHash: Hash }
  | { type: 'failed'; error: WireError }
  | { type: 'result'; id: number; value: unknown }
  /** The result is a payload. */
  | { type: 'payload'; id: number; packed: PackedPayload }
  | { type: 'error'; id: number; error: WireError }
  | {
      type: 'log'
      level: 'debug' | 'info' | 'warn' | 'error'
      message: string
      fields: LogFields | undefined
    }
