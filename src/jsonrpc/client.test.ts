import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { type Clock, systemClock } from '../runtime/clock.ts'
import { silentLogger } from '../runtime/logger.ts'
import { ManualClock } from '../testing/manualClock.ts'
import { createJsonRpcClient, type JsonRpcClientOptions, type ObservedRequest } from './client.ts'
import type { RpcMethods } from './dispatch.ts'
import { RpcError } from './rpcError.ts'
import { createJsonRpcServer } from './server.ts'

const cleanups: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

const fast = { baseDelayMs: 1, maxDelayMs: 2 }

function connect(
  urls: readonly string[],
  options: Partial<JsonRpcClientOptions> = {},
  clock: Clock = systemClock,
) {
  const requests: ObservedRequest[] = []
  const client = createJsonRpcClient(
    { urls, retry: fast, ...options },
    { clock, random: () => 0, onRequest: (request) => requests.push(request) },
  )
  cleanups.push(() => client.close())
  return { client, requests, request: client.request.bind(client) }
}

async function serveMethods(methods: RpcMethods, options = {}): Promise<string> {
  const server = await createJsonRpcServer(
    { host: '127.0.0.1', port: 0, methods, ...options },
    { logger: silentLogger },
  )
  cleanups.push(() => server.close())
  return server.url
}

type Handler = (body: string, response: ServerResponse, request: IncomingMessage) => void

