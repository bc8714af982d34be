import { describe, expect, it } from 'vitest'
import type { L2BlockRef } from '../chain/refs.ts'
import { EngineApiError } from '../protocol/engineApiError.ts'
import type { PayloadAttributes, PayloadEnvelope } from '../protocol/payload.ts'
import { silentLogger } from '../runtime/logger.ts'
import { FakeEngine } from '../testing/fakeEngine.ts'
import { fakeRollupConfig } from '../testing/fakeRollup.ts'
import { ManualClock, settle } from '../testing/manualClock.ts'
import { attributesOnHead } from '../testing/rpcEngine.ts'
import { EngineController } from './controller.ts'
import { readSealedBlock } from './sealedBlock.ts'
import type { BuildJob, SealedBlock } from './tasks.ts'

describe('EngineController', () => {
  it('knows no heads, and builds nothing, before the first reset', async () => {
    const { controller, genesis, attributes } = setUp()
    expect(controller.heads).toBeUndefined()
    await expect(controller.build(genesis, attributes())).rejects.toMatchObject({
      severity: 'reset',
      code: 'HEADS_UNKNOWN',
    })
  })

  it('builds, seals and inserts a block', async () => {
    const { controller, engine, build, seal } = await setUpReady()
    const block = await seal(await build())
    expect(controller.heads!.unsafe.number).toBe(0n)
    expect(await controller.insert(block)).toEqual({ type: 'inserted' })
    expect(controller.heads!.unsafe).toEqual(block.ref)
    expect(engine.head).toEqual(block.ref)
  })

  it('begins the next block in the call that makes a block the head', async () => {
    const { controller, engine, build, seal, attributes } = await setUpReady()
    const job = await build()
    const block = await seal(job)
    const attributesOnTop = { ...attributes(), timestamp: block.ref.timestamp + 2n }
    const made = engine.calls.length
    const outcome = await controller.insert(block, undefined, () => attributesOnTop)
    expect(outcome).toMatchObject({ type: 'inserted', job: { parent: block.ref } })
    expect(engine.calls.slice(made).map(({ method }) => method)).toEqual([
      'newPayload',
      'startBuild',
    ])
    expect(controller.heads!.unsafe).toEqual(block.ref)
    expect(controller.isBehind).toBe(false)
    const next = await controller.seal((outcome as { job: BuildJob }).job)
    expect(next).toMatchObject({ type: 'sealed', block: { ref: { number: 2n } } })
  })

  it('makes a block the head also when the engine refuses to begin the next one', async () => {
    const { controller, engine, build, seal, attributes } = await setUpReady()
    const block = await seal(await build())
    engine.fail('startBuild', { type: 'error', error: new EngineApiError(-38003, 'scripted') })
    expect(await controller.insert(block, undefined, attributes)).toEqual({ type: 'inserted' })
    expect(controller.heads!.unsafe).toEqual(block.ref)
    expect(engine.head).toEqual(block.ref)
  })

  it('hashes the blocks of an engine that it does not trust', async () => {
    const tamper = {
      type: 'tamper',
      change: ({ executionPayload, ...rest }: PayloadEnvelope) => ({
        ...rest,
        executionPayload: { ...executionPayload, gasUsed: 1n },
      }),
    } as const
    const seal = async (trustsEngine: boolean) => {
      const { controller, engine, build } = await setUpReady({ trustsEngine })
      engine.fail('getPayload', tamper)
      return controller.seal(await build())
    }
    const reason = { code: 'PAYLOAD_BLOCK_HASH' }
    expect(await seal(false)).toMatchObject({ type: 'invalid', reason })
    expect(await seal(true)).toMatchObject({ type: 'sealed' })
  })

  it('does not build on a block that is no longer the head', async () => {
    const { controller, genesis, attributes, makeBlock, engine } = await setUpReady()
    const old = attributes()
    const block = await makeBlock()
    const builds = engine.countCalls('startBuild')
    expect(await controller.build(genesis, old)).toEqual({ type: 'stale', head: block.ref })
    expect(engine.countCalls('startBuild')).toBe(builds)
  })

  it('decides that in its turn, not when it is asked', async () => {
    const { controller, genesis, attributes, build, seal } = await setUpReady()
    const block = await seal(await build())
    const late = attributes()
    const insert = controller.insert(block)
    const outcome = controller.build(genesis, late)
    expect(await insert).toEqual({ type: 'inserted' })
    expect(await outcome).toEqual({ type: 'stale', head: block.ref })
  })

  it('does not seal a block whose parent is no longer the head', async () => {
    const { controller, build, makeBlock, engine } = await setUpReady()
    const job = await build()
    const block = await makeBlock((attributes) => ({ ...attributes, gasLimit: 1_000_000n }))
    const seals = engine.countCalls('getPayload')
    expect(await controller.seal(job)).toEqual({ type: 'stale', head: block.ref })
    expect(engine.countCalls('getPayload')).toBe(seals)
  })

  it('does not insert a sibling of the head', async () => {
    const { controller, build, seal, makeBlock } = await setUpReady()
    const sibling = await seal(await build())
    const block = await makeBlock((attributes) => ({ ...attributes, gasLimit: 1_000_000n }))
    expect(await controller.insert(sibling)).toEqual({ type: 'stale', head: block.ref })
    expect(controller.heads!.unsafe).toEqual(block.ref)
  })

  it('inserts what is the head already without asking the engine', async () => {
    const { controller, engine, makeBlock } = await setUpReady()
    const block = await makeBlock()
    const calls = engine.calls.length
    expect(await controller.insert(block)).toEqual({ type: 'inserted' })
    expect(engine.calls).toHaveLength(calls)
  })

  it('serves others between build and seal', async () => {
    const { controller, build, makeBlock } = await setUpReady()
    const job = await build()
    await makeBlock((attributes) => ({ ...attributes, gasLimit: 1_000_000n }))
    expect((await controller.seal(job)).type).toBe('stale')
  })

  it('leaves its heads alone when the engine does not follow', async () => {
    const { controller, engine, build, seal, genesis } = await setUpReady()
    const block = await seal(await build())
    engine.fail('forkchoice', { type: 'error', error: new EngineApiError(-38002, 'scripted') })
    await expect(controller.insert(block)).rejects.toMatchObject({ severity: 'reset' })
    expect(controller.heads!.unsafe).toEqual(genesis)
  })

  it('gives a hung engine up after ten seconds, and takes the next task', async () => {
    const { controller, engine, clock, build, seal } = await setUpReady()
    const block = await seal(await build())
    engine.fail('newPayload', { type: 'hang' })
    const first = controller.insert(block)
    const second = controller.insert(block)
    let isGivenUp = false
    first.catch(() => {
      isGivenUp = true
    })
    await clock.advance(9_999)
    expect(isGivenUp).toBe(false)
    await clock.advance(1)
    await expect(first).rejects.toMatchObject({ severity: 'temporary', code: 'ENGINE_TEMPORARY' })
    expect(await second).toEqual({ type: 'inserted' })
  })

  it('ends with the reason of the signal when it is aborted', async () => {
    const { controller, engine, genesis, attributes } = await setUpReady()
    engine.fail('startBuild', { type: 'hang' })
    const stop = new AbortController()
    const outcome = controller.build(genesis, attributes(), stop.signal)
    await settle()
    stop.abort(new Error('enough'))
    await expect(outcome).rejects.toThrow('enough')
  })

  it('lets ten fruitless fork choices pass in a second', async () => {
    const { controller, engine, clock, genesis, attributes } = await setUpReady()
    await clock.advance(5_000)
    const sinceMs = clock.now()
    const tries = 25
    engine.fail('startBuild', ...Array(tries).fill({ type: 'status', status: 'SYNCING' }))
    for (let i = 0; i < tries; i++) {
      controller.build(genesis, attributes()).catch(() => undefined)
    }
    await clock.advance(900)
    expect(engine.countCalls('startBuild', sinceMs)).toBe(10)
    await clock.advance(1_000)
    expect(engine.countCalls('startBuild', sinceMs)).toBe(20)
  })

  it('does not hold back a chain that grows', async () => {
    const { clock, makeBlock, engine } = await setUpReady()
    const nowMs = clock.now()
    for (let i = 0; i < 30; i++) await makeBlock()
    expect(clock.now()).toBe(nowMs)
    expect(engine.head.number).toBe(30n)
  })

  it('refuses heads that are out of order', async () => {
    const { controller, genesis, makeBlock } = await setUpReady()
    const { ref } = await makeBlock()
    const heads = { unsafe: ref, pendingSafe: genesis, safe: genesis, finalized: genesis }
    await expect(controller.reset({ ...heads, safe: ref })).rejects.toMatchObject({
      severity: 'reset',
      code: 'HEADS_OUT_OF_ORDER',
    })
    await expect(
      controller.reset({ unsafe: genesis, pendingSafe: genesis, safe: genesis, finalized: ref }),
    ).rejects.toMatchObject({ severity: 'critical', code: 'FINALIZED_AHEAD' })
    expect(controller.heads!.unsafe).toEqual(ref)
  })

  it('goes back when it is reset', async () => {
    const { controller, genesis, makeBlock, engine } = await setUpReady()
    await makeBlock()
    await controller.reset({
      unsafe: genesis,
      pendingSafe: genesis,
      safe: genesis,
      finalized: genesis,
    })
    expect(engine.head).toEqual(genesis)
  })

  it('cancels a job without a word when the engine has lost it', async () => {
    const { controller, build, engine } = await setUpReady()
    const job = await build()
    engine.expireJobs()
    await controller.cancel(job)
    expect(await controller.seal(job)).toMatchObject({ type: 'expired' })
  })
})

