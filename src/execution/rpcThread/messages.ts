import type { MessageServerOptions } from '../../jsonrpc/server.ts'
import type { FromEngine } from '../worker/messages.ts'
import type { WireError } from '../worker/wireError.ts'

/** What the thread is started with. */
export type RpcThreadOptions = Omit<MessageServerOptions, 'routes'>

/** From the engine’s thread to that of its RPC. */
export type ToRpcThread =
  /** `text` is missing where a message is not answered. */
  | { type: 'answer'; id: number; text: string | undefined }
  | { type: 'notify'; client: number; method: string; params: unknown }
  | { type: 'close' }

/** From the thread of the RPC to the engine’s. */
export type FromRpcThread =
  | { type: 'ready'; port: number; url: string; wsUrl: string }
  | { type: 'failed'; error: WireError }
  /** `stays` tells a connection, which can be notified and send more, from a single request. */
  | { type: 'message'; id: number; client: number; stays: boolean; text: string }
  | { type: 'gone'; client: number }
  | Extract<FromEngine, { type: 'log' }>
