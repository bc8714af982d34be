import { createJsonRpcServer, createMessageHandler, type JsonRpcServer } from '../jsonrpc/server.ts'
import type { Clock } from '../runtime/clock.ts'
import type { Logger } from '../runtime/logger.ts'
import { Turnstile } from '../runtime/turnstile.ts'
import { engineMethods } from './api/engineMethods.ts'
import type { EngineStack } from './engineStack.ts'
import { ethMethods } from './rpc/ethMethods.ts'
import { minerMethods } from './rpc/minerMethods.ts'
import type { RpcDeps } from './rpc/rpcDeps.ts'
import { startRpcThread } from './rpcThread/rpcThread.ts'

export interface ServeEngineOptions {
  /** Of takt. */
  readonly version: string
  readonly jwtSecret: Uint8Array
  readonly engineApi: { readonly host: string; readonly port: number }
  readonly rpc: { readonly host: string; readonly port: number }
  /** Serve `miner_` to everybody who reaches the RPC, as op-batcher needs it. Default false. */
  readonly publicMinerApi?: boolean
}

/** What a running engine listens on. */
export interface EngineServers {
  readonly engineApi: JsonRpcServer
  readonly rpc: JsonRpcServer
  close(): Promise<void>
}

// A payload of 10 MB is twice that in hex, and bodies of whole ranges are fetched at once.
const maxEngineBodyBytes = 128 * 1024 * 1024

// What users get of each turn of the event loop, all of them together.
const userSliceMs = 2

/**
 * Opens the Engine API, behind a JWT, and the JSON-RPC for everybody.
 *
 * Users wait for each other, and the Engine API for none of them.
 *
 * The Engine API's port also serves what everybody may call, because rollup nodes expect it there.
 *
 * @throws {ConfigError} when a port is taken.
 */
export async function serveEngine(
  options: ServeEngineOptions,
  deps: { readonly stack: EngineStack; readonly clock: Clock; readonly logger: Logger },
): Promise<EngineServers> {
  const { stack, clock, logger } = deps
  const { config, chain, states, evms, engine, l2Chain } = stack
  const turns = new Turnstile(userSliceMs, clock)
  const rpcDeps: RpcDeps = {
    config,
    chain,
    states,
    evms,
    pool: stack.pool.pool,
    events: engine,
    clock,
    turns,
    clientVersion: `takt/v${options.version}`,
    submit: (raw) => stack.pool.submit(raw),
  }
  const eth = ethMethods(rpcDeps)
  const miner = minerMethods(stack.builder)
  const engineApi = await createJsonRpcServer(
    {
      ...options.engineApi,
      portFlag: '--authrpc.port',
      webSocket: true,
      jwtSecret: options.jwtSecret,
      maxBodyBytes: maxEngineBodyBytes,
      methods: {
        ...eth,
        ...miner,
        ...engineMethods({
          engine,
          chain: l2Chain,
          headNumber: () => chain.heads.head.number,
          schedule: config,
          version: options.version,
          logger,
        }),
      },
    },
    { logger, clock },
  )
  try {
    const methods = { ...eth, ...(options.publicMinerApi === true && miner) }
    const handle = createMessageHandler({ methods, turns }, { logger, clock })
    const rpc = await startRpcThread(
      { ...options.rpc, portFlag: '--http.port', webSocket: true, cors: true },
      { handle, logger },
    )
    return {
      engineApi,
      rpc,
      close: async () => {
        await Promise.all([engineApi.close(), rpc.close()])
      },
    }
  } catch (error) {
    await engineApi.close()
    throw error
  }
}
