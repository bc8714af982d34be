import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { type Hash, zeroHash } from '../../base/hex.ts'
import { predeploys } from '../../chain/addresses.ts'
import { silentLogger } from '../../runtime/logger.ts'
import { testGenesis, testGenesisTime } from '../../testing/executionChain.ts'
import { keptPorts } from '../../testing/keptPorts.ts'
import { testRollupConfig } from '../../testing/rollupConfig.ts'
import { type EmbeddedEngine, startEmbeddedEngine } from './client.ts'
import type { EngineThreadOptions } from './messages.ts'

const cleanups: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

const start = async (changes: Partial<EngineThreadOptions> = {}): Promise<EmbeddedEngine> => {
  const local = { host: '127.0.0.1', port: 0 }
  const engine = await startEmbeddedEngine(
    {
      genesis: testGenesis(),
      rollup: undefined,
      dataDir: undefined,
      jwtSecret: new Uint8Array(32).fill(7),
      engineApi: local,
      rpc: local,
      ...changes,
    },
    { logger: silentLogger },
  )
  cleanups.push(() => engine.close())
  return engine
}

const newFolder = async () => {
  const folder = await mkdtemp(join(tmpdir(), 'takt-engine-'))
  cleanups.push(() => rm(folder, { recursive: true }))
  return folder
}

const forkchoice = (head: Hash) => ({
  headBlockHash: head,
  safeBlockHash: zeroHash,
  finalizedBlockHash: zeroHash,
})

/** Builds the block after `head`. */
const build = async ({ api }: EmbeddedEngine, head: Hash, number: bigint) => {
  const timestamp = testGenesisTime + 2n * number
  const { payloadId } = await api.forkchoiceUpdated(forkchoice(head), {
    timestamp,
    prevRandao: `0x${'1a'.repeat(32)}`,
    suggestedFeeRecipient: predeploys.sequencerFeeVault,
    withdrawals: [],
    parentBeaconBlockRoot: zeroHash,
    transactions: [],
    noTxPool: false,
    gasLimit: 30_000_000n,
    eip1559Params: new Uint8Array(8),
    minBaseFee: 0n,
  })
  return api.getPayload(payloadId!, timestamp)
}

/** Builds and inserts the block after `head`. */
const extend = async (engine: EmbeddedEngine, head: Hash, number: bigint): Promise<Hash> => {
  const { api } = engine
  const envelope = await build(engine, head, number)
  expect((await api.newPayload(envelope)).status).toBe('VALID')
  const { blockHash } = envelope.executionPayload
  await api.forkchoiceUpdated(forkchoice(blockHash), undefined)
  return blockHash
}

const rpc = async (url: string, method: string, ...params: unknown[]) => {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
  })
  return ((await response.json()) as { result: unknown }).result
}

