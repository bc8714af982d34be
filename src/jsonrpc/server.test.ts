import { once } from 'node:events'
import { connect } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { DecodeError } from '../base/errors.ts'
import { silentLogger } from '../runtime/logger.ts'
import type { RpcMethods } from './dispatch.ts'
import { signJwt } from './jwt.ts'
import { RpcError } from './rpcError.ts'
import { createJsonRpcServer, type JsonRpcServer, type JsonRpcServerOptions } from './server.ts'

const running: JsonRpcServer[] = []

async function serve(
  methods: RpcMethods,
  options: Partial<JsonRpcServerOptions> = {},
): Promise<JsonRpcServer> {
  const server = await createJsonRpcServer(
    { host: '127.0.0.1', port: 0, methods, ...options },
    { logger: silentLogger },
  )
  running.push(server)
  return server
}

afterEach(async () => {
  await Promise.all(running.splice(0).map((server) => server.close()))
})

async function post(url: string, body: string, headers: Record<string, string> = {}) {
  const response = await fetch(url, {
    method: 'POST',
    body,
    headers: { 'content-type': 'application/json', ...headers },
  })
  const text = await response.text()
  return {
    status: response.status,
    headers: response.headers,
    text,
    json: () => JSON.parse(text) as unknown,
  }
}

const call = (method: string, params: unknown = [], id: unknown = 1) =>
  JSON.stringify({ jsonrpc: '2.0', id, method, params })

const echo: RpcMethods = { echo: async (params) => params }

const secret = new Uint8Array(32).fill(1)
const bearer = (key = secret, at = Date.now() / 1000) => ({
  authorization: `Bearer ${signJwt(key, at)}`,
})

