import { serializeTransaction, toHex } from 'viem'
import { describe, expect, it } from 'vitest'
import { hexToBytes, zeroAddress } from '../base/hex.ts'
import { forkTimesUpTo } from '../chain/forks.ts'
import type { L1BlockRef, L2BlockRef } from '../chain/refs.ts'
import { EngineApiError } from '../protocol/engineApiError.ts'
import { silentLogger } from '../runtime/logger.ts'
import { FakeEngine } from '../testing/fakeEngine.ts'
import { fakeRollupConfig } from '../testing/fakeRollup.ts'
import { ManualClock } from '../testing/manualClock.ts'
import { attributesOnHead } from '../testing/rpcEngine.ts'
import { EngineController } from './controller.ts'
import { readSealedBlock } from './sealedBlock.ts'
import type { DerivedBlock } from './tasks.ts'

const userTransaction = Uint8Array.of(2, 0xc0)

/** With a signature that some key fits, unless told otherwise: 5 is no x-coordinate of the curve. */
function transactionWith({ gas = 21_000n, r = 1n } = {}): Uint8Array {
  const word = (value: bigint) => toHex(value, { size: 32 })
  const signature = { r: word(r), s: word(1n), yParity: 0 }
  const fields = { type: 'eip1559', chainId: 901, to: zeroAddress, gas, maxFeePerGas: 9n } as const
  return hexToBytes(serializeTransaction(fields, signature))
}
const l1Block: L1BlockRef = {
  hash: `0x${'1b'.repeat(32)}`,
  number: 9n,
  parentHash: `0x${'1a'.repeat(32)}`,
  timestamp: 1_700_000_100n,
}

