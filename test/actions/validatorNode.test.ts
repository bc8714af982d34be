import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { createJsonRpcServer } from '../../src/jsonrpc/server.ts'
import { createNode, type TaktNode } from '../../src/node/node.ts'
import { nodeOptions } from '../../src/node/options.ts'
import { systemClock } from '../../src/runtime/clock.ts'
import { silentLogger } from '../../src/runtime/logger.ts'
import { rpcDataL1Methods } from '../../src/testing/rpcDataL1.ts'
import { VerifierWorld } from './verifierWorld.ts'

const cleanups: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

describe('a validator node', () => {
  it('follows L1 over HTTP, in a thread of its own, to safe and finalized blocks', async () => {
    const { world, node, call } = await startValidator(30, { finalized: 20n })
    await until(() => node.syncStatus().safeL2.hash === world.posted!.hash)
    const expected = world.chain.findLast((block) => block.includedIn! <= 20n)!.ref
    await until(() => node.syncStatus().finalizedL2.hash === expected.hash)
    const status = (await call('optimism_syncStatus')) as Record<string, { number: number }>
    expect(status['safe_l2']!.number).toBe(Number(world.posted!.number))
    expect(status['current_l1']!.number).toBe(30)
    expect(status['finalized_l2']!.number).toBe(Number(expected.number))
  })

  it('keeps up with a reorg of L1', async () => {
    const { world, node } = await startValidator(20)
    await until(() => node.syncStatus().safeL2.hash === world.posted!.hash)
    await world.reorgL1(8)
    await world.post()
    await world.mine(9)
    await until(() => node.syncStatus().safeL2.hash === world.posted!.hash)
    await until(() => world.engine.head.hash === world.posted!.hash)
  })

  it('remembers which block was safe at which L1 block, over restarts', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'takt-validator-'))
    cleanups.push(() => rm(directory, { recursive: true }))
    const first = await startValidator(12, { safeHeadsDir: directory })
    const { world } = first
    await until(() => first.node.syncStatus().safeL2.hash === world.posted!.hash)
    const at6 = world.chain.findLast((block) => block.includedIn! <= 6n)!.ref
    const answer = {
      l1Block: { hash: world.l1.at(6n).hash, number: 6 },
      safeHead: { hash: at6.hash, number: Number(at6.number) },
    }
    await until(async () => {
      const found = (await first.call('optimism_safeHeadAtL1Block', '0x8')) as typeof answer
      return found.l1Block.number === answer.l1Block.number
    })
    expect(await first.call('optimism_safeHeadAtL1Block', '0x6')).toEqual(answer)
    await first.node.stop()
    const again = await first.restart()
    await until(() => again.node.syncStatus().safeL2.hash === world.posted!.hash)
    expect(await again.call('optimism_safeHeadAtL1Block', '0x6')).toEqual(answer)
  })

  it('keeps its distance from the L1 head when it is told to', async () => {
    const { world, node } = await startValidator(20, { l1Confs: 5 })
    await until(() => node.syncStatus().currentL1.number === 15n)
    await world.mine(2)
    await until(() => node.syncStatus().currentL1.number === 17n)
    const expected = world.chain.findLast((block) => block.includedIn! <= 17n)!.ref
    await until(() => node.syncStatus().safeL2.hash === expected.hash)
  })

  it('makes no blocks', async () => {
    const { call, world } = await startValidator(1)
    await expect(call('admin_startSequencer', world.engine.head.hash)).rejects.toThrow('validator')
    expect(await call('admin_sequencerActive')).toBe(false)
  })

  it('stops while it derives', async () => {
    const { node } = await startValidator(60)
    await until(() => node.syncStatus().safeL2.number > 0n)
    await expect(node.stop()).resolves.toBeUndefined()
  })
})

interface ValidatorOptions {
  readonly finalized?: bigint
  readonly safeHeadsDir?: string
  readonly l1Confs?: number
}

async function startValidator(l1Blocks: number, options: ValidatorOptions = {}) {
  const world = new VerifierWorld()
  await world.live(l1Blocks)
  const server = await createJsonRpcServer(
    {
      host: '127.0.0.1',
      port: 0,
      methods: rpcDataL1Methods(world.l1, world.config, () => options.finalized),
    },
    { clock: systemClock, logger: silentLogger },
  )
  cleanups.push(() => server.close())
  return startNode(world, server.url, options)
}

async function startNode(world: VerifierWorld, l1Url: string, options: ValidatorOptions) {
  const node = createNode(
    nodeOptions({
      mode: 'validator',
      rollupConfig: world.config,
      l1: { rpcUrls: [l1Url], pollIntervalMs: 50, epochPollIntervalMs: 100 },
      sync: { safeHeadsDir: options.safeHeadsDir, l1Confs: options.l1Confs ?? 0 },
      rpc: { port: 0, enableAdmin: true },
    }),
    {
      clock: systemClock,
      random: Math.random,
      logger: silentLogger,
      engine: { api: world.engine, chain: world.engine },
    },
  )
  cleanups.push(() => node.stop())
  await node.start()
  const restart = () => startNode(world, l1Url, options)
  return {
    world,
    node,
    restart,
    call: (method: string, ...params: unknown[]) => call(node, method, params),
  }
}

async function call(node: TaktNode, method: string, params: readonly unknown[]): Promise<unknown> {
  const response = await fetch(node.rpcUrl!, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
  })
  const { result, error } = (await response.json()) as {
    result?: unknown
    error?: { message: string }
  }
  if (error !== undefined) throw new Error(error.message)
  return result
}

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  await expect.poll(condition, { interval: 10 }).toBe(true)
}
