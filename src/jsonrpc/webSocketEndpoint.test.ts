import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import type { TLSSocket } from 'node:tls'
import { afterEach, describe, expect, it } from 'vitest'
import { type WebSocket, WebSocketServer } from 'ws'
import { type Clock, systemClock } from '../runtime/clock.ts'
import { silentLogger } from '../runtime/logger.ts'
import { createTestAuthority } from '../testing/certificates.ts'
import { ManualClock } from '../testing/manualClock.ts'
import { createJsonRpcClient, type JsonRpcClientOptions, type ObservedRequest } from './client.ts'
import type { RpcMethods } from './dispatch.ts'
import { parseEndpointUrl } from './endpointUrl.ts'
import { verifyJwt } from './jwt.ts'
import { RpcError } from './rpcError.ts'
import { createJsonRpcServer } from './server.ts'
import { createWebSocketEndpoint, type WebSocketEndpointOptions } from './webSocketEndpoint.ts'

const cleanups: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

function connect(
  urls: readonly string[],
  options: Partial<JsonRpcClientOptions> = {},
  clock: Clock = systemClock,
) {
  const requests: ObservedRequest[] = []
  const client = createJsonRpcClient(
    { urls, retry: { baseDelayMs: 1, maxDelayMs: 2 }, ...options },
    { clock, random: () => 0, onRequest: (request) => requests.push(request) },
  )
  cleanups.push(() => client.close())
  return { client, requests, request: client.request.bind(client) }
}

async function serveMethods(methods: RpcMethods, options = {}): Promise<string> {
  const server = await createJsonRpcServer(
    { host: '127.0.0.1', port: 0, methods, webSocket: true, ...options },
    { logger: silentLogger },
  )
  cleanups.push(() => server.close())
  return server.wsUrl
}

interface Call {
  readonly id: number
  readonly method: string
}
type Handler = (calls: readonly Call[], socket: WebSocket, text: string) => void

/** A server that may break every rule. */
async function serveRaw(handler: Handler) {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0 })
  const upgrades: IncomingMessage[] = []
  const sockets: WebSocket[] = []
  server.on('connection', (socket, request) => {
    upgrades.push(request)
    sockets.push(socket)
    socket.on('error', () => {})
    socket.on('message', (data) => {
      const text = data.toString()
      handler([JSON.parse(text)].flat() as Call[], socket, text)
    })
  })
  await once(server, 'listening')
  cleanups.push(async () => {
    for (const socket of server.clients) socket.terminate()
    await new Promise((resolve) => server.close(resolve))
  })
  const { port } = server.address() as AddressInfo
  return { url: `ws://127.0.0.1:${port}`, server, upgrades, sockets }
}

const answer = ({ id, method }: Call, result: unknown = method) =>
  JSON.stringify({ jsonrpc: '2.0', id, result })

/** Answers in the given ways, one after the other, then well. */
function faults(...list: Handler[]): Handler {
  let requests = 0
  return (calls, socket, text) => {
    const fault = list[requests++]
    if (fault === undefined) for (const call of calls) socket.send(answer(call, 'well'))
    else fault(calls, socket, text)
  }
}

