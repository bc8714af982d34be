import { ConfigError } from '../base/errors.ts'
import { exitCodes } from '../base/exitCodes.ts'

/** Where a JSON-RPC server listens. */
export interface EndpointUrl {
  /** `http://host:port` or `ws://host:port`, with or without TLS; for a unix socket the host is a placeholder. */
  readonly origin: string
  /** Path and query of the requests. */
  readonly path: string
  /** Path of a unix socket. */
  readonly socketPath: string | undefined
  /** The header of the user and password that the URL carried. */
  readonly authorization: string | undefined
  /** For logs and errors: paths, queries and passwords often hold keys, so they are left out. */
  readonly name: string
}

/**
 * Parses `http://…`, `https://…`, `ws://…`, `wss://…`, or `unix:/path` for HTTP over a unix socket.
 *
 * @param flag - The flag that the URL was given by, for the error.
 * @throws {ConfigError} `URL_INVALID` (exit code 2)
 */
export function parseEndpointUrl(text: string, flag?: string): EndpointUrl {
  if (isWebSocketUrl(text)) return parsedUrl(new URL(text), flag)
  return parseHttpUrl(text, flag, 'http://…, https://…, ws://…, wss://… or unix:/path')
}

/**
 * As {@link parseEndpointUrl}, without WebSocket.
 *
 * @throws {ConfigError} `URL_INVALID` (exit code 2)
 */
export function parseHttpUrl(
  text: string,
  flag?: string,
  wanted = 'http://…, https://… or unix:/path',
): EndpointUrl {
  const socketPath = /^unix:(?:\/\/)?(\/.+)$/.exec(text)?.[1]
  if (socketPath !== undefined) {
    const name = `unix:${socketPath}`
    return { origin: 'http://localhost', path: '/', socketPath, authorization: undefined, name }
  }
  const url = URL.parse(text)
  if (url === null || !['http:', 'https:'].includes(url.protocol)) {
    throw invalidUrl(text, flag, wanted)
  }
  return parsedUrl(url, flag)
}

/** Whether a text is a `ws://…` or `wss://…` URL. */
export function isWebSocketUrl(text: string): boolean {
  return ['ws:', 'wss:'].includes(URL.parse(text)?.protocol ?? '')
}

/**
 * Checks that a text is a `ws://…` or `wss://…` URL.
 *
 * @throws {ConfigError} `URL_INVALID` (exit code 2)
 */
export function assertWebSocketUrl(text: string, flag?: string): void {
  if (!isWebSocketUrl(text)) throw invalidUrl(text, flag, 'ws://… or wss://…')
}

function parsedUrl(url: URL, flag: string | undefined): EndpointUrl {
  const login = loginOf(url, flag)
  return {
    origin: url.origin,
    path: `${url.pathname}${url.search}`,
    socketPath: undefined,
    authorization: login === ':' ? undefined : `Basic ${Buffer.from(login).toString('base64')}`,
    name: url.origin,
  }
}

/** User and password, as HTTP's basic authentication takes them. */
function loginOf({ username, password }: URL, flag: string | undefined): string {
  try {
    return `${decodeURIComponent(username)}:${decodeURIComponent(password)}`
  } catch {
    const message = `${named(flag)} has a user or a password that is not percent-encoded`
    throw new ConfigError(exitCodes.usage, 'URL_INVALID', message, {
      metaMessages: ['Write % as %25, and likewise @, : and /.'],
    })
  }
}

function invalidUrl(text: string, flag: string | undefined, wanted: string): ConfigError {
  // No further than the host: behind it there may be a key.
  const shown = JSON.stringify(/^(\w+:\/\/)?[^/?#]{0,60}/.exec(text.replace(/\/\/.*@/, '//'))![0])
  const message = `${named(flag)} must be ${wanted}, got ${shown}`
  return new ConfigError(exitCodes.usage, 'URL_INVALID', message)
}

function named(flag: string | undefined): string {
  return flag ?? 'the URL of an endpoint'
}
