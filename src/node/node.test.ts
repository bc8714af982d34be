import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { encodeQuantity } from '../base/quantity.ts'
import type { RpcContext } from '../jsonrpc/dispatch.ts'
import { createJsonRpcServer, type JsonRpcServer } from '../jsonrpc/server.ts'
import { systemClock } from '../runtime/clock.ts'
import { silentLogger } from '../runtime/logger.ts'
import { FakeEngine } from '../testing/fakeEngine.ts'
import { fakeRollupConfig } from '../testing/fakeRollup.ts'
import { keptPorts } from '../testing/keptPorts.ts'
import { rpcEngineMethods } from '../testing/rpcEngine.ts'
import { l1BlockOn, newHead, RpcL1 } from '../testing/rpcL1.ts'
import { createNode, type TaktNode } from './node.ts'
import type { NodeObserver } from './observer.ts'
import { type NodeOptionsInput, nodeOptions } from './options.ts'

const jwtSecret = new Uint8Array(32).fill(9)
const cleanups: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

describe('a node', () => {
  it('sequences over HTTP and answers for it', async () => {
    const { node, engine, config } = await startNode()
    await until(() => engine.head.number >= 2n)
    const status = (await call(node, 'optimism_syncStatus')) as {
      unsafe_l2: { number: number }
      head_l1: { number: number }
    }
    expect(status.unsafe_l2.number).toBeGreaterThanOrEqual(1)
    expect(status.head_l1.number).toBe(3)
    expect(await call(node, 'optimism_version')).toBe('takt/test')
    expect(await call(node, 'optimism_rollupConfig')).toMatchObject({
      genesis: { l2: { hash: config.genesis.l2.hash } },
    })
    await expect(call(node, 'admin_sequencerActive')).rejects.toThrow('-32601')
    const health = await fetch(`${node.rpcUrl}/healthz`)
    expect([health.status, await health.json()]).toEqual([200, { version: 'takt/test' }])
    expect((await fetch(`${node.rpcUrl}/livez`)).status).toBe(200)
  })

  it('sequences over WebSocket alone, and L1 announces its heads', async () => {
    const { create, engine, wsUrls, announce } = await prepare()
    const node = create({
      l1: { rpcUrls: [wsUrls.l1], pollIntervalMs: 3_600_000 },
      l2: { engineUrl: wsUrls.engine, jwtSecret },
    })
    await node.start()
    await until(() => engine.head.number >= 1n)
    await until(() => announce() && node.syncStatus().headL1.number === 4n)
  })

  it('does what an administrator says, and remembers it', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'takt-node-'))
    cleanups.push(() => rm(dir, { recursive: true }))
    const adminStatePath = join(dir, 'admin.json')
    const rpc = { enableAdmin: true, adminStatePath }
    const { node, engine, restart } = await startNode({ rpc })
    await until(() => engine.head.number >= 1n)
    const head = await call(node, 'admin_stopSequencer')
    expect(head).toBe(engine.head.hash)
    await expect(call(node, 'admin_stopSequencer')).rejects.toThrow('the sequencer is not running')
    await node.stop()

    const again = await restart()
    expect(await call(again, 'admin_sequencerActive')).toBe(false)
    await until(() => again.syncStatus().unsafeL2.hash === head)
    await expect(call(again, 'admin_startSequencer', `0x${'00'.repeat(32)}`)).rejects.toThrow(
      'block hash does not match',
    )
    await call(again, 'admin_startSequencer', head)
    await until(() => engine.head.hash !== head)
    expect(engine.blocksAt(engine.head.number)).toHaveLength(1)
  })

  it('runs on an engine in its own process', async () => {
    const { node, engine } = await startNode({ inProcess: true })
    await until(() => engine.head.number >= 1n)
    expect(node.syncStatus().unsafeL2.number).toBeGreaterThanOrEqual(1n)
  })

  it('tells an observer what it does', async () => {
    const heard = new Set<string>()
    const observer: NodeObserver = {
      onReady: (node) => heard.add(`ready, sequencing: ${node.sequencerActive}`),
      onDriverEvent: ({ type }) => heard.add(`driver: ${type}`),
      onDerivationEvent: ({ type }) => heard.add(`derivation: ${type}`),
      onBlock: () => heard.add('block'),
      onEngineCall: (call, durationMs, hasFailed) =>
        heard.add(`engine: ${call} ${durationMs >= 0} ${hasFailed}`),
      onRequest: (endpoint, { methods }) => heard.add(`${endpoint}: ${methods[0]}`),
    }
    const { engine } = await startNode({ observer })
    engine.fail('newPayload', { type: 'status', status: 'SYNCING' })
    await until(() => engine.head.number >= 1n)
    await until(() => heard.has('driver: fault') && heard.has('block'))
    expect([...heard]).toEqual(
      expect.arrayContaining([
        ...['ready, sequencing: true', 'driver: moved', 'driver: reset', 'block'],
        ...['engine: forkchoiceUpdated true false', 'engine: getPayload true false'],
        ...['engine: newPayload true false', 'engine-api: engine_newPayloadV4'],
        ...['l1: eth_getBlockByNumber'],
      ]),
    )
  })

  it('stops while the engine hangs, and its port is free again', async () => {
    const [port] = await keptPorts(1)
    const rpc = { port: port! }
    const { node, engine, restart } = await startNode({ inProcess: true, rpc })
    await until(() => engine.head.number >= 1n)
    for (const method of ['startBuild', 'getPayload', 'newPayload'] as const) {
      engine.fail(method, { type: 'hang' })
    }
    await until(() => engine.calls.at(-1)!.method !== 'forkchoice')
    await node.stop()
    await node.ended
    engine.clearFaults()
    const again = await restart()
    expect(again.rpcUrl).toBe(`http://127.0.0.1:${port}`)
  })

  it('may be stopped before and while it starts', async () => {
    const unstarted = (await prepare()).create()
    await unstarted.stop()
    await unstarted.ended
    const starting = (await prepare()).create()
    const started = starting.start()
    started.catch(() => undefined)
    await starting.stop()
    await expect(started).rejects.toThrow('stopping')
    await starting.ended
  })

  it('says that it goes no further when it finds another chain', async () => {
    const { create, engine } = await prepare({ inProcess: true })
    const other = fakeRollupConfig({
      l1Genesis: { hash: `0x${'77'.repeat(32)}`, number: 0n },
      l2Time: engine.head.timestamp - 1_000n,
    })
    const node = create({ rollupConfig: { ...other, l1ChainId: 900n } })
    await expect(node.start()).rejects.toMatchObject({ code: 'WRONG_CHAIN', exitCode: 5 })
    await expect(node.ended).rejects.toMatchObject({ code: 'WRONG_CHAIN' })
  })

  it('refuses a wrong JWT secret', async () => {
    const { create, engineUrl } = await prepare()
    const wrong = { engineUrl, jwtSecret: new Uint8Array(32) }
    await expect(create({ l2: wrong }).start()).rejects.toMatchObject({
      code: 'JWT_REFUSED',
      exitCode: 4,
    })
  })

  it('refuses an L1 that does not answer', async () => {
    const { create } = await prepare()
    const node = create({ l1: { rpcUrls: ['http://127.0.0.1:1'] } })
    await expect(node.start()).rejects.toMatchObject({ code: 'ENDPOINT_UNREACHABLE', exitCode: 6 })
  })

  it('refuses a port that is taken', async () => {
    const { create, l1Port } = await prepare()
    await expect(create({ rpc: { port: l1Port } }).start()).rejects.toMatchObject({
      code: 'PORT_TAKEN',
      exitCode: 7,
    })
  })

  it('refuses to run without an engine', async () => {
    const { create } = await prepare()
    await expect(create({ l2: {} }).start()).rejects.toMatchObject({ code: 'ENGINE_NOT_GIVEN' })
  })

  it('refuses a folder without upgrade bundles', async () => {
    const { create } = await prepare()
    const node = create({ upgradeBundlesDir: join(tmpdir(), 'takt-nowhere') })
    await expect(node.start()).rejects.toMatchObject({ code: 'UPGRADE_BUNDLES_DIR', exitCode: 3 })
  })
})

