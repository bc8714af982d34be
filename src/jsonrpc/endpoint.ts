import type { EndpointUrl } from './endpointUrl.ts'

/** One JSON-RPC server, by whatever protocol it is reached. */
export interface Endpoint {
  /** Without secrets. */
  readonly name: string
  /**
   * Sends a request and gives back the JSON that was answered, unchecked.
   *
   * @throws {RpcTransportError}
   * @throws the signal's reason when it aborts.
   */
  exchange(request: RpcRequest, timeoutMs: number, signal?: AbortSignal): Promise<unknown>
  /** Breaks off what is in flight and closes the connections. */
  close(): Promise<void>
}

/** A call, or a batch of them, as one JSON text. */
export interface RpcRequest {
  readonly body: string
  /** Ids of its calls. */
  readonly ids: readonly number[]
}

/** How we prove who we are to a server, and who it must be. PEM texts. */
export interface ClientTls {
  /** Certificates of the authorities that the server's certificate may come from. */
  readonly ca: string
  readonly cert: string
  readonly key: string
}

/** What both kinds of endpoint need to know. */
export interface EndpointOptions {
  readonly url: EndpointUrl
  /** Prove with this secret who asks. */
  readonly jwtSecret: Uint8Array | undefined
  /** Sent with every HTTP request, the one that opens a WebSocket included. */
  readonly headers: Readonly<Record<string, string>>
  /** Asked for at each new connection. */
  readonly tls: (() => ClientTls) | undefined
}

/** The longest answer to one request that is read. */
export const maxAnswerBytes = 512 * 1024 * 1024
