import { once } from 'node:events'
import { assertNever } from '../../base/assertNever.ts'
import type { RpcContext } from '../../jsonrpc/dispatch.ts'
import type { JsonRpcServer } from '../../jsonrpc/server.ts'
import type { MessageHandler } from '../../jsonrpc/webSocketSessions.ts'
import type { Logger } from '../../runtime/logger.ts'
import { startThread } from '../../runtime/startThread.ts'
import { errorFromWire } from '../worker/wireError.ts'
import type { FromRpcThread, RpcThreadOptions, ToRpcThread } from './messages.ts'

/**
 * Serves JSON-RPC from a thread of its own: thousands of requests at once keep that one busy, and the thread that answers
 * them gets their text.
 *
 * @param deps.handle - Answers messages, in this thread. A client is one context for as long as it is there.
 * @throws {ConfigError} like `createJsonRpcServer`.
 */
export async function startRpcThread(
  options: RpcThreadOptions,
  deps: { readonly handle: MessageHandler; readonly logger: Logger },
): Promise<JsonRpcServer> {
  const { handle, logger } = deps
  const worker = startThread('./entry', import.meta.url, { workerData: options, name: 'takt-rpc' })
  const send = (message: ToRpcThread) => worker.postMessage(message)
  const clients = new Map<number, Client>()

  const answer = async (message: Extract<FromRpcThread, { type: 'message' }>) => {
    const { id, client: number, stays, text } = message
    const client = clients.get(number) ?? createClient(number, stays, send)
    clients.set(number, client)
    try {
      send({ type: 'answer', id, text: await handle(text, client.context) })
    } finally {
      if (!stays) clients.delete(number)
    }
  }
  const ready = Promise.withResolvers<Extract<FromRpcThread, { type: 'ready' }>>()
  worker.on('message', (message: FromRpcThread) => {
    switch (message.type) {
      case 'message':
        void answer(message)
        break
      case 'gone':
        clients.get(message.client)?.gone.abort()
        clients.delete(message.client)
        break
      case 'ready':
        ready.resolve(message)
        break
      case 'failed':
        ready.reject(errorFromWire(message.error))
        break
      case 'log':
        logger[message.level](message.message, message.fields)
        break
      default:
        assertNever(message)
    }
  })
  // A fault of that thread is one of the engine: whoever restarts the one restarts the other.
  worker.on('error', (error) => {
    throw error
  })

  const ended = once(worker, 'exit')
  const { port, url, wsUrl } = await ready.promise
  return {
    port,
    url,
    wsUrl,
    close: async () => {
      send({ type: 'close' })
      await ended
    },
  }
}

interface Client {
  readonly context: RpcContext
  readonly gone: AbortController
}

function createClient(
  number: number,
  stays: boolean,
  send: (message: ToRpcThread) => void,
): Client {
  const gone = new AbortController()
  const notify: RpcContext['notify'] = (method, params) =>
    send({ type: 'notify', client: number, method, params })
  return { gone, context: { signal: gone.signal, notify: stays ? notify : undefined } }
}