type Given = Partial<Omit<NodeOptionsInput, 'rollupConfig'>> & {
  readonly rollupConfig?: NodeOptionsInput['rollupConfig']
  readonly inProcess?: boolean
  readonly observer?: NodeObserver
}

/** An L1 with three blocks on its genesis, an engine, and all that a node needs to run on them. */
async function prepare(given: Given = {}) {
  const nowSeconds = BigInt(Math.floor(systemClock.now() / 1000))
  const blocks = [l1BlockOn(undefined, { timestamp: nowSeconds - 40n })]
  for (let i = 0; i < 3; i++) blocks.push(l1BlockOn(blocks.at(-1)))
  const [genesis] = blocks
  const config = fakeRollupConfig({
    l1Genesis: { hash: genesis!.hash, number: 0n },
    l2Time: nowSeconds - 1n,
    blockTime: 1n,
  })
  const engine = new FakeEngine({ config }, { clock: systemClock })
  const subscription = '0x5'
  const listeners: NonNullable<RpcContext['notify']>[] = []
  const l1 = await serve({
    ...new RpcL1(blocks).methods(),
    eth_chainId: async () => '0x384',
    eth_subscribe: async (_, { notify }) => {
      listeners.push(notify!)
      return subscription
    },
  })
  const next = newHead(l1BlockOn(blocks.at(-1)))
  /** Tells those who listen of one more L1 block. @returns whether somebody does. */
  const announce = () => {
    for (const notify of listeners) notify('eth_subscription', { subscription, result: next })
    return listeners.length > 0
  }
  const engineServer = await serve(
    {
      ...rpcEngineMethods(engine, config),
      eth_chainId: async () => encodeQuantity(config.l2ChainId),
    },
    jwtSecret,
  )
  const create = (changes: Given = {}): TaktNode => {
    const { inProcess, observer, ...input } = { ...given, ...changes }
    const options = nodeOptions({
      mode: 'sequencer',
      rollupConfig: config,
      version: 'takt/test',
      l1: { rpcUrls: [l1.url] },
      l2: { engineUrl: engineServer.url, jwtSecret },
      ...input,
      rpc: { port: 0, ...input.rpc },
    })
    const deps = { clock: systemClock, random: Math.random, logger: silentLogger }
    const node = createNode(options, {
      ...deps,
      observer,
      ...(inProcess && { engine: { api: engine, chain: engine } }),
    })
    cleanups.push(() => node.stop())
    return node
  }
  const wsUrls = { l1: l1.wsUrl, engine: engineServer.wsUrl }
  return { create, engine, config, engineUrl: engineServer.url, wsUrls, announce, l1Port: l1.port }
}

async function startNode(given: Given = {}) {
  const prepared = await prepare(given)
  const restart = async () => {
    const node = prepared.create()
    await node.start()
    return node
  }
  return { ...prepared, restart, node: await restart() }
}

async function serve(
  methods: Parameters<typeof createJsonRpcServer>[0]['methods'],
  secret?: Uint8Array,
): Promise<JsonRpcServer> {
  const server = await createJsonRpcServer(
    { host: '127.0.0.1', port: 0, methods, webSocket: true, ...(secret && { jwtSecret: secret }) },
    { logger: silentLogger },
  )
  cleanups.push(() => server.close())
  return server
}

async function call(node: TaktNode, method: string, ...params: unknown[]): Promise<unknown> {
  const response = await fetch(node.rpcUrl!, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
  })
  const answer = (await response.json()) as {
    result?: unknown
    error?: { code: number; message: string }
  }
  if (answer.error) throw new Error(`${answer.error.code} ${answer.error.message}`)
  return answer.result
}

async function until(condition: () => boolean): Promise<void> {
  await expect.poll(condition, { interval: 10 }).toBe(true)
}