describe('JSON-RPC client over WebSocket', () => {
  it('makes calls and batches over one connection', async () => {
    const { url, upgrades } = await serveRaw((calls, socket, text) => {
      const answers = calls.map((call) => answer(call))
      socket.send(text.startsWith('[') ? `[${answers}]` : answers[0]!)
    })
    const { request, requests, client } = connect([`${url}/key`])
    expect(await Promise.all([request('eth_a', []), request('eth_b', [])])).toEqual([
      'eth_a',
      'eth_b',
    ])
    expect(await request('engine_c', [])).toBe('engine_c')
    expect(requests.map(({ methods }) => methods)).toEqual([['eth_a', 'eth_b'], ['engine_c']])
    expect(upgrades.map((upgrade) => upgrade.url)).toEqual(['/key'])
    expect(client.endpoints).toEqual([url])
  })

  it('gives each caller its answer, in whatever order they come, and passes over what nobody asked', async () => {
    const waiting: Call[] = []
    const { url } = await serveRaw((calls, socket) => {
      waiting.push(...calls)
      if (waiting.length < 3) return
      socket.send(JSON.stringify({ jsonrpc: '2.0', method: 'eth_subscription', params: {} }))
      socket.send(answer({ id: 999, method: 'stray' }))
      for (const call of waiting.reverse()) socket.send(answer(call))
    })
    const { request } = connect([url])
    const methods = ['engine_a', 'engine_b', 'engine_c']
    expect(await Promise.all(methods.map((method) => request(method, [])))).toEqual(methods)
  })

  it('throws the error that the server answered, once', async () => {
    const url = await serveMethods({
      eth_call: async () => {
        throw new RpcError(3, 'execution reverted', '0x08c379a0')
      },
    })
    const { request, requests } = connect([url])
    await expect(request('eth_call', [])).rejects.toMatchObject({ rpcCode: 3, data: '0x08c379a0' })
    expect(requests).toHaveLength(1)
  })

  it('makes batches smaller for a server that refuses them', async () => {
    const url = await serveMethods({ eth_x: async ([value]) => value }, { maxBatchSize: 3 })
    const { request, requests } = connect([url])
    const values = [1, 2, 3, 4, 5, 6]
    const ask = () => Promise.all(values.map((value) => request('eth_x', [value])))
    expect(await ask()).toEqual(values)
    const before = requests.length
    await ask()
    expect(requests.slice(before).map(({ methods }) => methods.length)).toEqual([3, 3])
  })

  it('signs each connection anew, and reports the refusal of a wrong secret', async () => {
    const jwtSecret = new Uint8Array(32).fill(3)
    const url = await serveMethods({ engine_x: async () => 1 }, { jwtSecret })
    expect(await connect([url], { jwtSecret }).request('engine_x', [])).toBe(1)
    const { request, requests } = connect([url], { jwtSecret: new Uint8Array(32) })
    await expect(request('engine_x', [])).rejects.toMatchObject({ code: 'RPC_UNAUTHORIZED' })
    expect(requests).toHaveLength(1)
  })

  it('sends headers, user and password of the URL, and names neither', async () => {
    const { url, upgrades } = await serveRaw(faults())
    const { client, request } = connect([url.replace('ws://', 'ws://me:s%20cret@')], {
      headers: { 'x-key': '7' },
    })
    await request('eth_x', [])
    expect(upgrades[0]!.headers).toMatchObject({
      authorization: `Basic ${Buffer.from('me:s cret').toString('base64')}`,
      'x-key': '7',
    })
    expect(client.endpoints).toEqual([url])
  })

  it('shows the certificate of the client, and trusts only the authority that it was given', async () => {
    const authority = createTestAuthority('engines')
    const own = authority.issue('127.0.0.1')
    const server = createTlsServer({ ...own, ca: authority.cert, requestCert: true })
    const names: unknown[] = []
    const sessions = new WebSocketServer({ server })
    sessions.on('connection', (socket, request) => {
      names.push((request.socket as TLSSocket).getPeerCertificate().subject.CN)
      socket.on('message', (data) => socket.send(answer(JSON.parse(data.toString()))))
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    cleanups.push(async () => {
      for (const socket of sessions.clients) socket.terminate()
      await new Promise((resolve) => server.close(resolve))
    })
    const { port } = server.address() as AddressInfo
    const url = `wss://127.0.0.1:${port}`
    const trusting = (ca: string) => ({ tls: () => ({ ...authority.issue('takt'), ca }) })
    expect(await connect([url], trusting(authority.cert)).request('eth_x', [])).toBe('eth_x')
    expect(names).toEqual(['takt'])
    const stranger = createTestAuthority('strangers').cert
    await expect(connect([url], trusting(stranger)).request('eth_x', [])).rejects.toMatchObject({
      code: 'RPC_UNREACHABLE',
    })
  })

  it.each<[string, Handler]>([
    ['a lost connection', (_, socket) => socket.terminate()],
    ['a connection closed in good order', (_, socket) => socket.close(1001)],
    ['a request that was too long', (_, socket) => socket.close(1009)],
    ['what is not JSON', (_, socket) => socket.send('<html>')],
    ['bytes', (_, socket) => socket.send(new Uint8Array([255, 0]))],
    ['a number', (_, socket) => socket.send('5')],
    ['no result', ([call], socket) => socket.send(`{"id":${call!.id}}`)],
    ['a rate limit', (_, socket) => socket.send('{"id":null,"error":{"code":-32005}}')],
  ])('tries again after %s', async (_, fault) => {
    const { url } = await serveRaw(faults(fault))
    expect(await connect([url]).request('eth_x', [])).toBe('well')
  })

  it('fails all that wait when an answer cannot be told to belong to one, and they try again', async () => {
    let asked = 0
    const { url } = await serveRaw((calls, socket) => {
      asked++
      if (asked > 2) socket.send(answer(calls[0]!))
      else if (asked === 2) socket.send('<html>')
    })
    const { request, requests } = connect([url])
    const both = Promise.all([request('engine_a', []), request('engine_b', [])])
    expect(await both).toEqual(['engine_a', 'engine_b'])
    expect(requests.map(({ errorCode }) => errorCode)).toEqual([
      'RPC_BAD_RESPONSE',
      'RPC_BAD_RESPONSE',
      undefined,
      undefined,
    ])
  })

  it('asks the next endpoint when the connection is lost', async () => {
    const down = await serveRaw((_, socket) => socket.terminate())
    const up = await serveMethods({ eth_x: async () => 'from the second' })
    const { request } = connect([down.url, up], {}, new ManualClock())
    expect(await request('eth_x', [])).toBe('from the second')
    expect(await request('eth_x', [])).toBe('from the second')
    expect(down.upgrades).toHaveLength(1)
  })

  it.each([
    [404, {}, 'RPC_HTTP_STATUS'],
    [403, {}, 'RPC_UNAUTHORIZED'],
    [503, {}, 'RPC_HTTP_STATUS'],
    [429, { 'retry-after': '0' }, 'RPC_RATE_LIMITED'],
  ])('says that HTTP %i was answered instead of a WebSocket', async (status, headers, code) => {
    const server = createServer((_, response) => response.writeHead(status, headers).end('no'))
    server.on('upgrade', (_, socket) =>
      socket.end(`HTTP/1.1 ${status} No\r\nretry-after: 0\r\ncontent-length: 0\r\n\r\n`),
    )
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    cleanups.push(() => new Promise((resolve) => server.close(resolve)))
    const { port } = server.address() as AddressInfo
    const { request } = connect([`ws://127.0.0.1:${port}`])
    await expect(request('eth_x', [])).rejects.toMatchObject({ code, status })
  })

  it('says who cannot be reached', async () => {
    await expect(connect(['ws://127.0.0.1:1/key']).request('eth_x', [])).rejects.toMatchObject({
      code: 'RPC_UNREACHABLE',
      shortMessage: expect.stringMatching(/^ws:\/\/127\.0\.0\.1:1 cannot/),
    })
  })

  it('goes on for the others when one caller leaves', async () => {
    const { url, upgrades } = await serveRaw(([call], socket) => {
      if (call!.method === 'engine_b') socket.send(answer(call!))
    })
    const { request } = connect([url])
    const leave = new AbortController()
    const left = expect(request('engine_a', [], { signal: leave.signal })).rejects.toThrow('left')
    expect(await request('engine_b', [])).toBe('engine_b')
    leave.abort(new Error('left'))
    await left
    expect(await request('engine_b', [])).toBe('engine_b')
    expect(upgrades).toHaveLength(1)
  })

  it('ends calls that wait when it is closed, and leaves no socket', async () => {
    const arrived = Promise.withResolvers<void>()
    const { url, sockets } = await serveRaw(() => arrived.resolve())
    const { client, request } = connect([url])
    const waiting = expect(request('eth_x', [])).rejects.toThrow('closed')
    await arrived.promise
    const gone = once(sockets[0]!, 'close')
    await client.close()
    await waiting
    await gone
  })
})

describe('one WebSocket endpoint', () => {
  function open(url: string, options: Partial<WebSocketEndpointOptions> = {}) {
    const clock = new ManualClock(1_700_000_000_000)
    const endpoint = createWebSocketEndpoint(
      { url: parseEndpointUrl(url), jwtSecret: undefined, headers: {}, tls: undefined, ...options },
      { clock },
    )
    cleanups.push(() => endpoint.close())
    const call = (id: number, timeoutMs = 1_000, signal?: AbortSignal) =>
      endpoint.exchange({ body: `{"id":${id},"method":"x"}`, ids: [id] }, timeoutMs, signal)
    return { clock, endpoint, call }
  }

  it('takes a token of the hour for each connection', async () => {
    const jwtSecret = new Uint8Array(32).fill(9)
    const { url, upgrades, sockets } = await serveRaw(faults())
    const { clock, call } = open(url, { jwtSecret })
    await call(1)
    await clock.advance(3_600_000)
    const gone = once(sockets[0]!, 'close')
    sockets[0]!.terminate()
    await gone
    await expect.poll(() => call(2).catch(() => 'not yet')).toMatchObject({ id: 2 })
    const tokens = upgrades.map(({ headers }) => headers.authorization!.replace('Bearer ', ''))
    const [first, second] = [1_700_000_000, 1_700_003_600]
    expect(verifyJwt(jwtSecret, tokens[0]!, first)).toBeUndefined()
    expect(verifyJwt(jwtSecret, tokens[1]!, second)).toBeUndefined()
  })

  it('breaks off an answer that is too long', async () => {
    const { url, sockets } = await serveRaw(([call], socket) =>
      socket.send(answer(call!, 'x'.repeat(call!.id === 1 ? 1_000 : 10))),
    )
    const { call } = open(url, { maxAnswerBytes: 500 })
    await expect(call(1)).rejects.toMatchObject({
      code: 'RPC_BAD_RESPONSE',
      shortMessage: expect.stringContaining('more than 500 bytes'),
    })
    expect(await call(2)).toMatchObject({ id: 2 })
    expect(sockets).toHaveLength(2)
  })

  it('fails what is in flight when the connection is lost', async () => {
    const { url } = await serveRaw(([call], socket) => {
      if (call!.id === 2) socket.terminate()
    })
    const { call } = open(url)
    const results = await Promise.allSettled([call(1), call(2)])
    expect(results).toMatchObject([
      { reason: { code: 'RPC_UNREACHABLE', isRetryable: true } },
      { reason: { code: 'RPC_UNREACHABLE', isRetryable: true } },
    ])
  })

  it('gives up a connection that has gone silent, but not one that is slow with one call', async () => {
    const arrived: number[] = []
    const { url, upgrades } = await serveRaw(([call], socket) => {
      arrived.push(call!.id)
      if (call!.id === 2 || call!.id === 4) socket.send(answer(call!))
    })
    const { clock, call } = open(url)
    const slow = expect(call(1)).rejects.toMatchObject({ code: 'RPC_TIMEOUT' })
    await call(2)
    await clock.advance(1_000)
    await slow
    const silent = expect(call(3)).rejects.toMatchObject({ code: 'RPC_TIMEOUT' })
    const beside = expect(call(5, 5_000)).rejects.toMatchObject({ code: 'RPC_UNREACHABLE' })
    await expect.poll(() => arrived).toContain(5)
    expect(upgrades).toHaveLength(1)
    await clock.advance(1_000)
    await Promise.all([silent, beside])
    await call(4)
    expect(upgrades).toHaveLength(2)
    expect(clock.sleeping).toBe(0)
  })

  it('gives up an attempt to connect that nobody answers', async () => {
    const server = createServer()
    const connected = Promise.withResolvers<Duplex>()
    server.on('upgrade', (_, socket) => connected.resolve(socket.resume()))
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    cleanups.push(() => new Promise((resolve) => server.close(resolve)))
    const { port } = server.address() as AddressInfo
    const { clock, call } = open(`ws://127.0.0.1:${port}`)
    const waiting = expect(call(1)).rejects.toMatchObject({ code: 'RPC_TIMEOUT' })
    const socket = await connected.promise
    const gone = once(socket, 'end')
    await clock.advance(1_000)
    await waiting
    await gone
    socket.end()
  })
})