describe('JSON-RPC over HTTP', () => {
  it('answers a call', async () => {
    const { url } = await serve(echo)
    const response = await post(url, call('echo', ['a', 1], 'x'))
    expect(response.json()).toEqual({ jsonrpc: '2.0', id: 'x', result: ['a', 1] })
  })

  it('takes absent params as none', async () => {
    const { url } = await serve(echo)
    const response = await post(url, '{"jsonrpc":"2.0","id":1,"method":"echo"}')
    expect(response.json()).toEqual({ jsonrpc: '2.0', id: 1, result: [] })
  })

  it('answers null for a method that returns nothing', async () => {
    const { url } = await serve({ nothing: async () => undefined })
    const response = await post(url, call('nothing'))
    expect(response.json()).toEqual({ jsonrpc: '2.0', id: 1, result: null })
  })

  it('answers a batch in its order, notifications left out', async () => {
    const { url } = await serve(echo)
    const notification = '{"jsonrpc":"2.0","method":"echo"}'
    const batch = `[${call('echo', [1], 1)},${notification},${call('nope', [], 2)}]`
    expect((await post(url, batch)).json()).toEqual([
      { jsonrpc: '2.0', id: 1, result: [1] },
      { jsonrpc: '2.0', id: 2, error: { code: -32601, message: expect.stringContaining('nope') } },
    ])
  })

  it('has nothing to say to a notification', async () => {
    const { url } = await serve(echo)
    const response = await post(url, '{"jsonrpc":"2.0","method":"echo"}')
    expect(response).toMatchObject({ status: 204, text: '' })
  })

  it.each([
    ['no JSON', '{', -32700],
    ['an empty batch', '[]', -32600],
    ['a call that is a number', '1', -32600],
    ['another version', '{"jsonrpc":"1.0","id":1,"method":"echo"}', -32600],
    ['no method', '{"jsonrpc":"2.0","id":1}', -32600],
    ['an id that is an object', '{"jsonrpc":"2.0","id":{},"method":"echo"}', -32600],
    ['named params', call('echo', { a: 1 }), -32602],
    ['a method of Object.prototype', call('constructor'), -32601],
  ])('refuses %s', async (_, body, code) => {
    const { url } = await serve(echo)
    expect((await post(url, body)).json()).toMatchObject({ error: { code } })
  })

  it('refuses a batch over the limit', async () => {
    const { url } = await serve(echo, { maxBatchSize: 2 })
    const response = await post(url, `[${Array(3).fill(call('echo')).join(',')}]`)
    expect(response.json()).toMatchObject({ error: { message: expect.stringContaining('2') } })
  })

  it('refuses a body over the limit', async () => {
    const { url } = await serve(echo, { maxBodyBytes: 1000 })
    const response = await post(url, call('echo', ['x'.repeat(1_000_000)]))
    expect(response.status).toBe(413)
    expect(response.json()).toMatchObject({ id: null, error: { code: -32600 } })
  })

  it('passes on code, message and data of an RpcError', async () => {
    const { url } = await serve({
      revert: async () => {
        throw new RpcError(3, 'execution reverted', '0x08c379a0')
      },
    })
    const error = { code: 3, message: 'execution reverted', data: '0x08c379a0' }
    expect((await post(url, call('revert'))).json()).toEqual({ jsonrpc: '2.0', id: 1, error })
  })

  it('answers a DecodeError as invalid params', async () => {
    const { url } = await serve({
      parse: async () => {
        throw new DecodeError('HEX_INVALID', 'expected hex bytes, got 5')
      },
    })
    expect((await post(url, call('parse'))).json()).toMatchObject({ error: { code: -32602 } })
  })

  it('hides the words of an unforeseen error and logs them', async () => {
    const logged: unknown[] = []
    const logger = { ...silentLogger, error: (...line: unknown[]) => void logged.push(line) }
    const methods: RpcMethods = {
      break: async () => {
        throw new Error('secret detail')
      },
    }
    const server = await createJsonRpcServer({ host: '127.0.0.1', port: 0, methods }, { logger })
    running.push(server)
    const response = await post(server.url, call('break'))
    expect(response.text).not.toContain('secret detail')
    expect(response.json()).toMatchObject({ error: { code: -32603, message: 'internal error' } })
    expect(logged).toHaveLength(1)
  })

  it('tells a method when its client is gone', async () => {
    const started = Promise.withResolvers<AbortSignal>()
    const { port } = await serve({
      wait: async (_, { signal }) => {
        started.resolve(signal)
        await once(signal, 'abort')
      },
    })
    const socket = connect(port, '127.0.0.1')
    const body = call('wait')
    socket.write(
      `POST / HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
    )
    const signal = await started.promise
    const aborted = once(signal, 'abort')
    socket.destroy()
    await aborted
    expect(signal.aborted).toBe(true)
  })
})

describe('access', () => {
  it('serves pages beside JSON-RPC, without a token', async () => {
    const { url } = await serve(echo, {
      jwtSecret: secret,
      routes: { 'GET /healthz': () => ({ status: 200, body: 'ok' }) },
    })
    const response = await fetch(`${url}/healthz?now`)
    expect([response.status, await response.text()]).toEqual([200, 'ok'])
    expect((await fetch(`${url}/other`)).status).toBe(404)
  })

  it('asks for a token', async () => {
    const { url } = await serve(echo, { jwtSecret: secret })
    expect((await post(url, call('echo'))).status).toBe(401)
    expect((await post(url, call('echo'), bearer(new Uint8Array(32)))).status).toBe(401)
    expect((await post(url, call('echo'), bearer(secret, 1_600_000_000))).status).toBe(401)
    expect((await post(url, call('echo'), bearer())).status).toBe(200)
  })

  it('lets pages of any origin in where told to', async () => {
    const { url } = await serve(echo, { cors: true })
    const preflight = await fetch(url, { method: 'OPTIONS' })
    expect(preflight.status).toBe(204)
    expect(preflight.headers.get('access-control-allow-headers')).toContain('content-type')
    const response = await post(url, call('echo'))
    expect(response.headers.get('access-control-allow-origin')).toBe('*')
  })

  it('keeps pages out otherwise', async () => {
    const { url } = await serve(echo)
    expect((await fetch(url, { method: 'OPTIONS' })).status).toBe(405)
    const simple = await post(url, call('echo'), { 'content-type': 'text/plain' })
    expect(simple.status).toBe(415)
  })
})

describe('JSON-RPC over WebSocket', () => {
  async function open(url: string, headers: Record<string, string> = {}): Promise<WebSocket> {
    const socket = new WebSocket(url, { headers })
    await once(socket, 'open')
    return socket
  }
  async function next(socket: WebSocket): Promise<unknown> {
    const [data] = await once(socket, 'message')
    return JSON.parse(String(data))
  }

  it('answers calls and carries notifications until the client leaves', async () => {
    const left = Promise.withResolvers<void>()
    const { wsUrl } = await serve(
      {
        subscribe: async (_, { notify, signal }) => {
          queueMicrotask(() => notify!('eth_subscription', { subscription: '0x1', result: 'head' }))
          signal.addEventListener('abort', () => left.resolve())
          return '0x1'
        },
      },
      { webSocket: true },
    )
    const socket = await open(wsUrl)
    const messages: unknown[] = []
    socket.on('message', (data) => messages.push(JSON.parse(String(data))))
    socket.send(call('subscribe'))
    while (messages.length < 2) await once(socket, 'message')
    expect(messages).toContainEqual({ jsonrpc: '2.0', id: 1, result: '0x1' })
    expect(messages).toContainEqual({
      jsonrpc: '2.0',
      method: 'eth_subscription',
      params: { subscription: '0x1', result: 'head' },
    })
    socket.close()
    await left.promise
  })

  it('answers more calls than may run at once', async () => {
    const { wsUrl } = await serve(echo, { webSocket: true })
    const socket = await open(wsUrl)
    let answers = 0
    const all = new Promise<void>((resolve) => {
      socket.on('message', () => {
        if (++answers === 1000) resolve()
      })
    })
    for (let i = 0; i < 1000; i++) socket.send(call('echo', [i], i))
    await all
    socket.close()
  })

  it('refuses a client without token, and serves one with', async () => {
    const { wsUrl } = await serve(echo, { webSocket: true, jwtSecret: secret })
    await expect(open(wsUrl)).rejects.toThrow('401')
    const socket = await open(wsUrl, bearer())
    socket.send(call('echo', [5]))
    expect(await next(socket)).toMatchObject({ result: [5] })
    socket.close()
  })

  it('refuses web pages where CORS is off', async () => {
    const { wsUrl } = await serve(echo, { webSocket: true })
    await expect(open(wsUrl, { origin: 'https://evil.example' })).rejects.toThrow('403')
  })

  it('is refused where it is not served', async () => {
    const { wsUrl } = await serve(echo)
    await expect(open(wsUrl)).rejects.toThrow('426')
  })
})

describe('life of the server', () => {
  it('names the port that is taken, and the flag to change it', async () => {
    const { port } = await serve(echo)
    await expect(serve(echo, { port, portFlag: '--rpc.port' })).rejects.toMatchObject({
      code: 'PORT_TAKEN',
      exitCode: 7,
      message: expect.stringMatching(new RegExp(`${port}[^]*--rpc\\.port`)),
    })
  })

  it('names an address that is not of this host', async () => {
    await expect(serve(echo, { host: '192.0.2.1' })).rejects.toMatchObject({
      code: 'LISTEN_FAILED',
      exitCode: 2,
    })
  })

  it('closes without waiting for keep-alive and WebSocket clients', async () => {
    const server = await serve(echo, { webSocket: true })
    const idle = connect(server.port, '127.0.0.1')
    await once(idle, 'connect')
    const stuck = new WebSocket(server.wsUrl)
    await once(stuck, 'open')
    stuck.pause()
    await post(server.url, call('echo'))
    await expect(server.close()).resolves.toBeUndefined()
    idle.destroy()
    stuck.terminate()
  })

  it('lets a running call answer while it closes', async () => {
    const gate = Promise.withResolvers<void>()
    const started = Promise.withResolvers<void>()
    const server = await serve({
      slow: async () => {
        started.resolve()
        await gate.promise
        return 'done'
      },
    })
    const response = post(server.url, call('slow'))
    await started.promise
    const closed = server.close()
    gate.resolve()
    expect((await response).json()).toMatchObject({ result: 'done' })
    await closed
  })
})
