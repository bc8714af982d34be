import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { ConfigError } from '../base/errors.ts'
import { exitCodes } from '../base/exitCodes.ts'
import { type Clock, sleep, systemClock } from '../runtime/clock.ts'
import type { Logger } from '../runtime/logger.ts'
import type { Turnstile } from '../runtime/turnstile.ts'
import { dispatch, errorText, type RpcMethods } from './dispatch.ts'
import { verifyJwt } from './jwt.ts'
import { RpcError, rpcErrorCodes } from './rpcError.ts'
import { createWebSocketSessions, type MessageHandler } from './webSocketSessions.ts'

export interface JsonRpcServerOptions extends MessageServerOptions, DispatchChoices {}

/** How messages are answered. */
export interface DispatchChoices {
  readonly methods: RpcMethods
  /** Default 1000 calls. */
  readonly maxBatchSize?: number
  /** Where calls wait for their turn, if others on this thread matter more. */
  readonly turns?: Turnstile
}

/** Where and for whom messages are taken. */
export interface MessageServerOptions {
  readonly host: string
  /** 0 takes any free port. */
  readonly port: number
  /** The flag that sets the port, such as `--rpc.port`: named when the port is taken. */
  readonly portFlag?: string
  /** Serve WebSocket on the same port. Default false. */
  readonly webSocket?: boolean
  /** Ask every call for a JWT signed with this secret. Routes stay open. */
  readonly jwtSecret?: Uint8Array
  /**
   * Let web pages of any origin call. Default false: then browsers are kept out, lest a page that an
   * operator visits calls what is meant for local programs.
   */
  readonly cors?: boolean
  /** Default 5 MiB, for a request or a WebSocket message. */
  readonly maxBodyBytes?: number
  /** Plain pages beside JSON-RPC, such as `GET /healthz`. */
  readonly routes?: Readonly<Record<`GET /${string}`, Route>>
}

/** Answers a plain GET. */
export type Route = () => RouteResponse | Promise<RouteResponse>

/** What a route answers. */
export interface RouteResponse {
  readonly status: number
  /** Default `text/plain`. */
  readonly contentType?: string
  readonly body: string
}

/** A server that listens. */
export interface JsonRpcServer {
  readonly port: number
  /** `http://host:port` */
  readonly url: string
  /** `ws://host:port`, answered only with the option `webSocket`. */
  readonly wsUrl: string
  /** Stops listening, lets running calls answer, and ends every connection within a second. */
  close(): Promise<void>
}

const closeGraceMs = 900
// Connections that may wait to be accepted; beyond that they are cut off. As many as Linux allows by default, since
// clients such as fetch open one for each request of a burst.
const maxUnaccepted = 4_096
// Longer than clients keep idle connections, so that it is never the server that cuts one off while
// a request is on its way.
const keepAliveTimeoutMs = 120_000

// geth's --rpc.batch-response-max-size.
const maxBatchAnswerLength = 25_000_000

/**
 * Serves JSON-RPC 2.0 over HTTP, and over WebSocket on the same port.
 *
 * @throws {ConfigError} `PORT_TAKEN` (exit code 7), `LISTEN_FAILED` (exit code 2).
 */
export function createJsonRpcServer(
  options: JsonRpcServerOptions,
  deps: { readonly logger: Logger; readonly clock?: Clock },
): Promise<JsonRpcServer> {
  const { logger, clock = systemClock } = deps
  const handle = createMessageHandler(options, { logger, clock })
  return createMessageServer(options, { handle, logger, clock })
}

/** What answers messages by `methods`, wherever they come from. */
export function createMessageHandler(
  { methods, maxBatchSize = 1000, turns }: DispatchChoices,
  deps: { readonly logger: Logger; readonly clock: Clock },
): MessageHandler {
  const options = { methods, maxBatchSize, maxBatchAnswerLength, turns }
  return (text, context) => dispatch(text, context, options, deps)
}

/**
 * The half of {@link createJsonRpcServer} that knows HTTP and WebSocket.
 *
 * @param deps.handle - Answers messages.
 * @throws {ConfigError} as there.
 */
