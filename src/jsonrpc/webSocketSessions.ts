import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { type RawData, type WebSocket, WebSocketServer } from 'ws'
import { type Clock, sleep } from '../runtime/clock.ts'
import type { RpcContext } from './dispatch.ts'

export interface WebSocketSessionsOptions {
  readonly maxMessageBytes: number
  /** Calls of one client that run at once; further ones wait unread in the socket. */
  readonly maxCallsInFlight: number
  /** Bytes that may wait for a client that does not read, before it is disconnected. */
  readonly maxBacklogBytes: number
  readonly pingIntervalMs: number
}

/** The WebSocket half of a JSON-RPC server: one session per client, fed by HTTP upgrades. */
export interface WebSocketSessions {
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void
  /** Says goodbye to every client. */
  close(): void
  /** Cuts off the clients that have not answered the goodbye. */
  terminate(): void
}

/** Answers one message of a client; `undefined` when there is nothing to say. */
export type MessageHandler = (text: string, context: RpcContext) => Promise<string | undefined>

/** Serves the clients whose upgrades it is given; listens to nothing by itself. */
export function createWebSocketSessions(
  options: WebSocketSessionsOptions,
  deps: { readonly clock: Clock; readonly handle: MessageHandler },
): WebSocketSessions {
  const server = new WebSocketServer({
    noServer: true,
    clientTracking: true,
    maxPayload: options.maxMessageBytes,
    perMessageDeflate: false,
  })
  return {
    upgrade(request, socket, head) {
      server.handleUpgrade(request, socket, head, (client) => serve(client, options, deps))
    },
    close() {
      for (const client of server.clients) client.close(1001, 'server is closing')
      server.close()
    },
    terminate() {
      for (const client of server.clients) client.terminate()
    },
  }
}

function serve(
  client: WebSocket,
  options: WebSocketSessionsOptions,
  deps: { readonly clock: Clock; readonly handle: MessageHandler },
): void {
  const gone = new AbortController()
  let inFlight = 0

  const send = (text: string) => {
    if (client.readyState !== client.OPEN) return
    client.send(text)
    if (client.bufferedAmount > options.maxBacklogBytes) client.terminate()
  }
  const context: RpcContext = {
    signal: gone.signal,
    notify: (method, params) => send(JSON.stringify({ jsonrpc: '2.0', method, params })),
  }
  const answer = async (data: RawData) => {
    if (++inFlight >= options.maxCallsInFlight) client.pause()
    try {
      const text = await deps.handle(data.toString(), context)
      if (text !== undefined) send(text)
    } finally {
      if (--inFlight < options.maxCallsInFlight && client.isPaused) client.resume()
    }
  }

  client.on('message', (data) => void answer(data))
  // A broken frame or reset connection is followed by 'close', which is all that matters here.
  client.on('error', () => {})
  client.on('close', () => gone.abort())
  void runHeartbeat(client, options.pingIntervalMs, deps.clock, gone.signal)
}

/** Cuts off a client that has not answered a ping until the next one is due. */
async function runHeartbeat(
  client: WebSocket,
  intervalMs: number,
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  let isAlive = true
  client.on('pong', () => {
    isAlive = true
  })
  while (!signal.aborted) {
    await sleep(clock, intervalMs, signal).catch(() => undefined)
    if (signal.aborted) return
    // While reading is paused its pongs lie unread.
    if (!isAlive && !client.isPaused) return client.terminate()
    isAlive = false
    client.ping()
  }
}
