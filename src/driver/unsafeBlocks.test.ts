import { describe, expect, it } from 'vitest'
import { EngineController } from '../engine/controller.ts'
import { readSealedBlock } from '../engine/sealedBlock.ts'
import type { SealedBlock } from '../engine/tasks.ts'
import { silentLogger } from '../runtime/logger.ts'
import { FakeEngine } from '../testing/fakeEngine.ts'
import { fakeRollupConfig } from '../testing/fakeRollup.ts'
import { ManualClock } from '../testing/manualClock.ts'
import { attributesOnHead } from '../testing/rpcEngine.ts'
import { UnsafeBlocks } from './unsafeBlocks.ts'

const { signal } = new AbortController()

describe('unsafe blocks from elsewhere', () => {
  it('become the head when they are next', async () => {
    const { unsafe, blocks, engine } = await setUp()
    expect(await unsafe.take(blocks[0]!, signal)).toBe('taken')
    expect(engine.head).toEqual(blocks[0]!.ref)
  })

  it('wait for the ones before them', async () => {
    const { unsafe, blocks, engine } = await setUp()
    await unsafe.take(blocks[1]!, signal)
    expect(unsafe.nextActionMs()).toBeUndefined()
    await unsafe.take(blocks[0]!, signal)
    expect(unsafe.nextActionMs()).toBe(0)
    await unsafe.act(signal)
    expect(engine.head).toEqual(blocks[1]!.ref)
    expect(unsafe.nextActionMs()).toBeUndefined()
  })

  it('are refused when they build on something else', async () => {
    const { unsafe, blocks, sibling } = await setUp()
    await unsafe.take(blocks[0]!, signal)
    await expect(unsafe.take(sibling, signal)).rejects.toMatchObject({
      name: 'BlockRefused',
      code: 'PAYLOAD_NOT_NEXT',
    })
  })

  it('are refused when the engine calls them invalid', async () => {
    const { unsafe, blocks, engine } = await setUp()
    engine.fail('newPayload', { type: 'status', status: 'INVALID' })
    await expect(unsafe.take(blocks[0]!, signal)).rejects.toMatchObject({
      name: 'BlockRefused',
      code: 'PAYLOAD_INVALID',
    })
  })

  it('are dropped when that shows only after they have waited', async () => {
    const { unsafe, blocks, engine } = await setUp()
    await unsafe.take(blocks[1]!, signal)
    await unsafe.take(blocks[0]!, signal)
    engine.fail('newPayload', { type: 'status', status: 'INVALID' })
    await unsafe.act(signal)
    expect(unsafe.nextActionMs()).toBeUndefined()
    expect(engine.head).toEqual(blocks[0]!.ref)
  })

  it('stay when the engine fails, and are tried again after a pause', async () => {
    const { unsafe, blocks, engine, clock } = await setUp()
    await unsafe.take(blocks[1]!, signal)
    await unsafe.take(blocks[0]!, signal)
    engine.fail('newPayload', { type: 'error', error: new Error('ECONNRESET') })
    await expect(unsafe.act(signal)).rejects.toMatchObject({ severity: 'temporary' })
    unsafe.delay(1_000)
    expect(unsafe.nextActionMs()).toBe(clock.now() + 1_000)
    await unsafe.act(signal)
    expect(engine.head).toEqual(blocks[1]!.ref)
  })

  it('are refused when there is no room to wait in', async () => {
    const { unsafe, blocks } = await setUp({ maxBytes: 1_500 })
    await unsafe.take(blocks[1]!, signal)
    await expect(unsafe.take(blocks[2]!, signal)).rejects.toMatchObject({
      name: 'BlockRefused',
      code: 'PAYLOAD_NOT_KEPT',
    })
    const { unsafe: tiny } = await setUp({ maxBytes: 10 })
    await expect(tiny.take(blocks[2]!, signal)).rejects.toMatchObject({ code: 'PAYLOAD_NOT_KEPT' })
  })
})

/** Three blocks on the genesis block, made elsewhere, and a sibling of the first. */
async function setUp(options: { readonly maxBytes?: number } = {}) {
  const clock = new ManualClock(1_700_000_000_000)
  const config = fakeRollupConfig({
    l1Genesis: { hash: `0x${'11'.repeat(32)}`, number: 5n },
    l2Time: 1_700_000_000n,
  })
  const deps = { clock, logger: silentLogger }
  const elsewhere = new FakeEngine({ config }, deps)
  const blocks: SealedBlock[] = []
  const build = (transactions: readonly Uint8Array[] = []) => {
    const attributes = attributesOnHead(elsewhere, config, transactions)
    return elsewhere.buildElsewhere(elsewhere.head.hash, attributes)
  }
  const sibling = readSealedBlock(config, build([Uint8Array.of(2, 0xc0)]))
  for (let i = 0; i < 3; i++) {
    const envelope = build()
    await elsewhere.newPayload(envelope)
    const hash = envelope.executionPayload.blockHash
    const genesis = config.genesis.l2.hash
    const state = { headBlockHash: hash, safeBlockHash: genesis, finalizedBlockHash: genesis }
    await elsewhere.forkchoiceUpdated(state, undefined)
    blocks.push(readSealedBlock(config, envelope))
  }
  const engine = new FakeEngine({ config }, deps)
  const controller = new EngineController({ config }, { ...deps, engine, l2: engine })
  const genesis = engine.head
  await controller.reset({
    unsafe: genesis,
    pendingSafe: genesis,
    safe: genesis,
    finalized: genesis,
  })
  const unsafe = new UnsafeBlocks(options, { ...deps, engine: controller })
  return { unsafe, blocks, sibling, engine, clock }
}
