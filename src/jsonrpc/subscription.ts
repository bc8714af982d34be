import { WebSocket } from 'ws'
import { type BackoffOptions, backoffDelayMs } from '../runtime/backoff.ts'
import { type Clock, sleep } from '../runtime/clock.ts'
import type { Logger } from '../runtime/logger.ts'
import type { Random } from '../runtime/random.ts'
import { assertWebSocketUrl } from './endpointUrl.ts'

export interface SubscriptionOptions {
  /** `ws://…` or `wss://…` */
  readonly url: string
  /** Parameters of `eth_subscribe`, such as `['newHeads']`. */
  readonly params: readonly unknown[]
  /** A connection on which nothing came for so long, not even the answer to a ping, is given up. Default 30 s. */
  readonly silenceTimeoutMs?: number
  /** Between two attempts to connect. Default 250 ms doubling up to 10 s. */
  readonly backoff?: BackoffOptions
}

export interface SubscriptionDeps {
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  /** Each `result` of the subscription, unchecked. */
  readonly onEvent: (result: unknown) => void
  /** True once subscribed, false when the subscription broke. */
  readonly onState: (isLive: boolean) => void
}

/**
 * Keeps one `eth_subscribe` subscription alive, connecting again whenever it breaks, until the signal aborts.
 *
 * @throws {ConfigError} `URL_INVALID`
 */
export async function runSubscription(
  options: SubscriptionOptions,
  deps: SubscriptionDeps,
  signal: AbortSignal,
): Promise<void> {
  assertWebSocketUrl(options.url)
  const { backoff = { baseDelayMs: 250, maxDelayMs: 10_000 } } = options
  let failures = 0
  while (!signal.aborted) {
    let wasLive = false
    const reason = await runConnection(
      options,
      {
        ...deps,
        onState(isLive) {
          wasLive ||= isLive
          deps.onState(isLive)
        },
      },
      signal,
    )
    if (signal.aborted) return
    failures = wasLive ? 1 : failures + 1
    // An outage is worth one line, not one per attempt.
    if (failures === 1) deps.logger.warn('Subscription broke, connecting again', { reason })
    await sleep(deps.clock, backoffDelayMs(failures, backoff, deps.random), signal).catch(() => {})
  }
}

const subscribeId = 1

/** Subscribes over one connection. @returns why it ended. */
function runConnection(
  options: SubscriptionOptions,
  deps: SubscriptionDeps,
  signal: AbortSignal,
): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>()
  const socket = new WebSocket(options.url, { perMessageDeflate: false, maxPayload: 64 << 20 })
  const ended = new AbortController()
  let subscriptionId: string | undefined
  let reason = 'the server closed the connection'
  let isLive = false
  let heard = true

  const giveUp = (why: string) => {
    reason = why
    socket.terminate()
  }
  const receive = (text: string) => {
    const message = parseMessage(text)
    if (message?.id === subscribeId) {
      if (typeof message.result !== 'string') return giveUp('the server refused the subscription')
      subscriptionId = message.result
      isLive = true
      deps.onState(true)
    } else if (subscriptionId !== undefined && message?.params?.subscription === subscriptionId) {
      deps.onEvent(message.params.result)
    }
  }
  const watchSilence = async () => {
    while (!ended.signal.aborted) {
      await sleep(deps.clock, options.silenceTimeoutMs ?? 30_000, ended.signal).catch(() => {})
      if (ended.signal.aborted) return
      if (!heard) return giveUp('the server has gone silent')
      heard = false
      if (socket.readyState === socket.OPEN) socket.ping()
    }
  }

  const stop = () => socket.terminate()
  signal.addEventListener('abort', stop, { once: true })
  socket.on('open', () => {
    const { params } = options
    socket.send(
      JSON.stringify({ jsonrpc: '2.0', id: subscribeId, method: 'eth_subscribe', params }),
    )
  })
  socket.on('message', (data) => {
    heard = true
    receive(String(data))
  })
  socket.on('pong', () => {
    heard = true
  })
  socket.on('error', (error) => {
    reason = error.message
  })
  socket.on('close', () => {
    signal.removeEventListener('abort', stop)
    ended.abort()
    if (isLive) deps.onState(false)
    resolve(reason)
  })
  void watchSilence()
  return promise
}

interface Message {
  readonly id?: unknown
  readonly result?: unknown
  readonly params?: { readonly subscription?: unknown; readonly result?: unknown }
}

function parseMessage(text: string): Message | undefined {
  try {
    return JSON.parse(text) as Message | undefined
  } catch {
    return undefined
  }
}
