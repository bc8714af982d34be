import { afterEach, describe, expect, it } from 'vitest'
import { devnetL1Chain } from '../../src/chain/l1Chain.ts'
import { createJsonRpcServer } from '../../src/jsonrpc/server.ts'
import {
  type DerivationThread,
  startDerivationThread,
} from '../../src/node/derivationThread/client.ts'
import { nodeOptions } from '../../src/node/options.ts'
import { systemClock } from '../../src/runtime/clock.ts'
import { silentLogger } from '../../src/runtime/logger.ts'
import { rpcDataL1Methods } from '../../src/testing/rpcDataL1.ts'
import { VerifierWorld } from './verifierWorld.ts'

const cleanups: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

describe('the derivation thread', () => {
  it('derives what the pipeline derives', async () => {
    const { world, thread, genesis } = await startThread()
    await thread.reset(genesis)
    const { derived } = await nextAttributes(thread, genesis)
    expect(derived.parent).toEqual(genesis)
    const expected = world.chain[0]!.payload.executionPayload
    expect(derived.attributes.transactions).toEqual(expected.transactions)
    expect(derived.attributes.timestamp).toBe(expected.timestamp)
  })

  it('cuts attributes down to deposits', async () => {
    const { thread, genesis } = await startThread()
    await thread.reset(genesis)
    const { derived } = await nextAttributes(thread, genesis)
    const replaced = await thread.depositsOnly(derived.parent, derived.derivedFrom)
    expect(replaced.attributes.transactions).toEqual([derived.attributes.transactions[0]])
  })

  it('throws what the pipeline throws, with its severity', async () => {
    const { thread, genesis } = await startThread()
    await expect(thread.next(genesis)).rejects.toMatchObject({
      code: 'PIPELINE_NOT_RESET',
      severity: 'critical',
    })
  })

  it('throws what reading L2 throws', async () => {
    const { thread, world, genesis } = await startThread()
    world.engine.isDown = true
    await expect(thread.reset(genesis)).rejects.toMatchObject({
      code: 'ENGINE_UNREACHABLE',
      severity: 'temporary',
    })
  })

  it('breaks off a call that is aborted, and takes the next one', async () => {
    const { thread, genesis } = await startThread({ latencyMs: 100 })
    const abort = new AbortController()
    const reset = thread.reset(genesis, undefined, abort.signal)
    abort.abort(new Error('enough'))
    await expect(reset).rejects.toThrow('enough')
    await thread.reset(genesis)
    expect((await nextAttributes(thread, genesis)).derived.parent).toEqual(genesis)
  })

  it('comes back after a fault with the next reset', async () => {
    const { thread, genesis } = await startThread()
    await thread.reset(genesis)
    await thread.crash()
    await expect(thread.next(genesis)).rejects.toMatchObject({
      code: 'DERIVATION_GONE',
      severity: 'reset',
    })
    await thread.reset(genesis)
    expect((await nextAttributes(thread, genesis)).derived.parent).toEqual(genesis)
  })

  it('rejects what is in flight when it dies', async () => {
    const { thread, genesis } = await startThread({ latencyMs: 200 })
    const reset = thread.reset(genesis)
    await thread.crash()
    await expect(reset).rejects.toMatchObject({ code: 'DERIVATION_GONE' })
  })

  it('says which option cannot be used', async () => {
    const { world } = await startThread()
    const { l1, beacon } = nodeOptions({
      rollupConfig: world.config,
      l1: { rpcUrls: ['nonsense'] },
    })
    const started = startDerivationThread(
      {
        ...{ config: world.config, upgradeBundles: new Map(), l1, beacon, isAnvil: false },
        l1Chain: devnetL1Chain(900n),
      },
      { l2: world.engine, logger: silentLogger },
    )
    await expect(started).rejects.toMatchObject({ code: 'URL_INVALID', exitCode: 2 })
  })

  it('ends while it works', async () => {
    // L1 answers long after the test is over.
    const { thread, genesis } = await startThread({ latencyMs: 60_000 })
    const reset = thread.reset(genesis)
    reset.catch(() => undefined)
    await thread.close()
    await expect(reset).rejects.toMatchObject({ code: 'DERIVATION_GONE' })
  })
})

async function nextAttributes(
  thread: DerivationThread,
  safeHead: Parameters<DerivationThread['next']>[0],
) {
  for (;;) {
    const outcome = await thread.next(safeHead)
    if (outcome.type === 'attributes') return outcome
    if (outcome.type === 'idle') throw new Error('L1 was read to its end')
  }
}

async function startThread({ latencyMs = 0 } = {}) {
  const world = new VerifierWorld()
  await world.live(6)
  const slow = Object.entries(rpcDataL1Methods(world.l1, world.config)).map(
    ([name, method]) =>
      [
        name,
        async (...args: Parameters<typeof method>) => {
          await new Promise((resolve) => setTimeout(resolve, latencyMs).unref())
          return method(...args)
        },
      ] as const,
  )
  const server = await createJsonRpcServer(
    { host: '127.0.0.1', port: 0, methods: Object.fromEntries(slow) },
    { clock: systemClock, logger: silentLogger },
  )
  cleanups.push(() => server.close())
  const { l1, beacon } = nodeOptions({ rollupConfig: world.config, l1: { rpcUrls: [server.url] } })
  const thread = await startDerivationThread(
    {
      ...{ config: world.config, upgradeBundles: new Map(), l1, beacon, isAnvil: false },
      l1Chain: devnetL1Chain(900n),
    },
    { l2: world.engine, logger: silentLogger },
  )
  cleanups.push(() => thread.close())
  return { world, thread, genesis: world.engine.head }
}
