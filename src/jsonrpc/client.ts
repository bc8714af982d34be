import { type Clock, sleep } from '../runtime/clock.ts'
import { Limiter } from '../runtime/limiter.ts'
import { withLinkedSignal } from '../runtime/linkedSignal.ts'
import type { Random } from '../runtime/random.ts'
import { type RetryOptions, retry } from '../runtime/retry.ts'
import { mayRefuseBatch } from './batchRefusal.ts'
import { type BatchCall, CallBatcher } from './callBatcher.ts'
import type { ClientTls, Endpoint, EndpointOptions, RpcRequest } from './endpoint.ts'
import { EndpointHealth } from './endpointHealth.ts'
import { isWebSocketUrl, parseEndpointUrl } from './endpointUrl.ts'
import { createHttpEndpoint } from './httpEndpoint.ts'
import { type AnsweredCalls, readAnswers } from './rpcAnswers.ts'
import { isRateLimit, RpcError } from './rpcError.ts'
import { RpcTransportError } from './rpcTransportError.ts'
import { createWebSocketEndpoint } from './webSocketEndpoint.ts'

export interface JsonRpcClientOptions {
  /** `http://…`, `https://…`, `ws://…`, `wss://…` or `unix:/path`; the preferred one first. */
  readonly urls: readonly string[]
  /** The flag that the URLs come from, for errors. */
  readonly urlFlag?: string
  /** Sign every HTTP request, or every WebSocket connection, with this secret (HS256, fresh `iat`). */
  readonly jwtSecret?: Uint8Array | undefined
  /** Sent with every HTTP request, or when a WebSocket connection is opened. */
  readonly headers?: Readonly<Record<string, string>>
  /** Asked for at each new connection, so that renewed certificates come into use. */
  readonly tls?: (() => ClientTls) | undefined
  /** For one request. Default 10 s. */
  readonly timeoutMs?: number
  /** Requests in flight, over all endpoints. Default 10. */
  readonly maxConcurrency?: number
  /** `eth_` and `debug_` calls of one turn of the event loop share a request, up to this many. Default 20; 1 turns it off. */
  readonly maxBatchSize?: number
  /** Default 3 attempts, 200 ms doubling up to 5 s; a single attempt while all endpoints are out. */
  readonly retry?: Partial<RetryOptions>
}

export interface JsonRpcClientDeps {
  readonly clock: Clock
  readonly random: Random
  /** Told about every request when it has ended. */
  readonly onRequest?: ((request: ObservedRequest) => void) | undefined
}

/** One request, for metrics and benchmarks. */
export interface ObservedRequest {
  readonly endpoint: string
  readonly methods: readonly string[]
  readonly durationMs: number
  /** Code of the transport's error; `undefined` when an answer came. */
  readonly errorCode: string | undefined
}

export interface RequestOptions {
  readonly signal?: AbortSignal | undefined
  /** Instead of the client's. */
  readonly timeoutMs?: number | undefined
}

/** Calls JSON-RPC methods. Results are unchecked JSON. */
export interface JsonRpcClient {
  /** Names of the endpoints, without secrets. */
  readonly endpoints: readonly string[]
  /**
   * @throws {RpcError} when the server answered with an error.
   * @throws {RpcTransportError} when no endpoint gave an answer, after all attempts.
   * @throws the signal's reason when it aborts.
   */
  request(method: string, params: readonly unknown[], options?: RequestOptions): Promise<unknown>
  /** Breaks off what is in flight and closes the connections. */
  close(): Promise<void>
}

// A server that asks for more than this is better asked again anyway.
const longestPauseMs = 60_000
const defaultPauseMs = 1_000
// Endpoints that all fail for this long are out, and not just busy or restarting.
const outageMs = 3_000

/**
 * A client with retries, batching and fallback over several endpoints.
 *
 * @throws {ConfigError} `URL_INVALID`
 */