/** A server that may break every rule. */
async function serveRaw(handler: Handler, path?: string): Promise<string> {
  const server = createServer((request, response) => {
    let body = ''
    request.on('data', (chunk) => {
      body += chunk
    })
    request.on('end', () => handler(body, response, request))
  })
  await new Promise<void>((resolve) =>
    path === undefined ? server.listen(0, '127.0.0.1', resolve) : server.listen(path, resolve),
  )
  cleanups.push(async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })
  return path === undefined
    ? `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    : `unix:${path}`
}

const answer = (body: string, result: unknown) =>
  JSON.stringify({ jsonrpc: '2.0', id: JSON.parse(body).id, result })

describe('JSON-RPC client', () => {
  it('gives the result of a call', async () => {
    const { request } = connect([await serveMethods({ eth_chainId: async () => '0x384' })])
    expect(await request('eth_chainId', [])).toBe('0x384')
  })

  it('throws the error that the server answered, once', async () => {
    const url = await serveMethods({
      eth_call: async () => {
        throw new RpcError(3, 'execution reverted', '0x08c379a0')
      },
    })
    const { request, requests } = connect([url])
    await expect(request('eth_call', [])).rejects.toMatchObject({
      rpcCode: 3,
      shortMessage: 'execution reverted',
      data: '0x08c379a0',
    })
    expect(requests).toHaveLength(1)
  })

  it('speaks HTTP over a unix socket', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'takt-client-'))
    cleanups.push(() => rm(folder, { recursive: true }))
    const path = join(folder, 'rpc.sock')
    const url = await serveRaw((body, response) => response.end(answer(body, 'local')), path)
    expect(await connect([url]).request('eth_chainId', [])).toBe('local')
  })

  it('sends user and password of the URL, and names neither', async () => {
    const url = await serveRaw((body, response, request) =>
      response.end(answer(body, request.headers.authorization)),
    )
    const { client, request } = connect([url.replace('http://', 'http://me:s%20cret@')])
    const login = Buffer.from('me:s cret').toString('base64')
    expect(await request('eth_chainId', [])).toBe(`Basic ${login}`)
    expect(client.endpoints).toEqual([url])
  })

  it.each(['ftp://x', 'localhost:8545', ''])('refuses the URL %j and names the flag', (url) => {
    expect(() => connect([url], { urlFlag: '--l1' })).toThrowError(
      expect.objectContaining({ exitCode: 2, shortMessage: expect.stringContaining('--l1') }),
    )
  })

  it('shows nothing of a wrong URL that may be secret', () => {
    expect(() => connect(['ftp://me:pass@host/key?k=1'])).toThrowError(/got "ftp:\/\/host"$/)
  })

  it('passes the token check of a server, and reports the refusal of a wrong one', async () => {
    const jwtSecret = new Uint8Array(32).fill(3)
    const url = await serveMethods({ engine_x: async () => 1 }, { jwtSecret })
    expect(await connect([url], { jwtSecret }).request('engine_x', [])).toBe(1)
    const { request, requests } = connect([url], { jwtSecret: new Uint8Array(32) })
    await expect(request('engine_x', [])).rejects.toMatchObject({ code: 'RPC_UNAUTHORIZED' })
    expect(requests).toHaveLength(1)
  })
})

describe('batching', () => {
  const echo: RpcMethods = {
    eth_echo: async ([value]) => {
      if (value === 'bad') throw new RpcError(-32000, 'bad value')
      return value
    },
    engine_echo: async ([value]) => value,
  }

  it('sends calls of one turn together, split at the limit', async () => {
    const { request, requests } = connect([await serveMethods(echo)], { maxBatchSize: 4 })
    const values = [1, 2, 3, 4, 5, 6]
    expect(await Promise.all(values.map((value) => request('eth_echo', [value])))).toEqual(values)
    expect(requests.map(({ methods }) => methods.length).sort()).toEqual([2, 4])
  })

  it('sends other namespaces alone', async () => {
    const { request, requests } = connect([await serveMethods(echo)])
    await Promise.all([request('engine_echo', [1]), request('engine_echo', [2])])
    expect(requests.map(({ methods }) => methods.length)).toEqual([1, 1])
  })

  it('lets one call of a batch fail alone', async () => {
    const { request } = connect([await serveMethods(echo)])
    const results = await Promise.allSettled([
      request('eth_echo', ['good']),
      request('eth_echo', ['bad']),
    ])
    expect(results).toMatchObject([
      { status: 'fulfilled', value: 'good' },
      { status: 'rejected', reason: { rpcCode: -32000 } },
    ])
  })

  it('makes batches smaller for a server that refuses them', async () => {
    const { request, requests } = connect([await serveMethods(echo, { maxBatchSize: 3 })])
    const values = [1, 2, 3, 4, 5, 6]
    expect(await Promise.all(values.map((value) => request('eth_echo', [value])))).toEqual(values)
    const before = requests.length
    await Promise.all(values.map((value) => request('eth_echo', [value])))
    expect(requests.slice(before).map(({ methods }) => methods.length)).toEqual([3, 3])
  })

  interface Call {
    readonly id: number
    readonly method: string
  }
  type BatchFault = (calls: readonly Call[], response: ServerResponse) => void

  /** Serves single calls, and batches of up to `limit` that hold none of `never`; `fault` answers to others. */
  async function picky({ limit = 1, never = '', fault }: PickyOptions) {
    const sizes: number[] = []
    const url = await serveRaw((body, response) => {
      const calls = [JSON.parse(body)].flat() as Call[]
      sizes.push(calls.length)
      const isRefused = calls.length > limit || calls.some(({ method }) => method === never)
      if (isRefused) return fault(calls, response)
      const answers = calls.map(({ id }) => ({ jsonrpc: '2.0', id, result: 'well' }))
      response.end(JSON.stringify(body.startsWith('[') ? answers : answers[0]))
    })
    return { url, sizes }
  }
  interface PickyOptions {
    readonly limit?: number
    readonly never?: string
    readonly fault: BatchFault
  }
  const json =
    (value: (calls: readonly Call[]) => unknown, status = 200): BatchFault =>
    (calls, response) =>
      response.writeHead(status).end(JSON.stringify(value(calls)))
  const error = (code: number, message: string, id: number | null = null) => ({
    jsonrpc: '2.0',
    id,
    error: { code, message },
  })

  it.each<[string, BatchFault]>([
    ['HTTP 400', (_, response) => response.writeHead(400).end('batch')],
    ['HTTP 403', (_, response) => response.writeHead(403).end()],
    ['HTTP 405', (_, response) => response.writeHead(405).end()],
    ['HTTP 413', (_, response) => response.writeHead(413).end()],
    ['HTTP 501', (_, response) => response.writeHead(501).end()],
    ['what is not JSON', (_, response) => response.end('no batches, please')],
    ['an error object', json(() => error(-32600, 'Batch requests are not supported'))],
    ['an error object with HTTP 400', json(() => error(-32600, 'too many calls'), 400)],
    ['a limit like that of nethermind', json(() => error(-32005, 'batch size limit exceeded'))],
    [
      'an answer to the first call alone, as geth does',
      json(([first]) => [error(-32600, 'batch too large', first!.id)]),
    ],
    [
      'an error for each call',
      json((calls) => calls.map(({ id }) => error(-32000, 'batch limit 3 exceeded', id))),
    ],
    ['an empty list', json(() => [])],
  ])('finds the size that a server takes, which answers larger ones with %s', async (_, fault) => {
    const { url, sizes } = await picky({ limit: 3, fault })
    const { request } = connect([url], { retry: { maxAttempts: 1 } })
    const ask = () => Promise.all(Array.from({ length: 6 }, () => request('eth_x', [])))
    expect(await ask()).toEqual(Array(6).fill('well'))
    sizes.length = 0
    await ask()
    expect(sizes).toEqual([3, 3])
  })

  it('leaves a call alone that no batch may hold, and the size of batches as it is', async () => {
    const fault: BatchFault = (_, response) => response.writeHead(403).end()
    const { url, sizes } = await picky({ limit: 20, never: 'debug_x', fault })
    const { request } = connect([url])
    const calls = ['eth_a', 'debug_x', 'eth_b', 'eth_c']
    expect(await Promise.allSettled(calls.map((method) => request(method, [])))).toMatchObject([
      { value: 'well' },
      { reason: { code: 'RPC_UNAUTHORIZED' } },
      { value: 'well' },
      { value: 'well' },
    ])
    sizes.length = 0
    await Promise.all(Array.from({ length: 4 }, () => request('eth_x', [])))
    expect(sizes).toEqual([4])
  })

  it('asks again for the part of a batch that did not fit into the answer', async () => {
    const { url, sizes } = await picky({
      limit: 2,
      fault: json((calls) =>
        calls.map(({ id }, index) =>
          index < 2 ? { id, result: 'well' } : error(-32003, 'response too large', id),
        ),
      ),
    })
    const { request } = connect([url])
    const results = await Promise.all(Array.from({ length: 5 }, () => request('eth_x', [])))
    expect(results).toEqual(Array(5).fill('well'))
    expect(sizes).toEqual([5, 3, 1])
  })

  it('does not take a batch apart for an endpoint that is down', async () => {
    const { url, sizes } = await picky({ fault: (_, response) => response.writeHead(503).end() })
    const { request } = connect([url], { retry: { maxAttempts: 1 } })
    await Promise.allSettled(Array.from({ length: 6 }, () => request('eth_x', [])))
    expect(sizes).toEqual([6])
  })

  it('repeats a call whose answer is missing', async () => {
    let requests = 0
    const url = await serveRaw((body, response) => {
      requests++
      const calls = [JSON.parse(body)].flat() as { id: number }[]
      const answers = calls.map(({ id }) => ({ jsonrpc: '2.0', id, result: id }))
      response.end(JSON.stringify(answers.length > 1 ? answers.slice(1) : answers[0]))
    })
    const { request } = connect([url])
    await Promise.all([request('eth_a', []), request('eth_b', [])])
    expect(requests).toBe(2)
  })

  it('goes on for the others when one caller leaves', async () => {
    const gate = Promise.withResolvers<void>()
    const arrived = Promise.withResolvers<void>()
    const { request } = connect([
      await serveMethods({
        eth_wait: async ([value]) => {
          arrived.resolve()
          await gate.promise
          return value
        },
      }),
    ])
    const leave = new AbortController()
    const left = expect(request('eth_wait', [1], { signal: leave.signal })).rejects.toThrow('left')
    const stays = request('eth_wait', [2])
    await arrived.promise
    leave.abort(new Error('left'))
    await left
    gate.resolve()
    expect(await stays).toBe(2)
  })

  it('breaks the request off when nobody waits any more', async () => {
    const started = Promise.withResolvers<AbortSignal>()
    const url = await serveMethods({
      eth_wait: (_, { signal }) => {
        started.resolve(signal)
        return new Promise((resolve) => signal.addEventListener('abort', resolve))
      },
    })
    const leave = new AbortController()
    const left = expect(
      connect([url]).request('eth_wait', [], { signal: leave.signal }),
    ).rejects.toThrow('left')
    const server = await started.promise
    leave.abort(new Error('left'))
    await left
    if (!server.aborted) await new Promise((resolve) => server.addEventListener('abort', resolve))
  })
})

describe('faults', () => {
  /** Answers in the given ways, one after the other, then well. */
  async function faulty(...faults: Handler[]) {
    let requests = 0
    const url = await serveRaw((body, response, request) => {
      const fault = faults[requests++]
      if (fault === undefined) response.end(answer(body, 'well'))
      else fault(body, response, request)
    })
    return { url, count: () => requests }
  }
  const status =
    (code: number, headers = {}): Handler =>
    (_, response) =>
      response.writeHead(code, headers).end()

  it.each<[string, Handler]>([
    ['HTTP 500', status(500)],
    ['HTTP 503', status(503)],
    ['a broken connection', (_, response) => response.destroy()],
    ['malformed JSON', (_, response) => response.end('<html>')],
    ['a number', (_, response) => response.end('5')],
    ['another id', (_, response) => response.end('{"jsonrpc":"2.0","id":-1,"result":1}')],
    ['no result', (body, response) => response.end(answer(body, undefined))],
    [
      'a rate limit as JSON-RPC error',
      (_, response) => response.end('{"id":1,"error":{"code":-32005,"message":"slow down"}}'),
    ],
  ])('tries again after %s', async (_, fault) => {
    const { url } = await faulty(fault)
    expect(await connect([url]).request('eth_x', [])).toBe('well')
  })

  it('waits as long as HTTP 429 says', async () => {
    const { url } = await faulty(status(429, { 'retry-after': '1' }))
    const started = systemClock.now()
    expect(await connect([url]).request('eth_x', [])).toBe('well')
    expect(systemClock.now() - started).toBeGreaterThanOrEqual(990)
  })

  it('tries again after silence', async () => {
    const arrived = Promise.withResolvers<void>()
    const { url } = await faulty(() => arrived.resolve())
    const clock = new ManualClock()
    const answered = connect([url], { timeoutMs: 1_000 }, clock).request('eth_x', [])
    await arrived.promise
    await clock.advance(1_000)
    // Until the next attempt.
    await expect.poll(() => clock.sleeping).toBe(1)
    await clock.advance(fast.maxDelayMs)
    expect(await answered).toBe('well')
  })

  it('gives up on silence with the time it waited', async () => {
    const { url } = await faulty(...Array(3).fill(() => {}))
    await expect(connect([url], { timeoutMs: 10 }).request('eth_x', [])).rejects.toMatchObject({
      code: 'RPC_TIMEOUT',
      shortMessage: expect.stringContaining('10 ms'),
    })
  })

  it('does not repeat what HTTP 404 refuses', async () => {
    const { url, count } = await faulty(status(404))
    await expect(connect([url]).request('eth_x', [])).rejects.toMatchObject({
      code: 'RPC_HTTP_STATUS',
      status: 404,
    })
    expect(count()).toBe(1)
  })

  it('takes a JSON-RPC error out of a failed HTTP answer', async () => {
    const { url } = await faulty((body, response) => {
      const error = { code: -32000, message: 'header not found' }
      response.writeHead(400).end(JSON.stringify({ id: JSON.parse(body).id, error }))
    })
    await expect(connect([url]).request('eth_x', [])).rejects.toMatchObject({ rpcCode: -32000 })
  })

  it('says who cannot be reached', async () => {
    await expect(connect(['http://127.0.0.1:1/key']).request('eth_x', [])).rejects.toMatchObject({
      code: 'RPC_UNREACHABLE',
      shortMessage: expect.stringMatching(/^http:\/\/127\.0\.0\.1:1 cannot/),
    })
  })

  it('tries three times, but once only when the endpoint has been out for a while', async () => {
    let aheadMs = 0
    const clock: Clock = {
      now: () => systemClock.now() + aheadMs,
      sleepUntil: (timeMs, signal) => systemClock.sleepUntil(timeMs - aheadMs, signal),
    }
    const requests: ObservedRequest[] = []
    const client = createJsonRpcClient(
      { urls: ['http://127.0.0.1:1'], retry: fast },
      {
        clock,
        random: () => 0,
        onRequest: (request) => requests.push(request),
      },
    )
    cleanups.push(() => client.close())
    const attempts = async () => {
      requests.length = 0
      await expect(client.request('eth_x', [])).rejects.toMatchObject({ code: 'RPC_UNREACHABLE' })
      return requests.length
    }
    expect([await attempts(), await attempts()]).toEqual([3, 3])
    aheadMs = 3_000
    expect(await attempts()).toBe(1)
  })

  it('ends calls that wait when it is closed', async () => {
    const { url } = await faulty(() => {})
    const { client, request } = connect([url])
    const waiting = expect(request('eth_x', [])).rejects.toThrow('closed')
    await client.close()
    await waiting
  })
})

describe('several endpoints', () => {
  it('asks the next one when the first fails, and stays there', async () => {
    let asked = 0
    const down = await serveRaw((_, response) => {
      asked++
      response.writeHead(502).end()
    })
    const up = await serveMethods({ eth_x: async () => 'from the second' })
    const { request } = connect([down, up], {}, new ManualClock())
    for (let i = 0; i < 3; i++) expect(await request('eth_x', [])).toBe('from the second')
    expect(asked).toBe(1)
  })

  it('asks another while one wants a pause', async () => {
    const busy = await serveRaw((_, response) =>
      response.writeHead(429, { 'retry-after': '100' }).end(),
    )
    const up = await serveMethods({ eth_x: async () => 'from the second' })
    const { request } = connect([busy, up], {}, new ManualClock())
    expect(await request('eth_x', [])).toBe('from the second')
  })
})
