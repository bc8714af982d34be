import { buildConnector, Pool } from 'undici'
import { ChainError } from '../base/errors.ts'
import type { Clock } from '../runtime/clock.ts'
import { withTimeout } from '../runtime/timeout.ts'
import type { EndpointUrl } from './endpointUrl.ts'
import { signJwt } from './jwt.ts'
import { RpcTransportError } from './rpcTransportError.ts'

export interface HttpEndpointOptions {
  readonly url: EndpointUrl
  /** Sign every request with this secret. */
  readonly jwtSecret: Uint8Array | undefined
  /** Sent with every request. */
  readonly headers: Readonly<Record<string, string>>
  readonly tls: (() => ClientTls) | undefined
  readonly maxConnections: number
}

/** How we prove who we are to a server, and who it must be. PEM texts. */
export interface ClientTls {
  /** Certificates of the authorities that the server's certificate may come from. */
  readonly ca: string
  readonly cert: string
  readonly key: string
}

/** One JSON-RPC server, reached over HTTP connections that are kept alive. */
export interface HttpEndpoint {
  /** Without secrets. */
  readonly name: string
  /**
   * Sends one JSON text and gives back the JSON that was answered, unchecked.
   *
   * @throws {RpcTransportError}
   * @throws the signal's reason when it aborts.
   */
  exchange(body: string, timeoutMs: number, signal?: AbortSignal): Promise<unknown>
  close(): Promise<void>
}

const maxResponseBytes = 512 * 1024 * 1024

export function createHttpEndpoint(
  options: HttpEndpointOptions,
  deps: { readonly clock: Clock },
): HttpEndpoint {
  const { url, jwtSecret } = options
  const pool = new Pool(url.origin, {
    connections: options.maxConnections,
    keepAliveTimeout: 30_000,
    maxResponseSize: maxResponseBytes,
    // Deadlines are ours, per call.
    headersTimeout: 0,
    bodyTimeout: 0,
    connect: connector(options),
  })

  function headers(): Record<string, string> {
    const base = { 'content-type': 'application/json', ...options.headers }
    if (jwtSecret !== undefined) {
      return { ...base, authorization: `Bearer ${signJwt(jwtSecret, deps.clock.now() / 1000)}` }
    }
    return url.authorization === undefined ? base : { ...base, authorization: url.authorization }
  }

  return {
    name: url.name,
    async exchange(body, timeoutMs, signal) {
      const send = async (signal: AbortSignal) => {
        const response = await pool.request({
          method: 'POST',
          path: url.path,
          headers: headers(),
          body,
          signal,
        })
        const text = await response.body.text()
        return readResponse(url.name, response.statusCode, response.headers, text)
      }
      try {
        return await withTimeout(deps.clock, timeoutMs, 'the request', send, signal)
      } catch (error) {
        signal?.throwIfAborted()
        throw toTransportError(url.name, error)
      }
    },
    close: () => pool.destroy(),
  }
}

function connector({ url, tls }: HttpEndpointOptions) {
  if (tls === undefined) return url.socketPath === undefined ? {} : { socketPath: url.socketPath }
  const connect: buildConnector.connector = (target, done) => {
    try {
      buildConnector({ ...tls(), minVersion: 'TLSv1.3' })(target, done)
    } catch (error) {
      done(error as Error, null)
    }
  }
  return connect
}

function readResponse(
  name: string,
  status: number,
  headers: Record<string, string | string[] | undefined>,
  text: string,
): unknown {
  if (status === 401 || status === 403) {
    const message = `${name} refused our credentials with HTTP ${status}`
    throw new RpcTransportError('RPC_UNAUTHORIZED', message, { status })
  }
  if (status === 429) {
    const retryAfterMs = parseRetryAfter(headers['retry-after'])
    throw new RpcTransportError('RPC_RATE_LIMITED', `${name} asks us to slow down (HTTP 429)`, {
      status,
      ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    })
  }
  const json = parseJson(text)
  // Some servers send JSON-RPC errors with the status of a failure.
  if (status < 200 || (status > 299 && !hasRpcError(json))) {
    throw new RpcTransportError('RPC_HTTP_STATUS', `${name} answered HTTP ${status}`, { status })
  }
  if (json === undefined) {
    const what = `${text.length} characters that are not JSON`
    throw new RpcTransportError('RPC_BAD_RESPONSE', `${name} answered ${what}`, { status })
  }
  return json
}

/** Seconds, or `undefined` for the date form, which nobody sends with 429. */
function parseRetryAfter(value: string | string[] | undefined): number | undefined {
  return typeof value === 'string' && /^\d{1,6}$/.test(value) ? Number(value) * 1000 : undefined
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function hasRpcError(json: unknown): boolean {
  return typeof json === 'object' && json !== null && 'error' in json
}

function toTransportError(name: string, error: unknown): RpcTransportError {
  if (error instanceof RpcTransportError) return error
  if (error instanceof ChainError && error.code === 'TIMEOUT') {
    const message = `${name} did not answer in time: ${error.shortMessage}`
    return new RpcTransportError('RPC_TIMEOUT', message, { cause: error })
  }
  const { code, message } = error as NodeJS.ErrnoException
  const reason = `${name} cannot be reached: ${message || code}`
  return new RpcTransportError('RPC_UNREACHABLE', reason, { cause: error })
}
