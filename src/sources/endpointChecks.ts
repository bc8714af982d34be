import { ConfigError, DecodeError } from '../base/errors.ts'
import { exitCodes } from '../base/exitCodes.ts'
import type { Hash } from '../base/hex.ts'
import { uint64FromJson } from '../base/jsonFields.ts'
import { encodeQuantity } from '../base/quantity.ts'
import type { BlockId } from '../chain/refs.ts'
import type { RollupConfig } from '../chain/rollupConfig.ts'
import type { JsonRpcClient } from '../jsonrpc/client.ts'
import { RpcError } from '../jsonrpc/rpcError.ts'
import { RpcTransportError } from '../jsonrpc/rpcTransportError.ts'
import type { Logger } from '../runtime/logger.ts'
import { blockHashFromJson } from './blockJson.ts'
import { neededEngineMethods } from './engineVersions.ts'
import { isUnknownBlock, isUnknownMethod } from './sourceError.ts'

/** The flags that people set what is checked by, such as `--l1-eth-rpc`: named in errors. */
export interface EndpointFlags {
  readonly url: string
  readonly rollupConfig: string
  /** Of the JWT secret; absent for endpoints that need none. */
  readonly jwtSecret?: string
}

export interface EndpointCheckDeps {
  readonly rpc: JsonRpcClient
  readonly config: RollupConfig
}

/**
 * Checks that an L1 endpoint answers and serves the chain of the rollup config.
 *
 * @throws {ConfigError} `ENDPOINT_UNREACHABLE` (exit code 6), `WRONG_CHAIN` (exit code 5)
 */
export async function verifyL1Endpoint(
  options: { readonly flags: EndpointFlags },
  deps: EndpointCheckDeps,
  signal?: AbortSignal,
): Promise<void> {
  const { config } = deps
  const check = new EndpointCheck('L1', options.flags, deps.rpc, signal)
  await check.chainId(config.l1ChainId)
  await check.genesis('L1 origin of the genesis block', config.genesis.l1)
}

/**
 * Asks an L1 endpoint which chain it serves.
 *
 * @throws {ConfigError} `ENDPOINT_UNREACHABLE` (exit code 6)
 */
export async function fetchL1ChainId(
  options: { readonly flags: Pick<EndpointFlags, 'url'> },
  deps: Pick<EndpointCheckDeps, 'rpc'>,
  signal?: AbortSignal,
): Promise<bigint> {
  const flags = { rollupConfig: '', ...options.flags }
  return new EndpointCheck('L1', flags, deps.rpc, signal).servedChainId()
}

/**
 * Checks that an L2 endpoint answers and serves the chain of the rollup config.
 *
 * @throws {ConfigError} `ENDPOINT_UNREACHABLE` (exit code 6), `JWT_REFUSED` (exit code 4), `WRONG_CHAIN` (exit code 5)
 */
export async function verifyL2Endpoint(
  options: { readonly flags: EndpointFlags },
  deps: EndpointCheckDeps,
  signal?: AbortSignal,
): Promise<void> {
  const { config } = deps
  const check = new EndpointCheck('L2', options.flags, deps.rpc, signal)
  await check.chainId(config.l2ChainId)
  await check.genesis('L2 genesis block', config.genesis.l2)
}

/**
 * Checks that an Engine API endpoint answers, takes our JWT and has the methods that the chain needs from
 * `timestamp` on. Missing methods are logged: they may come with an upgrade of the engine in time for the fork.
 *
 * @throws {ConfigError} `ENDPOINT_UNREACHABLE`, `ENGINE_API_MISSING` (exit code 6), `JWT_REFUSED` (exit code 4)
 */
export async function verifyEngineEndpoint(
  options: { readonly flags: EndpointFlags; readonly timestamp: bigint },
  deps: EndpointCheckDeps & { readonly logger: Logger },
  signal?: AbortSignal,
): Promise<void> {
  const needed = neededEngineMethods(deps.config, options.timestamp)
  const check = new EndpointCheck('The L2 engine', options.flags, deps.rpc, signal)
  const served = await check.capabilities(needed)
  const missing = needed.filter((method) => !served.includes(method))
  if (missing.length > 0) {
    deps.logger.warn('The engine lacks methods that the chain needs; upgrade it', { missing })
  }
}

class EndpointCheck {
  readonly #what: string
  readonly #flags: EndpointFlags
  readonly #rpc: JsonRpcClient
  readonly #signal: AbortSignal | undefined