describe('consolidation', () => {
  it('makes an unsafe block safe without executing it', async () => {
    const { controller, engine, extend, derive } = await setUp()
    const derived = derive()
    const block = await extend()
    const calls = engine.calls.length
    expect(await controller.consolidate(derived)).toEqual({
      type: 'consolidated',
      head: block,
      isNew: false,
    })
    expect(controller.heads).toMatchObject({ unsafe: block, pendingSafe: block, safe: block })
    expect(engine.calls).toHaveLength(calls)
  })

  it('tells the engine of safe heads when it is asked to, once', async () => {
    const { controller, engine, extend, derive } = await setUp()
    const derived = derive()
    const block = await extend()
    await controller.consolidate(derived)
    expect(controller.isBehind).toBe(true)
    await controller.synchronize()
    expect(await engine.blockRefByLabel('safe')).toEqual(block)
    const calls = engine.calls.length
    await controller.synchronize()
    expect(engine.calls).toHaveLength(calls)
    expect(controller.isBehind).toBe(false)
  })

  it('builds the block where there is none', async () => {
    const { controller, engine, derive } = await setUp()
    const outcome = await controller.consolidate(derive())
    const head = engine.head
    expect(outcome).toEqual({ type: 'consolidated', head, isNew: true })
    expect(head.number).toBe(1n)
    expect(controller.heads).toMatchObject({ unsafe: head, pendingSafe: head, safe: head })
    expect(await engine.blockRefByLabel('safe')).toEqual(head)
  })

  it('replaces an unsafe block that is another one, and all behind it', async () => {
    const { controller, engine, extend, derive } = await setUp()
    const derived = derive()
    await extend([userTransaction])
    await extend()
    const outcome = await controller.consolidate(derived)
    expect(outcome).toMatchObject({ type: 'consolidated', isNew: true })
    expect(engine.head.number).toBe(1n)
    expect(controller.heads!.unsafe).toEqual(engine.head)
  })

  it('replaces an unsafe block that cannot be read', async () => {
    const { controller, engine, derive, genesis } = await setUp()
    const derived = derive()
    const envelope = engine.buildElsewhere(genesis.hash, {
      ...derived.attributes,
      transactions: [Uint8Array.of(0x7e, 0xc0)],
    })
    const { blockHash: hash, blockNumber: number, timestamp } = envelope.executionPayload
    // An engine that fetches the chain by itself does not ask whether its blocks make sense to a rollup.
    const ref = { ...genesis, hash, number, parentHash: genesis.hash, timestamp }
    expect(await controller.insert({ envelope, ref })).toEqual({ type: 'inserted' })
    expect(await controller.consolidate(derived)).toMatchObject({
      type: 'consolidated',
      isNew: true,
    })
    expect(controller.heads!.unsafe).toEqual(engine.head)
  })

  it('does not mistake the sequencer’s job for its own: the job goes stale, the derived block stands', async () => {
    const { controller, engine, extend, derive } = await setUp()
    const derived = derive([userTransaction])
    const unsafe = await extend()
    const started = await controller.build(unsafe, attributesOnHead(engine, engine.config))
    if (started.type !== 'started') throw new Error(started.type)
    expect(await controller.consolidate(derived)).toMatchObject({ type: 'consolidated' })
    expect(await controller.seal(started.job)).toEqual({ type: 'stale', head: engine.head })
  })

  it('leaves alone what was derived on another block', async () => {
    const { controller, derive } = await setUp()
    const late = derive()
    await controller.consolidate(derive())
    const { pendingSafe } = controller.heads!
    expect(await controller.consolidate(late)).toEqual({ type: 'stale', head: pendingSafe })
  })

  it('keeps the blocks of a span pending until the last one', async () => {
    const { controller, engine, derive, genesis } = await setUp()
    await controller.consolidate({ ...derive(), isConcluding: false })
    expect(controller.heads).toMatchObject({ pendingSafe: engine.head, safe: genesis })
    expect(await engine.blockRefByLabel('safe')).toEqual(genesis)
    await controller.consolidate(derive())
    expect(controller.heads!.safe).toEqual(engine.head)
    expect(engine.head.number).toBe(2n)
  })

  it('resets when the engine lacks a block below its head', async () => {
    const { controller, engine, extend, derive } = await setUp()
    const derived = derive()
    await extend()
    engine.restart(1)
    await expect(controller.consolidate(derived)).rejects.toMatchObject({
      severity: 'reset',
      code: 'UNSAFE_BLOCK_MISSING',
    })
  })

  it('tries again after an engine that gives no answer, in any call', async () => {
    for (const method of ['startBuild', 'getPayload', 'newPayload', 'forkchoice'] as const) {
      const { controller, engine, derive } = await setUp()
      const derived = derive([userTransaction])
      engine.fail(method, { type: 'error', error: new Error('connection refused') })
      await expect(controller.consolidate(derived), method).rejects.toMatchObject({
        severity: 'temporary',
      })
      expect(await controller.consolidate(derived)).toMatchObject({ type: 'consolidated' })
      expect(controller.heads!.safe).toEqual(engine.head)
    }
  })

  describe('an engine that gives no block for what nobody can execute', () => {
    const noBlock = (message = 'Server error') =>
      ({ type: 'error', error: new EngineApiError(-32603, message) }) as const
    const unsigned = transactionWith({ r: 5n })
    const signedTransaction = transactionWith()

    it.each([
      ['has no signer', unsigned],
      ['is malformed', Uint8Array.of(2, 0xc0)],
      ['carries blobs', Uint8Array.of(3, 0xc0)],
      ['is of a type that nobody knows', Uint8Array.of(0x55, 0xc0)],
      ['wants more gas than the block has', transactionWith({ gas: 1_000_000_000_000n })],
    ])('is believed where a transaction %s', async (_, transaction) => {
      // op-reth fails in getPayload, op-geth before.
      for (const method of ['getPayload', 'startBuild'] as const) {
        const { controller, engine, derive } = await setUp()
        engine.fail(method, noBlock('method handler crashed'))
        expect(await controller.consolidate(derive([transaction]))).toMatchObject({
          type: 'invalid',
          reason: { code: 'TRANSACTION_UNUSABLE' },
          remedy: 'depositsOnly',
        })
      }
    })

    it('is believed before Holocene too', async () => {
      const { controller, engine, derive } = await setUp('granite')
      engine.fail('getPayload', noBlock())
      const outcome = await controller.consolidate(derive([unsigned]))
      expect(outcome).toMatchObject({ type: 'invalid', remedy: 'nextBatch' })
    })

    it('is believed when it says that the block is too small for the transactions', async () => {
      const { controller, engine, derive } = await setUp()
      const words = 'transaction gas limit 900 is more than blocks available gas 800'
      engine.fail('getPayload', noBlock(words))
      const outcome = await controller.consolidate(derive([signedTransaction]))
      expect(outcome).toMatchObject({ type: 'invalid', reason: { rpcMessage: words } })
    })

    it('is asked again where all transactions can be executed', async () => {
      const { controller, engine, derive } = await setUp()
      engine.fail('getPayload', noBlock())
      const derived = derive([signedTransaction])
      await expect(controller.consolidate(derived)).rejects.toMatchObject({
        code: 'DERIVED_BLOCK_LOST',
        severity: 'temporary',
      })
      expect(await controller.consolidate(derived)).toMatchObject({ type: 'consolidated' })
    })
  })

  it('brings an engine back that moved its head for a build and never said so', async () => {
    const { controller, engine, clock, extend, derive } = await setUp()
    const derived = derive([userTransaction])
    await extend()
    const unsafe = await extend()
    engine.fail('startBuild', { type: 'loseAnswer' })
    const lost = controller.consolidate(derived)
    lost.catch(() => undefined)
    await clock.advance(10_000)
    await expect(lost).rejects.toMatchObject({ severity: 'temporary' })
    expect(engine.head).toEqual(derived.parent)
    await controller.synchronize()
    expect(engine.head).toEqual(unsafe)
  })

  it('does not take a block that was not asked for', async () => {
    const { controller, engine, derive } = await setUp()
    const derived = derive()
    engine.fail('getPayload', {
      type: 'tamper',
      change: (envelope) => ({
        ...envelope,
        executionPayload: { ...envelope.executionPayload, gasUsed: 1n },
      }),
    })
    await expect(controller.consolidate(derived)).rejects.toMatchObject({
      severity: 'temporary',
      code: 'DERIVED_BLOCK_LOST',
    })
  })

  it('resets when the engine does not know the heads', async () => {
    const { controller, engine, derive } = await setUp()
    engine.fail('startBuild', { type: 'error', error: new EngineApiError(-38002, 'unknown') })
    await expect(controller.consolidate(derive())).rejects.toMatchObject({ severity: 'reset' })
  })
})