function setUp({ trustsEngine = false } = {}) {
  const clock = new ManualClock(1_700_000_000_000)
  const config = fakeRollupConfig({
    l1Genesis: { hash: `0x${'11'.repeat(32)}`, number: 5n },
    l2Time: 1_700_000_000n,
  })
  const engine = new FakeEngine({ config }, { clock })
  const controller = new EngineController(
    { config, trustsEngine },
    { engine, l2: engine, clock, logger: silentLogger },
  )
  const genesis = engine.head
  const attributes = () => attributesOnHead(engine, config)
  return { clock, config, engine, controller, genesis, attributes }
}

async function setUpReady(options: Parameters<typeof setUp>[0] = {}) {
  const world = setUp(options)
  const { controller, genesis, engine, config, attributes } = world
  await controller.reset({
    unsafe: genesis,
    pendingSafe: genesis,
    safe: genesis,
    finalized: genesis,
  })
  const build = async (parent: L2BlockRef = engine.head): Promise<BuildJob> => {
    const outcome = await controller.build(parent, attributes())
    if (outcome.type !== 'started') throw new Error(`build: ${outcome.type}`)
    return outcome.job
  }
  const seal = async (job: BuildJob): Promise<SealedBlock> => {
    const outcome = await controller.seal(job)
    if (outcome.type !== 'sealed') throw new Error(`seal: ${outcome.type}`)
    return outcome.block
  }
  /** A block that did not come out of a build job of ours. */
  const makeBlock = async (
    change: (attributes: PayloadAttributes) => PayloadAttributes = (same) => same,
  ): Promise<SealedBlock> => {
    const envelope = engine.buildElsewhere(engine.head.hash, change(attributes()))
    const block = readSealedBlock(config, envelope)
    const outcome = await controller.insert(block)
    if (outcome.type !== 'inserted') throw new Error(`insert: ${outcome.type}`)
    return block
  }
  return { ...world, build, seal, makeBlock }
}