  constructor(
    what: string,
    flags: EndpointFlags,
    rpc: JsonRpcClient,
    signal: AbortSignal | undefined,
  ) {
    this.#what = what
    this.#flags = flags
    this.#rpc = rpc
    this.#signal = signal
  }

  servedChainId(): Promise<bigint> {
    return this.#ask('eth_chainId', [], uint64FromJson)
  }

  async chainId(expected: bigint): Promise<void> {
    const actual = await this.servedChainId()
    if (actual !== expected) throw this.#wrongChain('chain id', actual, expected)
  }

  async genesis(name: string, expected: BlockId): Promise<void> {
    const params = [encodeQuantity(expected.number), false]
    const actual = await this.#askUnless(
      isUnknownBlock,
      'eth_getBlockByNumber',
      params,
      blockHashFromJson,
    )
    // A node that has pruned its beginnings, or not got there yet, is no proof of another chain.
    if (actual === undefined || actual === expected.hash) return
    throw this.#wrongChain(`${name} (number ${expected.number})`, actual, expected.hash)
  }

  /** The engine's methods. Every engine of today tells them. */
  async capabilities(ours: readonly string[]): Promise<readonly unknown[]> {
    const method = 'engine_exchangeCapabilities'
    const served = await this.#askUnless(isUnknownMethod, method, [ours], (json) =>
      Array.isArray(json) ? json : [],
    )
    if (served === undefined) throw this.#noEngine()
    return served
  }

  /** As `#ask`, with `undefined` for an answered error that `isExpected` knows. */
  async #askUnless<T>(
    isExpected: (error: unknown) => boolean,
    method: string,
    params: readonly unknown[],
    parse: (json: unknown) => T,
  ): Promise<T | undefined> {
    try {
      return await this.#ask(method, params, parse)
    } catch (error) {
      if (error instanceof ConfigError && isExpected(error.cause)) return undefined
      throw error
    }
  }

  async #ask<T>(
    method: string,
    params: readonly unknown[],
    parse: (json: unknown) => T,
  ): Promise<T> {
    try {
      return parse(await this.#rpc.request(method, params, { signal: this.#signal }))
    } catch (error) {
      if (error instanceof RpcTransportError) throw this.#notServed(error)
      if (error instanceof DecodeError || error instanceof RpcError) throw this.#noNode(error)
      throw error
    }
  }

  #notServed(cause: RpcTransportError): ConfigError {
    if (cause.code === 'RPC_UNAUTHORIZED' && this.#flags.jwtSecret !== undefined) {
      return new ConfigError(
        exitCodes.jwtSecret,
        'JWT_REFUSED',
        `wrong JWT secret: ${this.#where} refuses our token (HTTP ${cause.status})`,
        {
          cause,
          metaMessages: [
            `Give ${this.#flags.jwtSecret} the secret file that the engine was started with.`,
            'If it is the same file, check that the clocks of both machines agree within a minute.',
          ],
        },
      )
    }
    return new ConfigError(
      exitCodes.unreachable,
      'ENDPOINT_UNREACHABLE',
      `${this.#where} gives no answer: ${cause.shortMessage}`,
      { cause, metaMessages: [`Check that it runs, and the URL given by ${this.#flags.url}.`] },
    )
  }

  #noNode(cause: DecodeError | RpcError): ConfigError {
    return new ConfigError(
      exitCodes.unreachable,
      'ENDPOINT_UNREACHABLE',
      `${this.#where} does not answer as an Ethereum node does: ${cause.shortMessage}`,
      { cause, metaMessages: [`Check the URL given by ${this.#flags.url}.`] },
    )
  }

  #noEngine(): ConfigError {
    return new ConfigError(
      exitCodes.unreachable,
      'ENGINE_API_MISSING',
      `${this.#where} does not serve the Engine API`,
      {
        metaMessages: [
          `Give ${this.#flags.url} the port that the engine serves behind the JWT, 8551 by default, not that of its JSON-RPC.`,
        ],
      },
    )
  }

  #wrongChain(name: string, actual: bigint | Hash, expected: bigint | Hash): ConfigError {
    return new ConfigError(
      exitCodes.wrongChain,
      'WRONG_CHAIN',
      `${this.#where} serves another chain: its ${name} is ${actual}, the rollup config says ${expected}`,
      {
        context: { actual, expected },
        metaMessages: [
          `Check the URL given by ${this.#flags.url} and the chain given by ${this.#flags.rollupConfig}.`,
        ],
      },
    )
  }

  get #where(): string {
    return `${this.#what} at ${this.#rpc.endpoints.join(', ')} (${this.#flags.url})`
  }
}
