import { on, once } from 'node:events'
import { createServer } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import type { RpcContext, RpcMethods } from '../../jsonrpc/dispatch.ts'
import { createMessageHandler, type JsonRpcServer } from '../../jsonrpc/server.ts'
import { systemClock } from '../../runtime/clock.ts'
import { silentLogger } from '../../runtime/logger.ts'
import { startRpcThread } from './rpcThread.ts'

let served: JsonRpcServer | undefined
afterEach(() => served?.close())

const open = async (methods: RpcMethods, port = 0) => {
  const handle = createMessageHandler({ methods }, { logger: silentLogger, clock: systemClock })
  const options = { host: '127.0.0.1', port, portFlag: '--http.port', webSocket: true }
  served = await startRpcThread(options, { handle, logger: silentLogger })
  return served
}

const message = (method: string, ...params: unknown[]) =>
  JSON.stringify({ jsonrpc: '2.0', id: 1, method, params })

const post = async ({ url }: JsonRpcServer, body: string, signal = AbortSignal.timeout(60_000)) => {
  const headers = { 'content-type': 'application/json' }
  return (await fetch(url, { method: 'POST', headers, body, signal })).text()
}

const connect = async ({ wsUrl }: JsonRpcServer) => {
  const client = new WebSocket(wsUrl)
  await once(client, 'open')
  const messages = on(client, 'message')
  const next = async () => JSON.parse(String((await messages.next()).value?.[0])) as object
  return { client, next }
}

const aborted = ({ signal }: RpcContext) =>
  new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()))

describe('startRpcThread', () => {
  it('answers calls in this thread, each under its own client', async () => {
    const clients = new Set<RpcContext>()
    const server = await open({
      echo: async (params, context) => {
        clients.add(context)
        return params
      },
    })
    const answers = await Promise.all([1, 2, 3].map((n) => post(server, message('echo', n))))
    expect(answers).toEqual([1, 2, 3].map((n) => `{"jsonrpc":"2.0","id":1,"result":[${n}]}`))
    expect(clients.size).toBe(3)
    expect(await post(server, '{"jsonrpc":"2.0","method":"echo"}')).toBe('')
    expect(await post(server, '{')).toContain('-32700')
  })

  it('keeps a connection one client, notifies it, and says when it is gone', async () => {
    const clients = new Set<RpcContext>()
    const server = await open({
      notify: async (params, context) => {
        clients.add(context)
        context.notify?.('told', params[0])
      },
    })
    const { client, next } = await connect(server)
    for (const value of ['a', 'b']) {
      client.send(message('notify', value))
      expect(await next()).toEqual({ jsonrpc: '2.0', method: 'told', params: value })
      expect(await next()).toEqual({ jsonrpc: '2.0', id: 1, result: null })
    }
    expect(clients.size).toBe(1)
    const gone = aborted([...clients][0]!)
    client.close()
    await gone
  })

  it('says when a client gives up its request', async () => {
    const begun = Promise.withResolvers<RpcContext>()
    const server = await open({
      wait: async (_, context) => {
        begun.resolve(context)
        await aborted(context)
      },
    })
    const giveUp = new AbortController()
    const request = post(server, message('wait'), giveUp.signal)
    const gone = aborted(await begun.promise)
    giveUp.abort()
    await expect(request).rejects.toThrow()
    await gone
  })

  it('names a port that is taken', async () => {
    const blocker = createServer().listen(0, '127.0.0.1')
    await once(blocker, 'listening')
    const { port } = blocker.address() as { port: number }
    await expect(open({}, port)).rejects.toMatchObject({ name: 'ConfigError', code: 'PORT_TAKEN' })
    blocker.close()
  })

  it('is shut when it is closed', async () => {
    const server = await open({})
    await server.close()
    served = undefined
    await expect(post(server, message('echo'))).rejects.toThrow()
  })
})
