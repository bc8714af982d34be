import { type RawData, WebSocket } from 'ws'
import type { ClientTls, RpcRequest } from './endpoint.ts'
import { refusalOfStatus, toTransportError } from './endpointFailure.ts'
import { RpcTransportError } from './rpcTransportError.ts'

export interface WebSocketConnectionOptions {
  /** `ws://…` or `wss://…`, without a password. */
  readonly url: string
  /** Of the endpoint, for errors. */
  readonly name: string
  /** Sent with the request that opens the connection. */
  readonly headers: Readonly<Record<string, string>>
  readonly tls: ClientTls | undefined
  readonly maxAnswerBytes: number
}

/**
 * One WebSocket connection, from the attempt to open it to its loss. Requests made while it opens are sent once it is
 * open; answers find theirs by the ids of the calls, in whatever order they come.
 */
export class WebSocketConnection {
  /** Resolves when it is lost for good. */
  readonly closed: Promise<void>
  readonly #options: WebSocketConnectionOptions
  readonly #socket: WebSocket
  readonly #waiting = new Map<number, Exchange>()
  #failure: RpcTransportError | undefined
  #messages = 0

  constructor(options: WebSocketConnectionOptions) {
    const { url, headers, tls, maxAnswerBytes } = options
    this.#options = options
    const socket = new WebSocket(url, {
      headers,
      maxPayload: maxAnswerBytes,
      perMessageDeflate: false,
      ...(tls && { ...tls, minVersion: 'TLSv1.3' }),
    })
    this.#socket = socket
    this.closed = new Promise((resolve) => socket.on('close', () => resolve()))
    socket.on('open', () => {
      for (const { request } of this.#exchanges()) socket.send(request.body)
    })
    socket.on('message', (data) => this.#receive(data))
    socket.on('unexpected-response', (_, { statusCode = 0, headers }) => {
      const refusal = refusalOfStatus(options.name, statusCode, headers['retry-after'])
      this.#fail(refusal ?? notOpened(options.name, statusCode))
    })
    socket.on('error', (error) => this.#fail(brokenBy(options, error)))
    socket.on('close', (code) => this.#fail(closedWith(options.name, code)))
  }

  /** Whether further requests may be made over it. */
  get isUsable(): boolean {
    const { readyState } = this.#socket
    return readyState === WebSocket.CONNECTING || readyState === WebSocket.OPEN
  }

  /** How many messages have come so far. */
  get messages(): number {
    return this.#messages
  }

  /**
   * Sends a request. Rejects when the connection is lost before the answer; never settles once the signal aborts.
   *
   * @throws {RpcTransportError}
   */
  exchange(request: RpcRequest, signal: AbortSignal): Promise<unknown> {
    return new Promise((resolve, reject) => {
      if (this.#failure !== undefined) return reject(this.#failure)
      const exchange = { request, resolve, reject }
      for (const id of request.ids) this.#waiting.set(id, exchange)
      signal.addEventListener('abort', () => this.#forget(request), { once: true })
      if (this.#socket.readyState === WebSocket.OPEN) this.#socket.send(request.body)
    })
  }

  /** Ends it at once; requests on it fail with that reason. */
  drop(reason: string): void {
    this.#fail(lost(this.#options.name, reason))
  }

  #receive(data: RawData): void {
    this.#messages++
    const answer = parseJson(data)
    const parts = [answer].flat()
    const ids = parts.map(idOf).filter((id) => typeof id === 'number')
    if (parts.some(isNotification)) return
    if (ids.length === 0) {
      this.#receiveWithoutId(answer)
      return
    }
    // None when its caller has left.
    const exchange = ids.map((id) => this.#waiting.get(id)).find((found) => found !== undefined)
    if (exchange !== undefined) this.#answer(exchange, answer)
  }

  /** A server that refuses a message as a whole may name no id, or answer no JSON. */
  #receiveWithoutId(answer: unknown): void {
    const [exchange, ...others] = this.#exchanges()
    if (exchange !== undefined && others.length === 0 && answer !== undefined) {
      this.#answer(exchange, answer)
      return
    }
    const message = `${this.#options.name} answered what cannot be told to belong to a call`
    this.#rejectAll(new RpcTransportError('RPC_BAD_RESPONSE', message))
  }

  #answer({ request, resolve }: Exchange, answer: unknown): void {
    this.#forget(request)
    resolve(answer)
  }

  #fail(failure: RpcTransportError): void {
    this.#failure ??= failure
    this.#socket.terminate()
    this.#rejectAll(this.#failure)
  }

  #rejectAll(error: RpcTransportError): void {
    for (const { reject } of this.#exchanges()) reject(error)
    this.#waiting.clear()
  }

  #forget({ ids }: RpcRequest): void {
    for (const id of ids) this.#waiting.delete(id)
  }

  #exchanges(): readonly Exchange[] {
    return [...new Set(this.#waiting.values())]
  }
}

interface Exchange {
  readonly request: RpcRequest
  resolve(answer: unknown): void
  reject(error: RpcTransportError): void
}

function notOpened(name: string, status: number): RpcTransportError {
  const message = `${name} opened no WebSocket but answered HTTP ${status}`
  return new RpcTransportError('RPC_HTTP_STATUS', message, { status })
}

function brokenBy(
  { name, maxAnswerBytes }: WebSocketConnectionOptions,
  cause: NodeJS.ErrnoException,
): RpcTransportError {
  if (!cause.code?.startsWith('WS_ERR_')) return toTransportError(name, cause)
  const isTooLong = cause.code === 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH'
  const what = isTooLong ? `sent more than ${maxAnswerBytes} bytes at once` : 'sent broken frames'
  return new RpcTransportError('RPC_BAD_RESPONSE', `${name} ${what}`, { cause })
}

/** @see https://datatracker.ietf.org/doc/html/rfc6455#section-7.4.1 */
function closedWith(name: string, code: number): RpcTransportError {
  const tooBig = 1009
  if (code !== tooBig) return lost(name, `it was closed (code ${code})`)
  const message = `${name} does not take requests of that size (code ${code})`
  return new RpcTransportError('RPC_BAD_RESPONSE', message)
}

function lost(name: string, reason: string): RpcTransportError {
  return new RpcTransportError(
    'RPC_UNREACHABLE',
    `the WebSocket connection to ${name} was lost: ${reason}`,
  )
}

/** `undefined` when it is none. */
function parseJson(data: RawData): unknown {
  try {
    return JSON.parse(data.toString())
  } catch {
    return undefined
  }
}

function idOf(answer: unknown): unknown {
  return isObject(answer) ? answer['id'] : undefined
}

function isNotification(answer: unknown): boolean {
  return isObject(answer) && 'method' in answer
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}
