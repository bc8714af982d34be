import { afterEach, describe, expect, it } from 'vitest'
import { createJsonRpcClient } from '../jsonrpc/client.ts'
import type { RpcMethods } from '../jsonrpc/dispatch.ts'
import { createJsonRpcServer } from '../jsonrpc/server.ts'
import { systemClock } from '../runtime/clock.ts'
import { type Logger, silentLogger } from '../runtime/logger.ts'
import { testRollupConfig } from '../testing/rollupConfig.ts'
import {
  type EndpointFlags,
  verifyEngineEndpoint,
  verifyL1Endpoint,
  verifyL2Endpoint,
} from './endpointChecks.ts'
import { neededEngineMethods } from './engineVersions.ts'

const cleanups: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

const config = testRollupConfig()
const { l1, l2 } = config.genesis
const flags: EndpointFlags = {
  url: '--endpoint',
  rollupConfig: '--rollup-config',
  jwtSecret: '--jwt-secret',
}
const secret = new Uint8Array(32).fill(1)

async function client(methods: RpcMethods | undefined, ourSecret = secret) {
  const server = await createJsonRpcServer(
    { host: '127.0.0.1', port: 0, methods: methods ?? {}, jwtSecret: secret },
    { logger: silentLogger },
  )
  if (methods === undefined) await server.close()
  const rpc = createJsonRpcClient(
    { urls: [server.url], jwtSecret: ourSecret, retry: { maxAttempts: 1 } },
    { clock: systemClock, random: () => 0 },
  )
  cleanups.push(
    () => server.close(),
    () => rpc.close(),
  )
  return { rpc, config }
}

const chain = (chainId: string, genesis: string | null): RpcMethods => ({
  eth_chainId: async () => chainId,
  eth_getBlockByNumber: async () => genesis && { hash: genesis },
})

describe('endpoint checks', () => {
  it('pass the chain of the rollup config', async () => {
    await verifyL1Endpoint({ flags }, await client(chain('0x384', l1.hash)))
    await verifyL2Endpoint({ flags }, await client(chain('0x385', l2.hash)))
  })

  it('pass a node that has pruned its genesis', async () => {
    await verifyL1Endpoint({ flags }, await client(chain('0x384', null)))
  })

  it.each([
    ['chain id', chain('0x1', l1.hash), ['chain id is 1,', 'says 900']],
    ['genesis', chain('0x384', l2.hash), [l2.hash, l1.hash, 'number 10']],
  ])('name both values and the flags for another %s', async (_, methods, words) => {
    const error = await verifyL1Endpoint({ flags }, await client(methods)).catch((e) => e)
    expect(error).toMatchObject({ code: 'WRONG_CHAIN', exitCode: 5 })
    for (const word of [...words, '--endpoint', '--rollup-config', 'http://127.0.0.1:']) {
      expect(error.message).toContain(word)
    }
  })

  it('tell L1 from L2', async () => {
    const { hash } = l1
    await expect(
      verifyL2Endpoint({ flags }, await client(chain('0x384', hash))),
    ).rejects.toMatchObject({ exitCode: 5 })
  })

  it('say who does not answer', async () => {
    await expect(verifyL1Endpoint({ flags }, await client(undefined))).rejects.toMatchObject({
      code: 'ENDPOINT_UNREACHABLE',
      exitCode: 6,
      message: expect.stringMatching(/L1 at http:\/\/127.*--endpoint/s),
    })
  })

  it('say who is no Ethereum node', async () => {
    await expect(verifyL1Endpoint({ flags }, await client({}))).rejects.toMatchObject({
      exitCode: 6,
      message: expect.stringContaining('does not answer as an Ethereum node'),
    })
  })

  it('say that the JWT secret is wrong', async () => {
    const wrong = await client({}, new Uint8Array(32))
    await expect(
      verifyEngineEndpoint({ flags, timestamp: 1_000n }, { ...wrong, logger: silentLogger }),
    ).rejects.toMatchObject({
      code: 'JWT_REFUSED',
      exitCode: 4,
      message: expect.stringMatching(/^wrong JWT secret.*--jwt-secret/s),
    })
  })
})

describe('engine check', () => {
  async function missing(methods: RpcMethods): Promise<unknown> {
    const logged: unknown[] = []
    const logger: Logger = {
      ...silentLogger,
      warn: (_, fields) => logged.push(fields?.['missing']),
    }
    await verifyEngineEndpoint({ flags, timestamp: 1_000n }, { ...(await client(methods)), logger })
    return logged[0]
  }

  it('is silent about an engine that has all methods', async () => {
    const all = neededEngineMethods(config, 1_000n)
    expect(await missing({ engine_exchangeCapabilities: async () => all })).toBeUndefined()
  })

  it('tells the Engine API from the port next to it', async () => {
    await expect(missing({})).rejects.toMatchObject({
      code: 'ENGINE_API_MISSING',
      exitCode: 6,
      message: expect.stringMatching(/does not serve the Engine API.*--endpoint/s),
    })
  })

  it('names the methods that an engine lacks', async () => {
    const old = ['engine_forkchoiceUpdatedV3', 'engine_newPayloadV4']
    expect(await missing({ engine_exchangeCapabilities: async () => old })).toEqual([
      'engine_getPayloadV5',
    ])
  })
})
