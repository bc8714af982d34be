import {
  ChainError,
  ConfigError,
  DecodeError,
  type Severity,
  TaktError,
} from '../../base/errors.ts'
import type { Hash } from '../../base/hex.ts'
import type { RollupConfig } from '../../chain/rollupConfig.ts'
import type { EngineApi, L2Chain, PayloadStatus } from '../../engine/interface.ts'
import { EngineApiError } from '../../protocol/engineApiError.ts'
import type { LogFields } from '../../runtime/logger.ts'
import type { PayloadBuilderOptions } from '../builder/payloadBuilder.ts'
import type { PackedPayload } from './packedPayload.ts'

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

/** An error as plain data: structured clone would strip its class and its own properties. */
export interface WireError {
  readonly class: 'EngineApiError' | 'ChainError' | 'ConfigError' | 'DecodeError' | 'TaktError'
  readonly code: string
  readonly message: string
  readonly stack: string | undefined
  readonly context: Readonly<Record<string, unknown>>
  readonly metaMessages: readonly string[]
  readonly docsPath: string | undefined
  /** Of a ChainError. */
  readonly severity: Severity | undefined
  /** Of a ConfigError. */
  readonly exitCode: number | undefined
  /** Of an EngineApiError. */
  readonly rpcCode: number | undefined
}

/** Any thrown value as data. What is no {@link TaktError} becomes one with code `ENGINE_INTERNAL`. */
export function errorToWire(error: unknown): WireError {
  const stack = error instanceof Error ? error.stack : undefined
  const none = { severity: undefined, exitCode: undefined, rpcCode: undefined }
  if (!(error instanceof TaktError)) {
    const message = error instanceof Error ? error.message : String(error)
    const plain = { context: {}, metaMessages: [], docsPath: undefined, ...none }
    return { class: 'TaktError', code: 'ENGINE_INTERNAL', message, stack, ...plain }
  }
  const { code, context, metaMessages, docsPath } = error
  const wire = {
    code,
    message: error.shortMessage,
    stack,
    context,
    metaMessages,
    docsPath,
    ...none,
  }
  if (error instanceof EngineApiError) {
    return { ...wire, class: 'EngineApiError', message: error.rpcMessage, rpcCode: error.rpcCode }
  }
  if (error instanceof ChainError) return { ...wire, class: 'ChainError', severity: error.severity }
  if (error instanceof ConfigError) {
    return { ...wire, class: 'ConfigError', exitCode: error.exitCode }
  }
  return { ...wire, class: error instanceof DecodeError ? 'DecodeError' : 'TaktError' }
}

/** The inverse of {@link errorToWire}, with the stack of the thread that threw. */
export function errorFromWire(wire: WireError): TaktError {
  const error = rebuild(wire)
  if (wire.stack !== undefined) error.stack = wire.stack
  return error
}

function rebuild(wire: WireError): TaktError {
  const { code, message, context, metaMessages } = wire
  const docs = wire.docsPath === undefined ? {} : { docsPath: wire.docsPath }
  const options = { context, metaMessages, ...docs }
  switch (wire.class) {
    case 'EngineApiError':
      return new EngineApiError(wire.rpcCode!, message)
    case 'ChainError':
      return new ChainError(wire.severity!, code, message, options)
    case 'ConfigError':
      return new ConfigError(wire.exitCode!, code, message, options)
    case 'DecodeError':
      return new DecodeError(code, message, options)
    case 'TaktError':
      return new TaktError(code, message, options)
  }
}