describe('derived blocks that the engine calls invalid', () => {
  const refusals = {
    'as attributes': { method: 'startBuild', code: -38003 },
    'as a block': { method: 'newPayload', code: undefined },
  } as const

  for (const [when, { method, code }] of Object.entries(refusals)) {
    it(`are asked for anew with deposits alone, from Holocene on (${when})`, async () => {
      const { controller, engine, derive, genesis } = await setUp()
      const derived = derive([userTransaction])
      refuse(engine, method, code)
      expect(await controller.consolidate(derived)).toMatchObject({
        type: 'invalid',
        remedy: 'depositsOnly',
      })
      expect(controller.heads).toMatchObject({ pendingSafe: genesis, safe: genesis })
      expect(await controller.consolidate(derive())).toMatchObject({ type: 'consolidated' })
    })

    it(`give way to the next batch before Holocene (${when})`, async () => {
      const { controller, engine, derive, genesis } = await setUp('granite')
      await controller.consolidate({ ...derive(), isConcluding: false })
      const derived = derive([userTransaction])
      refuse(engine, method, code)
      expect(await controller.consolidate(derived)).toMatchObject({
        type: 'invalid',
        remedy: 'nextBatch',
      })
      expect(controller.heads).toMatchObject({ pendingSafe: genesis, safe: genesis })
    })
  }

  it('are recognised when the engine builds them without the transactions that it cannot execute', async () => {
    const { controller, engine, derive, genesis } = await setUp()
    const derived = derive([userTransaction])
    const shorter = engine.buildElsewhere(engine.head.hash, derive().attributes)
    engine.fail('getPayload', { type: 'tamper', change: () => shorter })
    expect(await controller.consolidate(derived)).toMatchObject({
      type: 'invalid',
      remedy: 'depositsOnly',
      reason: { code: 'TRANSACTIONS_LEFT_OUT' },
    })
    expect(controller.heads!.unsafe).toEqual(genesis)
    expect(await controller.consolidate(derive())).toMatchObject({ type: 'consolidated' })
  })

  it('are not what an engine makes of them that builds something else', async () => {
    const { controller, engine, derive } = await setUp()
    const derived = derive([userTransaction])
    const other = engine.buildElsewhere(engine.head.hash, {
      ...derived.attributes,
      gasLimit: derived.attributes.gasLimit + 1n,
    })
    engine.fail('getPayload', { type: 'tamper', change: () => other })
    await expect(controller.consolidate(derived)).rejects.toMatchObject({
      severity: 'temporary',
      code: 'DERIVED_BLOCK_OTHER',
    })
    expect(await controller.consolidate(derived)).toMatchObject({ type: 'consolidated' })
  })

  it('are fatal when they hold deposits alone', async () => {
    const { controller, engine, derive } = await setUp()
    refuse(engine, 'newPayload', undefined)
    await expect(controller.consolidate(derive())).rejects.toMatchObject({
      severity: 'critical',
      code: 'DEPOSITS_INVALID',
    })
  })

  it('let the unsafe chain come back that their span pushed aside', async () => {
    const { controller, engine, extend, derive } = await setUp('granite')
    const first = { ...derive([userTransaction]), isConcluding: false }
    const old = [await extend(), await extend(), await extend()]
    await controller.consolidate(first)
    expect(engine.head.number).toBe(1n)
    const second = derive([userTransaction])
    refuse(engine, 'newPayload', undefined)
    await controller.consolidate(second)
    expect(controller.isBehind).toBe(true)
    await controller.synchronize()
    expect(engine.head).toEqual(old[2])
    expect(controller.heads!.unsafe).toEqual(old[2])
    expect(controller.isBehind).toBe(false)
  })

  it('try to restore it again only if the engine gave no answer', async () => {
    const { controller, engine, extend, derive } = await setUp('granite')
    const first = { ...derive([userTransaction]), isConcluding: false }
    const old = await extend()
    await controller.consolidate(first)
    const second = derive([userTransaction])
    refuse(engine, 'newPayload', undefined)
    await controller.consolidate(second)
    engine.fail('forkchoice', { type: 'error', error: new Error('connection refused') })
    await expect(controller.synchronize()).rejects.toMatchObject({ severity: 'temporary' })
    await controller.synchronize()
    expect(controller.heads!.unsafe).toEqual(old)
  })

  it('leave the unsafe chain as it is when the engine cannot restore the old one', async () => {
    const { controller, engine, extend, derive } = await setUp('granite')
    const first = { ...derive([userTransaction]), isConcluding: false }
    await extend()
    await controller.consolidate(first)
    const { unsafe } = controller.heads!
    const second = derive([userTransaction])
    refuse(engine, 'newPayload', undefined)
    await controller.consolidate(second)
    engine.fail('forkchoice', { type: 'status', status: 'SYNCING' })
    await controller.synchronize()
    expect(controller.heads!.unsafe).toEqual(unsafe)
    expect(engine.head).toEqual(unsafe)
    expect(controller.isBehind).toBe(false)
  })
})