export async function createMessageServer(
  options: MessageServerOptions,
  deps: { readonly handle: MessageHandler; readonly logger: Logger; readonly clock: Clock },
): Promise<JsonRpcServer> {
  const { handle, logger, clock } = deps
  const { maxBodyBytes = 5 * 1024 * 1024 } = options
  const closing = new AbortController()

  const server = createServer((request, response) => {
    answerHttp(request, response).catch((error) => {
      logger.error('HTTP request failed', { error })
      response.destroy()
    })
  })
  server.keepAliveTimeout = keepAliveTimeoutMs

  const sessions = createWebSocketSessions(
    {
      maxMessageBytes: maxBodyBytes,
      maxCallsInFlight: 256,
      maxBacklogBytes: 32 * 1024 * 1024,
      pingIntervalMs: 30_000,
    },
    { clock, handle },
  )
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on('error', () => socket.destroy())
    const refusal = refuseUpgrade(request)
    if (refusal === undefined) sessions.upgrade(request, socket, head)
    else socket.end(`HTTP/1.1 ${refusal}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`)
  })

  async function answerHttp(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (options.cors) response.setHeader('access-control-allow-origin', '*')
    if (request.method === 'OPTIONS' && options.cors) return answerPreflight(response)
    if (request.method === 'GET') return answerRoute(request, response, options.routes ?? {})
    if (request.method !== 'POST') return sendText(response, 405, 'send JSON-RPC calls by POST')
    // Only this content type makes browsers ask for permission (CORS) first.
    if (!/^application\/json\b/i.test(request.headers['content-type'] ?? '')) {
      return sendText(response, 415, 'content-type must be application/json')
    }
    const refusal = refuseToken(request)
    if (refusal !== undefined) return sendText(response, 401, refusal)
    const text = await readBody(request, maxBodyBytes)
    if (text === undefined) return refuseBody(response)
    const gone = new AbortController()
    // Once it is answered nobody listens any more, and an abort is dear.
    response.on('close', () => response.writableFinished || gone.abort())
    const answer = await handle(text, { signal: gone.signal, notify: undefined })
    if (closing.signal.aborted) response.setHeader('connection', 'close')
    if (answer === undefined) response.writeHead(204).end()
    else send(response, 200, 'application/json', answer)
  }

  function refuseToken(request: IncomingMessage): string | undefined {
    if (options.jwtSecret === undefined) return undefined
    const token = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1]
    if (token === undefined) return 'missing JWT: send the header Authorization: Bearer <token>'
    const reason = verifyJwt(options.jwtSecret, token, clock.now() / 1000)
    return reason === undefined ? undefined : `wrong JWT: ${reason}`
  }

  function refuseUpgrade(request: IncomingMessage): string | undefined {
    if (!options.webSocket) return '426 Upgrade Not Served'
    if (request.headers.origin !== undefined && !options.cors) return '403 Forbidden'
    if (refuseToken(request) !== undefined) return '401 Unauthorized'
    return closing.signal.aborted ? '503 Service Unavailable' : undefined
  }

  function refuseBody(response: ServerResponse): void {
    const message = `the request is larger than the limit of ${maxBodyBytes} bytes`
    const error = new RpcError(rpcErrorCodes.invalidRequest, message)
    response.setHeader('connection', 'close')
    send(response, 413, 'application/json', errorText(null, error))
  }

  async function close(): Promise<void> {
    closing.abort()
    sessions.close()
    const ended = new Promise((resolve) => server.close(resolve))
    server.closeIdleConnections()
    const inTime = new AbortController()
    const grace = sleep(clock, closeGraceMs, inTime.signal).catch(() => undefined)
    await Promise.race([ended, grace])
    inTime.abort()
    sessions.terminate()
    server.closeAllConnections()
    await ended
  }

  const port = await listen(server, options)
  server.on('error', (error) => logger.error('HTTP server failed', { error }))
  let closed: Promise<void> | undefined
  const host = options.host.includes(':') ? `[${options.host}]` : options.host
  return {
    port,
    url: `http://${host}:${port}`,
    wsUrl: `ws://${host}:${port}`,
    close: () => {
      closed ??= close()
      return closed
    },
  }
}

function listen(
  server: ReturnType<typeof createServer>,
  options: MessageServerOptions,
): Promise<number> {
  const { host, port } = options
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => reject(listenError(cause, options)))
    server.listen({ port, host, backlog: maxUnaccepted }, () =>
      resolve((server.address() as AddressInfo).port),
    )
  })
}

function listenError(cause: NodeJS.ErrnoException, options: MessageServerOptions): ConfigError {
  const { host, port, portFlag } = options
  const choose = portFlag === undefined ? 'choose another port' : `choose another with ${portFlag}`
  if (cause.code === 'EADDRINUSE') {
    return new ConfigError(
      exitCodes.portTaken,
      'PORT_TAKEN',
      `port ${port} on ${host} is already in use`,
      { cause, metaMessages: [`Stop the program that listens on it, or ${choose}.`] },
    )
  }
  return new ConfigError(
    exitCodes.usage,
    'LISTEN_FAILED',
    `cannot listen on ${host}:${port}: ${cause.message}`,
    { cause, metaMessages: [`Check the host address, or ${choose}.`] },
  )
}

/** The whole body; `undefined` when it is too large or the client went away. */
function readBody(request: IncomingMessage, maxBytes: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = []
    let size = 0
    const collect = (chunk: Buffer) => {
      size += chunk.length
      if (size <= maxBytes) return void chunks.push(chunk)
      // The rest is read and thrown away, so that the client gets to see the refusal.
      request.off('data', collect).resume()
      resolve(undefined)
    }
    request.on('data', collect)
    request.on('end', () => resolve(Buffer.concat(chunks, size).toString()))
    request.on('close', () => resolve(undefined))
    request.on('error', () => resolve(undefined))
  })
}

async function answerRoute(
  request: IncomingMessage,
  response: ServerResponse,
  routes: Readonly<Record<string, Route>>,
): Promise<void> {
  const path = `GET ${(request.url ?? '/').split('?')[0]}`
  const route = Object.hasOwn(routes, path) ? routes[path] : undefined
  if (route === undefined) return sendText(response, 404, 'send JSON-RPC calls by POST')
  const { status, contentType = 'text/plain; charset=utf-8', body } = await route()
  send(response, status, contentType, body)
}

function answerPreflight(response: ServerResponse): void {
  response.setHeader('access-control-allow-methods', 'POST, GET, OPTIONS')
  response.setHeader('access-control-allow-headers', 'content-type, authorization')
  response.setHeader('access-control-max-age', '86400')
  response.writeHead(204).end()
}

function sendText(response: ServerResponse, status: number, text: string): void {
  send(response, status, 'text/plain; charset=utf-8', `${text}\n`)
}

function send(response: ServerResponse, status: number, contentType: string, text: string): void {
  const body = Buffer.from(text)
  response.writeHead(status, { 'content-type': contentType, 'content-length': body.length })
  response.end(body)
}
