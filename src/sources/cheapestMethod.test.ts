import { describe, expect, it } from 'vitest'
import { DecodeError } from '../base/errors.ts'
import { RpcError } from '../jsonrpc/rpcError.ts'
import { RpcTransportError } from '../jsonrpc/rpcTransportError.ts'
import { CheapestMethod } from './cheapestMethod.ts'

/** Two methods that answer as a test says. */
class Endpoint {
  cheap: () => unknown = () => 'cheap'
  dear: () => unknown = () => 'dear'
  readonly asked: string[] = []

  method(): CheapestMethod<[], unknown> {
    return new CheapestMethod([
      async () => {
        this.asked.push('cheap')
        return this.cheap()
      },
      async () => {
        this.asked.push('dear')
        return this.dear()
      },
    ])
  }
}

const throwing = (error: Error) => () => {
  throw error
}
const status = (code: number) =>
  throwing(new RpcTransportError('RPC_HTTP_STATUS', `HTTP ${code}`, { status: code }))

describe('the cheapest method', () => {
  it('is the only one that is asked while it works', async () => {
    const endpoint = new Endpoint()
    const method = endpoint.method()
    expect([await method.call(), await method.call()]).toEqual(['cheap', 'cheap'])
    expect(endpoint.asked).toEqual(['cheap', 'cheap'])
  })

  it.each<[string, () => unknown]>([
    ['is unknown', throwing(new RpcError(-32601, 'the method does not exist/is not available'))],
    ['is not allowed', throwing(new RpcError(-32600, 'Unsupported method: debug_getRawBlock'))],
    ['is not paid for', throwing(new RpcError(-32000, 'not available on the Free tier'))],
    ['crashes', throwing(new RpcError(-32000, 'method handler crashed'))],
    ['is forbidden', throwing(new RpcTransportError('RPC_UNAUTHORIZED', 'no', { status: 403 }))],
    ['is a bad request', status(400)],
    ['is not found', status(404)],
    ['is limited', throwing(new RpcTransportError('RPC_RATE_LIMITED', 'slow', { status: 429 }))],
    ['never answers', throwing(new RpcTransportError('RPC_TIMEOUT', 'waited'))],
    ['answers something else', throwing(new DecodeError('RLP_KIND', 'is no list'))],
    ['has nothing', () => undefined],
  ])('is passed over when it %s and another one works', async (_, cheap) => {
    const endpoint = new Endpoint()
    endpoint.cheap = cheap
    const method = endpoint.method()
    for (let i = 0; i < 3; i++) expect(await method.call()).toBe('dear')
    expect(endpoint.asked).toEqual(['cheap', 'dear', 'dear', 'dear'])
  })

  it('is tried again by one call in a thousand', async () => {
    const endpoint = new Endpoint()
    endpoint.cheap = status(403)
    const method = endpoint.method()
    for (let i = 0; i < 1000; i++) await method.call()
    endpoint.cheap = () => 'cheap'
    endpoint.asked.length = 0
    expect(await Promise.all([method.call(), method.call()])).toEqual(['cheap', 'dear'])
    expect(await method.call()).toBe('cheap')
  })

  it('is asked again when the other one failed as well: the trouble was not its own', async () => {
    const endpoint = new Endpoint()
    endpoint.cheap = status(500)
    endpoint.dear = status(502)
    const method = endpoint.method()
    await expect(method.call()).rejects.toThrow('HTTP 502')
    endpoint.cheap = () => 'cheap'
    expect(await method.call()).toBe('cheap')
  })

  it('is not blamed for an endpoint that cannot be reached', async () => {
    const endpoint = new Endpoint()
    endpoint.cheap = throwing(new RpcTransportError('RPC_UNREACHABLE', 'gone'))
    const method = endpoint.method()
    await expect(method.call()).rejects.toThrow('gone')
    expect(endpoint.asked).toEqual(['cheap'])
  })

  it('has its error shown where the other one is unknown', async () => {
    const endpoint = new Endpoint()
    endpoint.cheap = throwing(new DecodeError('BLOCK_HASH', 'wrong hash'))
    endpoint.dear = throwing(new RpcError(-32601, 'unknown'))
    await expect(endpoint.method().call()).rejects.toThrow('wrong hash')
  })

  it('is believed to have nothing where the other one has nothing or is unknown', async () => {
    const endpoint = new Endpoint()
    const method = endpoint.method()
    endpoint.cheap = () => undefined
    endpoint.dear = () => undefined
    expect(await method.call()).toBeUndefined()
    endpoint.dear = throwing(new RpcError(-32601, 'unknown'))
    expect(await method.call()).toBeUndefined()
  })
})
