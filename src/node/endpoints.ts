import { ConfigError } from '../base/errors.ts'
import { exitCodes } from '../base/exitCodes.ts'
import { devnetL1Chain, knownL1Chain, type L1ChainConfig } from '../chain/l1Chain.ts'
import type { EngineApi, L2Chain } from '../engine/interface.ts'
import {
  createJsonRpcClient,
  type JsonRpcClient,
  type JsonRpcClientDeps,
  type ObservedRequest,
} from '../jsonrpc/client.ts'
import { RpcError } from '../jsonrpc/rpcError.ts'
import { type Clock, nowSeconds } from '../runtime/clock.ts'
import type { Logger } from '../runtime/logger.ts'
import type { Random } from '../runtime/random.ts'
import {
  type EndpointFlags,
  verifyEngineEndpoint,
  verifyL1Endpoint,
  verifyL2Endpoint,
} from '../sources/endpointChecks.ts'
import { createEngineClient } from '../sources/engineClient.ts'
import { verifyForkSchedule } from '../sources/forkScheduleCheck.ts'
import { createL1Client, type L1Client } from '../sources/l1Client.ts'
import { createL2Client } from '../sources/l2Client.ts'
import { verifyBlobProvider } from './blobProvider.ts'
import { observedEngine } from './observedEngine.ts'
import type { NodeObserver } from './observer.ts'
import type { NodeOptions } from './options.ts'

/** The execution engine of a node: its Engine API, and the chain that it keeps. */
export interface NodeEngine {
  readonly api: EngineApi
  readonly chain: L2Chain
}

/** L1 and engine, connected and checked. */
export interface Endpoints {
  readonly l1: L1Client
  readonly l1Chain: L1ChainConfig
  /** L1 is anvil, whose blobs and blocks with blobs are special. */
  readonly isAnvil: boolean
  readonly engine: NodeEngine
  /** Breaks off what is in flight. */
  close(): Promise<void>
}

export interface ConnectDeps {
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  /** An engine in this process; without one it is reached by its URL. */
  readonly engine?: NodeEngine | undefined
  readonly observer?: NodeObserver | undefined
}

const l1Flags: EndpointFlags = { url: '--l1', rollupConfig: '--rollup.config (or --chain)' }
const l2Flags: EndpointFlags = {
  url: '--l2',
  rollupConfig: '--rollup.config (or --chain)',
  jwtSecret: '--l2.jwt-secret',
}

/**
 * Connects to L1 and the engine, and checks that they serve the chains of the rollup config.
 *
 * @throws {ConfigError} `ENGINE_NOT_GIVEN`, `URL_INVALID`, `ENDPOINT_UNREACHABLE`, `JWT_REFUSED`, `WRONG_CHAIN`
 */
export async function connectEndpoints(
  options: NodeOptions,
  deps: ConnectDeps,
  signal: AbortSignal,
): Promise<Endpoints> {
  const clients: JsonRpcClient[] = []
  const close = async () => {
    await Promise.all(clients.map((client) => client.close()))
  }
  try {
    const l1 = await connectL1(options, deps, clients, signal)
    const { observer } = deps
    const engine = deps.engine ?? (await connectEngine(options, deps, clients, signal))
    const api = observer ? observedEngine(engine.api, { ...deps, observer }) : engine.api
    return { ...l1, engine: { ...engine, api }, close }
  } catch (error) {
    await close()
    throw error
  }
}

async function connectL1(
  options: NodeOptions,
  deps: ConnectDeps,
  clients: JsonRpcClient[],
  signal: AbortSignal,
): Promise<Pick<Endpoints, 'l1' | 'l1Chain' | 'isAnvil'>> {
  const { rollupConfig: config, l1 } = options
  const rpc = createJsonRpcClient(
    {
      urls: l1.rpcUrls,
      urlFlag: l1Flags.url,
      maxConcurrency: l1.maxConcurrency,
      maxBatchSize: l1.maxBatchSize,
    },
    tellingOfRequests('l1', deps),
  )
  clients.push(rpc)
  await verifyL1Endpoint({ flags: l1Flags }, { rpc, config }, signal)
  const l1Chain = chooseL1Chain(options, deps.logger)
  const isAnvil = await servesAnvil(rpc, signal)
  await verifyBlobProvider({ ...options, isAnvil }, deps, signal)
  return {
    l1: createL1Client({ l1Chain, trustRpc: l1.trustRpc, isAnvil }, { rpc }),
    l1Chain,
    isAnvil,
  }
}

async function servesAnvil(rpc: JsonRpcClient, signal: AbortSignal): Promise<boolean> {
  try {
    return String(await rpc.request('web3_clientVersion', [], { signal })).startsWith('anvil/')
  } catch (error) {
    signal.throwIfAborted()
    // A server that does not say what it is.
    if (error instanceof RpcError) return false
    throw error
  }
}

async function connectEngine(
  options: NodeOptions,
  deps: ConnectDeps,
  clients: JsonRpcClient[],
  signal: AbortSignal,
): Promise<NodeEngine> {
  const { rollupConfig: config, l2 } = options
  const { clock, logger } = deps
  const { engineUrl, jwtSecret, timeoutMs } = l2
  if (engineUrl === undefined || jwtSecret === undefined) throw engineNotGiven()
  const common = { urlFlag: l2Flags.url, jwtSecret, timeoutMs }
  const clientDeps = tellingOfRequests('engine-api', deps)
  // What an answer that fails to come means is for the engine controller to say: it must see every one.
  const engineRpc = createJsonRpcClient(
    { ...common, urls: [engineUrl], retry: { maxAttempts: 1 } },
    clientDeps,
  )
  clients.push(engineRpc)
  const ethRpc = createJsonRpcClient({ ...common, urls: [l2.rpcUrl ?? engineUrl] }, clientDeps)
  clients.push(ethRpc)
  const verify = { flags: l2Flags, timestamp: nowSeconds(clock) }
  await verifyEngineEndpoint(verify, { rpc: engineRpc, config, logger }, signal)
  await verifyL2Endpoint(verify, { rpc: ethRpc, config }, signal)
  await verifyForkSchedule(verify, { rpc: ethRpc, config, logger }, signal)
  return {
    api: createEngineClient({ schedule: config }, { rpc: engineRpc }),
    chain: createL2Client({ config, trustRpc: l2.trustRpc }, { rpc: ethRpc }),
  }
}

function tellingOfRequests(endpoint: 'l1' | 'engine-api', deps: ConnectDeps): JsonRpcClientDeps {
  const { observer } = deps
  const onRequest =
    observer && ((request: ObservedRequest) => observer.onRequest(endpoint, request))
  return { ...deps, onRequest }
}

function chooseL1Chain(options: NodeOptions, logger: Logger): L1ChainConfig {
  const { l1ChainId } = options.rollupConfig
  const given = options.l1ChainConfig ?? knownL1Chain(l1ChainId)
  if (given !== undefined) return given
  logger.warn("Unknown L1: its blobs are taken to be priced by Osaka's rules", { l1ChainId })
  return devnetL1Chain(l1ChainId)
}

function engineNotGiven(): ConfigError {
  return new ConfigError(
    exitCodes.usage,
    'ENGINE_NOT_GIVEN',
    'there is no execution engine: its URL or its JWT secret is missing',
    { metaMessages: ['Give the Engine API with --l2 and the secret file with --l2.jwt-secret.'] },
  )
}