describe('finality', () => {
  it('moves to a safe block, and never back', async () => {
    const { controller, engine, derive, genesis } = await setUp()
    await controller.consolidate(derive())
    const first = engine.head
    await controller.consolidate(derive())
    await controller.finalize(engine.head)
    await controller.finalize(first)
    expect(controller.heads!.finalized).toEqual(engine.head)
    expect(await engine.blockRefByLabel('finalized')).toEqual(genesis)
    await controller.synchronize()
    expect(await engine.blockRefByLabel('finalized')).toEqual(engine.head)
  })

  it('comes between build and seal without a trace', async () => {
    const { controller, engine, extend, derive } = await setUp()
    const derived = derive()
    const safe = await extend()
    await controller.consolidate(derived)
    const started = await controller.build(safe, attributesOnHead(engine, engine.config))
    if (started.type !== 'started') throw new Error(started.type)
    await controller.finalize(safe)
    const sealed = await controller.seal(started.job)
    if (sealed.type !== 'sealed') throw new Error(sealed.type)
    expect(await controller.insert(sealed.block)).toEqual({ type: 'inserted' })
    expect(controller.heads).toMatchObject({ unsafe: sealed.block.ref, finalized: safe })
  })

  it('does not come to an unsafe block', async () => {
    const { controller, extend, genesis } = await setUp()
    await controller.finalize(await extend())
    expect(controller.heads!.finalized).toEqual(genesis)
  })
})