export function createJsonRpcClient(
  options: JsonRpcClientOptions,
  deps: JsonRpcClientDeps,
): JsonRpcClient {
  const { timeoutMs = 10_000, maxConcurrency = 10, maxBatchSize = 20 } = options
  const { random } = deps
  // Servers live in the host's time, whatever time it is on a chain.
  const clock = deps.clock.stopwatch ?? deps.clock
  const retryOptions = { maxAttempts: 3, baseDelayMs: 200, maxDelayMs: 5_000, ...options.retry }
  const endpoints = options.urls.map((url) => {
    const endpointOptions: EndpointOptions = {
      url: parseEndpointUrl(url, options.urlFlag),
      jwtSecret: options.jwtSecret,
      headers: options.headers ?? {},
      tls: options.tls,
    }
    return isWebSocketUrl(url)
      ? createWebSocketEndpoint(endpointOptions, { clock })
      : createHttpEndpoint({ ...endpointOptions, maxConnections: maxConcurrency }, { clock })
  })
  const health = new EndpointHealth(endpoints, {
    backoff: { baseDelayMs: 1_000, maxDelayMs: 60_000 },
    random,
  })
  const limiter = new Limiter(maxConcurrency)
  const closed = new AbortController()
  const batcher = new CallBatcher(maxBatchSize, runCalls)
  let lastId = 0

  /**
   * Sends these calls in one request, or in several if the server does not take that; settles every one of them.
   *
   * @returns whether the server takes requests of that size.
   */
  async function runCalls(calls: readonly BatchCall[], signal: AbortSignal): Promise<boolean> {
    try {
      const { results, unanswered } = await sendCalls(calls, signal)
      if (unanswered.length === 0) return results > 0
      const answered = calls.length - unanswered.length
      const fitting = answered > 0 ? answered : calls.length >> 1
      const parts = answered > 0 ? [unanswered] : [calls.slice(0, fitting), calls.slice(fitting)]
      const taken = await Promise.all(parts.map((part) => runCalls(part, signal)))
      // Otherwise it was not for their number that the calls were refused.
      const isTaken = taken.every(Boolean)
      if (isTaken) batcher.shrink(fitting)
      return isTaken
    } catch (error) {
      for (const call of calls) call.reject(error)
      return false
    }
  }

  async function sendCalls(
    calls: readonly BatchCall[],
    signal: AbortSignal,
  ): Promise<AnsweredCalls> {
    const body = calls.length === 1 ? wireCall(calls[0]!) : `[${calls.map(wireCall).join(',')}]`
    const request = { body, ids: calls.map((call) => call.id) }
    const deadlineMs = Math.max(...calls.map((call) => call.timeoutMs))
    const methods = calls.map((call) => call.method)
    try {
      const answer = await limiter.run(() => exchange(request, methods, deadlineMs, signal), signal)
      return readAnswers(calls, answer)
    } catch (error) {
      if (!mayRefuseBatch(calls.length, error)) throw error
      return { results: 0, unanswered: calls }
    }
  }

  /** Tries the endpoints that may work, in order, until one answers. */
  async function exchange(
    request: RpcRequest,
    methods: readonly string[],
    deadlineMs: number,
    signal: AbortSignal,
  ): Promise<unknown> {
    let candidates = health.candidates(clock.now())
    while (candidates.length === 0) {
      await sleep(clock, health.pausedUntil - clock.now(), signal)
      candidates = health.candidates(clock.now())
    }
    let lastError: unknown
    for (const endpoint of candidates) {
      try {
        return await exchangeWith(endpoint, request, methods, deadlineMs, signal)
      } catch (error) {
        signal.throwIfAborted()
        // Smaller requests may do here: that is no reason to ask somebody else.
        if (mayRefuseBatch(methods.length, error)) throw error
        lastError = error
      }
    }
    throw lastError
  }

  async function exchangeWith(
    endpoint: Endpoint,
    request: RpcRequest,
    methods: readonly string[],
    deadlineMs: number,
    signal: AbortSignal,
  ): Promise<unknown> {
    const startedAt = clock.now()
    health.trying(endpoint, startedAt, deadlineMs)
    let errorCode: string | undefined
    try {
      const answer = await endpoint.exchange(request, deadlineMs, signal)
      health.succeeded(endpoint)
      return answer
    } catch (error) {
      if (!(error instanceof RpcTransportError)) throw error
      errorCode = error.code
      if (error.code === 'RPC_RATE_LIMITED') {
        const pauseMs = Math.min(error.retryAfterMs ?? defaultPauseMs, longestPauseMs)
        health.paused(endpoint, clock.now() + pauseMs)
      } else if (!mayRefuseBatch(methods.length, error)) {
        health.failed(endpoint, startedAt, clock.now())
      }
      throw error
    } finally {
      const durationMs = clock.now() - startedAt
      deps.onRequest?.({ endpoint: endpoint.name, methods, durationMs, errorCode })
    }
  }

  return {
    endpoints: endpoints.map(({ name }) => name),
    request(method, params, { signal, timeoutMs: ownTimeoutMs = timeoutMs } = {}) {
      return withLinkedSignal([signal, closed.signal], (signal) => {
        const attempt = () =>
          batcher.add({ id: ++lastId, method, params, timeoutMs: ownTimeoutMs }, signal)
        // Repeating at once bridges a hiccup. In an outage those who ask come again by themselves, ever more rarely.
        const isWorthwhile = (error: unknown) =>
          isRetryable(error) && clock.now() - health.outSinceMs < outageMs
        return retry(attempt, isWorthwhile, retryOptions, { clock, random }, signal)
      })
    },
    async close() {
      closed.abort(new RpcTransportError('RPC_UNREACHABLE', 'the client was closed'))
      await Promise.all(endpoints.map((endpoint) => endpoint.close()))
    },
  }
}

function wireCall({ id, method, params }: BatchCall): string {
  return JSON.stringify({ jsonrpc: '2.0', id, method, params })
}

function isRetryable(error: unknown): boolean {
  if (error instanceof RpcTransportError) return error.isRetryable
  return error instanceof RpcError && isRateLimit(error)
}
