import type { Clock } from '../runtime/clock.ts'
import { withTimeout } from '../runtime/timeout.ts'
import { type Endpoint, type EndpointOptions, maxAnswerBytes } from './endpoint.ts'
import { toTransportError } from './endpointFailure.ts'
import { endpointHeaders } from './endpointHeaders.ts'
import { WebSocketConnection } from './webSocketConnection.ts'

export interface WebSocketEndpointOptions extends EndpointOptions {
  /** Default 512 MiB. */
  readonly maxAnswerBytes?: number
}

/**
 * A server reached over one WebSocket connection, which all requests share. It is opened by the first one, and again by
 * the next one after it was lost.
 */
export function createWebSocketEndpoint(
  options: WebSocketEndpointOptions,
  deps: { readonly clock: Clock },
): Endpoint {
  const { url, tls } = options
  let connection: WebSocketConnection | undefined

  function connected(): WebSocketConnection {
    if (connection?.isUsable) return connection
    connection?.drop('it was closed')
    connection = new WebSocketConnection({
      url: `${url.origin}${url.path}`,
      name: url.name,
      headers: endpointHeaders(options, deps.clock),
      tls: tls?.(),
      maxAnswerBytes: options.maxAnswerBytes ?? maxAnswerBytes,
    })
    return connection
  }

  return {
    name: url.name,
    async exchange(request, timeoutMs, signal) {
      let used: WebSocketConnection | undefined
      let messagesBefore = 0
      const send = async (signal: AbortSignal) => {
        used = connected()
        messagesBefore = used.messages
        return await used.exchange(request, signal)
      }
      try {
        return await withTimeout(deps.clock, timeoutMs, 'the request', send, signal)
      } catch (error) {
        signal?.throwIfAborted()
        const failure = toTransportError(url.name, error)
        // The other side may be gone without a word.
        const isSilent = failure.code === 'RPC_TIMEOUT' && used?.messages === messagesBefore
        if (isSilent) used?.drop('it has gone silent')
        throw failure
      }
    },
    async close() {
      connection?.drop('the client was closed')
      await connection?.closed
    },
  }
}