describe('execution-layer sync', () => {
  it('offers blocks until the engine has executed one, which becomes all heads', async () => {
    const { controller, engine, elsewhere, genesis } = await setUp('karst', {
      worksPastFinality: false,
    })
    const [tip] = elsewhere()
    expect(controller.isSyncing).toBe(true)
    engine.fail('newPayload', { type: 'status', status: 'SYNCING' })
    engine.fail('forkchoice', { type: 'status', status: 'SYNCING' })
    expect(await controller.offer(tip!)).toEqual({ type: 'syncing' })
    expect(controller.heads!.unsafe).toEqual(genesis)
    expect(await controller.offer(tip!)).toEqual({ type: 'synced' })
    const { ref } = tip!
    expect(controller.heads).toEqual({ unsafe: ref, pendingSafe: ref, safe: ref, finalized: ref })
    expect(controller.isSyncing).toBe(false)
    expect(await controller.offer(tip!)).toEqual({ type: 'notSyncing' })
  })

  it('reports a block that is invalid', async () => {
    const { controller, engine, elsewhere } = await setUp('karst', { worksPastFinality: false })
    engine.fail('newPayload', { type: 'status', status: 'INVALID' })
    expect(await controller.offer(elsewhere()[0]!)).toMatchObject({ type: 'invalid' })
    expect(controller.isSyncing).toBe(true)
  })
})

function refuse(engine: FakeEngine, method: 'startBuild' | 'newPayload', code: number | undefined) {
  if (code === undefined) engine.fail(method, { type: 'status', status: 'INVALID' })
  else engine.fail(method, { type: 'error', error: new EngineApiError(code, 'invalid') })
}

async function setUp(
  fork: 'granite' | 'karst' = 'karst',
  elSync?: { readonly worksPastFinality: boolean },
) {
  const clock = new ManualClock(1_700_000_000_000)
  const config = fakeRollupConfig({
    l1Genesis: { hash: `0x${'11'.repeat(32)}`, number: 5n },
    l2Time: 1_700_000_000n,
    forkTimes: forkTimesUpTo(fork),
  })
  const engine = Object.assign(new FakeEngine({ config }, { clock }), { config })
  const controller = new EngineController(
    { config, elSync },
    { engine, l2: engine, clock, logger: silentLogger },
  )
  const genesis = engine.head
  await controller.reset({
    unsafe: genesis,
    pendingSafe: genesis,
    safe: genesis,
    finalized: genesis,
  })
  const attributes = (transactions: readonly Uint8Array[] = []) => {
    const all = attributesOnHead(engine, config, transactions)
    return fork === 'karst' ? all : { ...all, eip1559Params: undefined, minBaseFee: undefined }
  }
  /** What L1 says comes after the head of the engine. */
  const derive = (transactions: readonly Uint8Array[] = []): DerivedBlock => ({
    attributes: attributes(transactions),
    parent: engine.head,
    derivedFrom: l1Block,
    isConcluding: true,
  })
  const elsewhere = () => [
    readSealedBlock(config, engine.buildElsewhere(engine.head.hash, attributes())),
  ]
  /** Inserts an unsafe block. */
  const extend = async (transactions: readonly Uint8Array[] = []): Promise<L2BlockRef> => {
    const envelope = engine.buildElsewhere(engine.head.hash, attributes(transactions))
    const block = readSealedBlock(config, envelope)
    await controller.insert(block)
    return block.ref
  }
  return { controller, engine, clock, genesis, extend, derive, elsewhere }
}