describe('the embedded engine', () => {
  it('builds blocks by typed calls and shows them over HTTP', async () => {
    const engine = await start()
    const first = await extend(engine, engine.genesisHash, 1n)
    const block = (await rpc(engine.rpcUrl, 'eth_getBlockByNumber', 'latest', false)) as {
      hash: Hash
    }
    expect(block.hash).toBe(first)
    expect((await engine.chain.payloadByNumber(1n))?.executionPayload.blockHash).toBe(first)
  })

  it('tells refs of its blocks when it knows the rollup', async () => {
    const probe = await start()
    const { genesisHash } = probe
    const config = testRollupConfig()
    const l2 = { hash: genesisHash, number: 0n }
    const genesis = { ...config.genesis, l2, l2Time: testGenesisTime }
    const engine = await start({ rollup: { ...config, genesis } })
    expect(await engine.chain.blockRefByLabel('latest')).toMatchObject({
      hash: genesisHash,
      l1Origin: config.genesis.l1,
    })
    expect(await engine.chain.blockRefByLabel('safe')).toBeUndefined()
    expect(await engine.chain.systemConfigByHash(genesisHash)).toEqual(genesis.systemConfig)
    await expect(probe.chain.blockRefByNumber(0n)).rejects.toMatchObject({
      code: 'ROLLUP_CONFIG_MISSING',
    })
  })

  it('passes errors through with their class and code', async () => {
    const { api, chain } = await start()
    await expect(api.getPayload('0x0300000000000001', 0n)).rejects.toMatchObject({
      name: 'EngineApiError',
      rpcCode: -38001,
    })
    await expect(chain.outputRootsByHash(`0x${'99'.repeat(32)}`)).rejects.toMatchObject({
      name: 'ChainError',
      severity: 'reset',
    })
  })

  it('looks at a payload of its own that comes back changed', async () => {
    const engine = await start()
    const envelope = await build(engine, engine.genesisHash, 1n)
    const executionPayload = { ...envelope.executionPayload, gasUsed: 1n }
    const changed = await engine.api.newPayload({ ...envelope, executionPayload })
    expect(changed.status).toBe('INVALID')
    expect((await engine.api.newPayload(envelope)).status).toBe('VALID')
  })

  it('takes a payload that it built before it was started anew', async () => {
    const engine = await start()
    const envelope = await build(engine, engine.genesisHash, 1n)
    await engine.restart()
    expect((await engine.api.newPayload(envelope)).status).toBe('VALID')
    const head = forkchoice(envelope.executionPayload.blockHash)
    const { payloadStatus } = await engine.api.forkchoiceUpdated(head, undefined)
    expect(payloadStatus.status).toBe('VALID')
  })

  it('refuses calls for now while it is being started anew', async () => {
    const engine = await start({ rollup: testRollupConfig() })
    await engine.crash()
    const restarting = engine.restart()
    await expect(engine.chain.payloadByNumber(0n)).rejects.toMatchObject({
      code: 'ENGINE_GONE',
      severity: 'temporary',
    })
    await restarting
    expect(await engine.chain.payloadByNumber(0n)).toBeDefined()
  })

  it('lets a caller give up', async () => {
    const { api } = await start()
    const signal = AbortSignal.abort(new Error('enough'))
    await expect(api.getPayload('0x0300000000000001', 0n, signal)).rejects.toThrow('enough')
  })

  it('closes, and answers nothing afterwards', async () => {
    const engine = await start()
    await extend(engine, engine.genesisHash, 1n)
    await engine.close()
    await expect(engine.chain.payloadByNumber(0n)).rejects.toMatchObject({
      code: 'ENGINE_GONE',
      severity: 'temporary',
    })
    await expect(engine.restart()).rejects.toMatchObject({ code: 'ENGINE_GONE' })
  })

  it('reports its death, and goes on with the same data on the same ports', async () => {
    const [users, nodes] = (await keptPorts(2)).map((port) => ({ host: '127.0.0.1', port }))
    const engine = await start({ dataDir: await newFolder(), rpc: users!, engineApi: nodes! })
    const first = await extend(engine, engine.genesisHash, 1n)
    const { rpcUrl, engineUrl, api } = engine
    const died = new Promise((resolve) => engine.onExit(resolve))
    const crash = engine.crash()
    await expect(engine.chain.payloadByNumber(0n)).rejects.toMatchObject({ severity: 'temporary' })
    await crash
    expect(await died).toMatchObject({ code: 'ENGINE_GONE' })

    await engine.restart()
    expect([engine.rpcUrl, engine.engineUrl]).toEqual([rpcUrl, engineUrl])
    expect(engine.api).toBe(api)
    expect(await rpc(rpcUrl, 'eth_blockNumber')).toBe('0x1')
    await extend(engine, first, 2n)
  })
})

describe('a wrong start', () => {
  it('names a genesis file that is none', async () => {
    await expect(start({ genesis: { config: {} } })).rejects.toMatchObject({
      name: 'ConfigError',
      code: 'GENESIS_INVALID',
    })
  })

  it('names a port that is taken, and leaves the data to the next start', async () => {
    const blocker = createServer().listen(0, '127.0.0.1')
    await new Promise((resolve) => blocker.once('listening', resolve))
    cleanups.push(async () => blocker.close())
    const { port } = blocker.address() as { port: number }
    const dataDir = await newFolder()
    const taken = start({ dataDir, rpc: { host: '127.0.0.1', port } })
    await expect(taken).rejects.toMatchObject({ code: 'PORT_TAKEN', exitCode: 7 })
    await start({ dataDir })
  })

  it('names the data folder of another chain', async () => {
    const dataDir = await newFolder()
    const engine = await start({ dataDir })
    await engine.close()
    const other = start({ dataDir, genesis: testGenesis({ fork: 'isthmus' }) })
    await expect(other).rejects.toMatchObject({ code: 'GENESIS_MISMATCH', exitCode: 5 })
  })
})
