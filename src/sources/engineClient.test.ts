import { afterEach, describe, expect, it } from 'vitest'
import { type Fork, forkTimesUpTo } from '../chain/forks.ts'
import { createJsonRpcClient } from '../jsonrpc/client.ts'
import type { RpcMethods } from '../jsonrpc/dispatch.ts'
import { RpcError } from '../jsonrpc/rpcError.ts'
import { createJsonRpcServer } from '../jsonrpc/server.ts'
import { systemClock } from '../runtime/clock.ts'
import { silentLogger } from '../runtime/logger.ts'
import { FakeEngine } from '../testing/fakeEngine.ts'
import { fakeRollupConfig } from '../testing/fakeRollup.ts'
import { attributesOnHead, rpcEngineMethods } from '../testing/rpcEngine.ts'
import { createEngineClient } from './engineClient.ts'

const cleanups: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

const jwtSecret = new Uint8Array(32).fill(9)

/** An engine behind HTTP and JWT, in a chain whose newest fork is `fork`. */
async function connect(fork: Fork = 'karst', methods: RpcMethods = {}) {
  const config = fakeRollupConfig({
    l1Genesis: { hash: `0x${'11'.repeat(32)}`, number: 5n },
    l2Time: 1_000n,
    forkTimes: forkTimesUpTo(fork),
  })
  const fake = new FakeEngine({ config }, { clock: systemClock })
  const called: string[] = []
  const served = Object.entries({ ...rpcEngineMethods(fake, config), ...methods }).map(
    ([name, method]): [string, RpcMethods[string]] => [
      name,
      (params, context) => {
        called.push(name)
        return method(params, context)
      },
    ],
  )
  const server = await createJsonRpcServer(
    { host: '127.0.0.1', port: 0, methods: Object.fromEntries(served), jwtSecret },
    { logger: silentLogger },
  )
  const rpc = createJsonRpcClient(
    { urls: [server.url], jwtSecret, retry: { maxAttempts: 1 } },
    { clock: systemClock, random: () => 0 },
  )
  cleanups.push(
    () => server.close(),
    () => rpc.close(),
  )
  return { config, fake, called, server, engine: createEngineClient({ schedule: config }, { rpc }) }
}

const heads = (hash: `0x${string}`) => ({
  headBlockHash: hash,
  safeBlockHash: hash,
  finalizedBlockHash: hash,
})

describe('Engine API client', () => {
  it.each<[Fork, string[]]>([
    ['isthmus', ['engine_forkchoiceUpdatedV3', 'engine_getPayloadV4', 'engine_newPayloadV4']],
    ['karst', ['engine_forkchoiceUpdatedV3', 'engine_getPayloadV5', 'engine_newPayloadV4']],
  ])('builds, gets and inserts a block of %s by the right methods', async (fork, methods) => {
    const { engine, fake, config, called } = await connect(fork)
    const newest = attributesOnHead(fake, config)
    const attributes = fork === 'karst' ? newest : { ...newest, minBaseFee: undefined }
    const genesis = fake.head.hash
    const { payloadStatus, payloadId } = await engine.forkchoiceUpdated(heads(genesis), attributes)
    expect(payloadStatus.status).toBe('VALID')
    const envelope = await engine.getPayload(payloadId!, attributes.timestamp)
    expect(envelope.executionPayload.transactions).toEqual(attributes.transactions)
    expect(await engine.newPayload(envelope)).toMatchObject({ status: 'VALID' })
    expect(called).toEqual(methods)
    const { blockHash } = envelope.executionPayload
    const updated = await engine.forkchoiceUpdated(heads(blockHash), undefined)
    expect(updated.payloadId).toBeUndefined()
    expect(fake.head.hash).toBe(blockHash)
  })

  it("reads the engine's verdict on a bad block", async () => {
    const { engine, fake } = await connect('karst', {
      engine_forkchoiceUpdatedV3: async () => ({
        payloadStatus: {
          status: 'INVALID',
          latestValidHash: `0x${'AB'.repeat(32)}`,
          validationError: 'wrong state root',
        },
        payloadId: null,
      }),
    })
    expect(await engine.forkchoiceUpdated(heads(fake.head.hash), undefined)).toEqual({
      payloadStatus: {
        status: 'INVALID',
        latestValidHash: `0x${'ab'.repeat(32)}`,
        validationError: 'wrong state root',
      },
      payloadId: undefined,
    })
  })

  it('passes on errors of the engine with their code', async () => {
    const { engine } = await connect()
    await expect(engine.getPayload('0x0000000000000001', 1_002n)).rejects.toMatchObject({
      code: 'ENGINE_API',
      rpcCode: -38001,
      rpcMessage: 'Unknown payload',
    })
  })

  it('passes on what geth and reth say of an error beside its message', async () => {
    const { engine, fake } = await connect('karst', {
      engine_forkchoiceUpdatedV3: async () => {
        throw new RpcError(-38003, 'Invalid payload attributes', { err: 'invalid sender' })
      },
    })
    await expect(engine.forkchoiceUpdated(heads(fake.head.hash), undefined)).rejects.toMatchObject({
      rpcCode: -38003,
      rpcMessage: 'Invalid payload attributes: invalid sender',
    })
  })

  it('fails temporarily when the engine is gone', async () => {
    const { engine, server, fake } = await connect()
    await server.close()
    await expect(engine.forkchoiceUpdated(heads(fake.head.hash), undefined)).rejects.toMatchObject({
      severity: 'temporary',
      code: 'ENGINE_UNREACHABLE',
    })
  })

  it.each([
    ['a status of its own', { payloadStatus: { status: 'MAYBE' } }],
    ['no status', {}],
    ['nothing', null],
    ['an id that is too short', { payloadStatus: { status: 'VALID' }, payloadId: '0x01' }],
  ])('does not believe %s', async (_, answer) => {
    const { engine, fake } = await connect('karst', {
      engine_forkchoiceUpdatedV3: async () => answer,
    })
    await expect(engine.forkchoiceUpdated(heads(fake.head.hash), undefined)).rejects.toMatchObject({
      severity: 'temporary',
      code: 'ENGINE_BAD_DATA',
    })
  })

  it('gives up when the caller does', async () => {
    const { engine, fake } = await connect('karst', {
      engine_forkchoiceUpdatedV3: () => new Promise(() => {}),
    })
    const stop = new AbortController()
    const update = engine.forkchoiceUpdated(heads(fake.head.hash), undefined, stop.signal)
    stop.abort(new Error('stopped'))
    await expect(update).rejects.toThrow('stopped')
  })
})
