import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** How a troubled endpoint treats requests. */
export type RpcTrouble =
  /** Passes them on. */
  | { readonly type: 'none' }
  /** Answers none. */
  | { readonly type: 'silent' }
  /** Closes the connection without an answer. */
  | { readonly type: 'closing' }
  /** Passes transactions on, and closes the connection before their answer. */
  | { readonly type: 'losingAnswers' }
  /** HTTP 429. */
  | { readonly type: 'limiting'; readonly retryAfter?: string }
  /** Answers one method with an error, and passes the others on. */
  | { readonly type: 'refusing'; readonly method: string; readonly message: string }

/** A JSON-RPC endpoint in front of another one, which misbehaves as it is told to. */
export interface TroubledRpc extends AsyncDisposable {
  readonly url: string
  trouble: RpcTrouble
  /** HTTP requests that were not simply passed on. Whoever begins a trouble may set it back. */
  troubled: number
}

interface Call {
  readonly id: unknown
  readonly method: string
}

/** Puts one in front of an endpoint. */
export async function startTroubledRpc(target: string): Promise<TroubledRpc> {
  const troubled: TroubledRpc = {
    url: '',
    trouble: { type: 'none' },
    troubled: 0,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
  const server = createServer((request, response) => {
    answer(request, response).catch(() => request.socket.destroy())
  })

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await text(request)
    const { trouble } = troubled
    const calls: readonly Call[] = [JSON.parse(body)].flat()
    if (!touches(trouble, calls)) {
      response.end(await passOn(body))
      return
    }
    troubled.troubled++
    switch (trouble.type) {
      case 'silent':
        return
      case 'closing':
        request.socket.destroy()
        return
      case 'limiting': {
        const { retryAfter } = trouble
        response.writeHead(429, retryAfter === undefined ? {} : { 'retry-after': retryAfter })
        response.end('slow down')
        return
      }
      case 'losingAnswers':
        await passOn(body)
        request.socket.destroy()
        return
      case 'refusing': {
        const answers = await Promise.all(calls.map((call) => refuseOrPassOn(call, trouble)))
        response.end(JSON.stringify(body.startsWith('[') ? answers : answers[0]))
      }
    }
  }

  async function refuseOrPassOn(call: Call, trouble: { method: string; message: string }) {
    if (call.method !== trouble.method) return JSON.parse(await passOn(JSON.stringify(call)))
    return { jsonrpc: '2.0', id: call.id, error: { code: -32000, message: trouble.message } }
  }

  async function passOn(body: string): Promise<string> {
    const headers = { 'content-type': 'application/json' }
    return (await fetch(target, { method: 'POST', headers, body })).text()
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return Object.assign(troubled, { url: `http://127.0.0.1:${port}` })
}

/** Whether a request with these calls is in for it. */
function touches(
  trouble: RpcTrouble,
  calls: readonly Call[],
): trouble is Exclude<RpcTrouble, { type: 'none' }> {
  switch (trouble.type) {
    case 'none':
      return false
    case 'losingAnswers':
      return calls.some(({ method }) => method === 'eth_sendRawTransaction')
    case 'refusing':
      return calls.some(({ method }) => method === trouble.method)
    default:
      return true
  }
}

async function text(request: IncomingMessage): Promise<string> {
  let body = ''
  for await (const part of request) body += part
  return body
}
