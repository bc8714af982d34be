import { buildConnector, Pool } from 'undici'
import type { Clock } from '../runtime/clock.ts'
import { withTimeout } from '../runtime/timeout.ts'
import { type Endpoint, type EndpointOptions, maxAnswerBytes } from './endpoint.ts'
import { refusalOfStatus, toTransportError } from './endpointFailure.ts'
import { endpointHeaders } from './endpointHeaders.ts'
import { RpcTransportError } from './rpcTransportError.ts'

export interface HttpEndpointOptions extends EndpointOptions {
  readonly maxConnections: number
}

/** A server reached over HTTP connections that are kept alive. */
export function createHttpEndpoint(
  options: HttpEndpointOptions,
  deps: { readonly clock: Clock },
): Endpoint {
  const { url } = options
  const pool = new Pool(url.origin, {
    connections: options.maxConnections,
    keepAliveTimeout: 30_000,
    maxResponseSize: maxAnswerBytes,
    // Deadlines are ours, per call.
    headersTimeout: 0,
    bodyTimeout: 0,
    connect: connector(options),
  })

  return {
    name: url.name,
    async exchange({ body }, timeoutMs, signal) {
      const send = async (signal: AbortSignal) => {
        const response = await pool.request({
          method: 'POST',
          path: url.path,
          headers: { 'content-type': 'application/json', ...endpointHeaders(options, deps.clock) },
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
  const refusal = refusalOfStatus(name, status, headers['retry-after'])
  if (refusal !== undefined) throw refusal
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
