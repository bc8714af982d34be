import { describe, expect, test } from 'vitest'
import type { Hash } from '../../../src/base/hex.ts'
import { forkTimesUpTo } from '../../../src/chain/forks.ts'
import { encodeBlob } from '../../../src/protocol/batch/blobCodec.ts'
import { encodeFrames } from '../../../src/protocol/batch/frame.ts'
import { encodeSingularBatch } from '../../../src/protocol/batch/singularBatch.ts'
import { configUpdateTopic } from '../../../src/protocol/systemConfigUpdate.ts'
import { Batcher, fakeBlobHash, framesOf } from '../../../src/testing/batcher.ts'
import { DerivationWorld, type SequencedBatch } from '../../../src/testing/derivationWorld.ts'

function dataOf(...blocks: readonly SequencedBatch[]): Uint8Array {
  return encodeFrames(framesOf(blocks.map(({ batch }) => encodeSingularBatch(batch))))
}

/** The log by which the SystemConfig contract names a new batcher. */
function newBatcherLog(world: DerivationWorld, batcher: Batcher) {
  const word = (hex: string) => hex.padStart(64, '0')
  const data = `${word('20')}${word('20')}${word(batcher.address.slice(2))}`
  return {
    address: world.config.l1SystemConfigAddress,
    topics: [configUpdateTopic, `0x${word('')}`, `0x${word('0')}`] as Hash[],
    data: Uint8Array.from(Buffer.from(data, 'hex')),
  }
}

describe('what counts as a batcher transaction', () => {
  test('legacy ones, protected or not, and EIP-1559 ones', async () => {
    const world = new DerivationWorld()
    const { config, batcher } = world
    const [a, b, c] = await world.sequenceMany(3)
    world.l1.mine({ transactions: [batcher.legacy(config, dataOf(a!), true)] })
    world.l1.mine({ transactions: [batcher.legacy(config, dataOf(b!), false)] })
    world.l1.mine({ transactions: [batcher.calldata(config, dataOf(c!))] })
    await world.derive()
    expect(world.safeHead).toEqual(world.sequencerHead)
  })

  test('not those of others, to others, or for another chain', async () => {
    const world = new DerivationWorld()
    const { config, batcher } = world
    const data = dataOf(...(await world.sequenceMany(2)))
    const elsewhere = { ...config, batchInboxAddress: config.depositContractAddress }
    world.l1.mine({
      transactions: [
        new Batcher('someone else').calldata(config, data),
        batcher.calldata(elsewhere, data),
        batcher.calldata({ ...config, l1ChainId: 1n }, data),
        batcher.legacy({ ...config, l1ChainId: 1n }, data, true),
        Uint8Array.of(0x05, 0xc0),
        Uint8Array.of(0xc0),
      ],
    })
    await world.derive()
    expect(world.safeHead.number).toBe(0n)
    expect(world.events).toEqual([])
  })

  test('blobs and calldata, in the order of the block; calldata of blob transactions does not count', async () => {
    const world = new DerivationWorld()
    const { config, batcher } = world
    const [a, b, c] = await world.sequenceMany(3)
    const blobs = [encodeBlob(dataOf(a!)), encodeBlob(dataOf(b!))]
    world.l1.mine({
      transactions: [
        batcher.blobs(config, blobs.map(fakeBlobHash), dataOf(c!)),
        batcher.calldata(config, dataOf(c!)),
      ],
      blobs,
    })
    await world.derive()
    expect(world.verdicts).toEqual(['accept', 'accept', 'accept'])
    expect(world.safeHead).toEqual(world.sequencerHead)
  })

  test('before Ecotone a blob transaction is read by its calldata', async () => {
    const world = new DerivationWorld({ config: { forkTimes: forkTimesUpTo('delta') } })
    const { config, batcher } = world
    const data = dataOf(...(await world.sequenceMany(2)))
    world.l1.mine({ transactions: [batcher.blobs(config, [`0x01${'00'.repeat(31)}`], data)] })
    await world.derive()
    expect(world.safeHead).toEqual(world.sequencerHead)
    expect(world.l1.calls.get('blobsOfBlock')).toBeUndefined()
  })

  test('a blob that is not encoded as one is passed over', async () => {
    const world = new DerivationWorld()
    const { config, batcher } = world
    const good = encodeBlob(dataOf(...(await world.sequenceMany(2))))
    const bad = good.slice()
    bad[1] = 7
    const hashes = [bad, good].map(fakeBlobHash)
    world.l1.mine({ transactions: [batcher.blobs(config, hashes)], blobs: [bad, good] })
    await world.derive()
    expect(world.count('blobDropped')).toBe(1)
    expect(world.safeHead).toEqual(world.sequencerHead)
  })
})

describe('a new batcher key', () => {
  test('counts from the very block that names it, and the old one no more', async () => {
    const world = new DerivationWorld()
    const { config, batcher } = world
    const successor = new Batcher('successor')
    const [a, b, c] = await world.sequenceMany(3)
    world.l1.mine({ transactions: [batcher.calldata(config, dataOf(a!))] })
    world.l1.mine({
      logs: [newBatcherLog(world, successor)],
      transactions: [batcher.calldata(config, dataOf(b!)), successor.calldata(config, dataOf(b!))],
    })
    world.l1.mine({ transactions: [successor.calldata(config, dataOf(c!))] })
    await world.derive()
    expect(world.verdicts).toEqual(['accept', 'accept', 'accept'])
    expect(world.safeHead).toEqual(world.sequencerHead)
  })

  test('is known again after a reset that goes back before it', async () => {
    const world = new DerivationWorld()
    const { config, batcher } = world
    const successor = new Batcher('successor')
    const blocks = await world.sequenceMany(3)
    world.l1.mine({ transactions: [batcher.calldata(config, dataOf(...blocks))] })
    await world.derive()
    world.l1.mine({ logs: [newBatcherLog(world, successor)] })
    world.l1.mine({
      transactions: [successor.calldata(config, dataOf(...(await world.sequenceMany(2))))],
    })
    await world.restart()
    await world.derive()
    expect(world.safeHead).toEqual(world.sequencerHead)
  })

  test('in a malformed log changes nothing and is reported', async () => {
    const world = new DerivationWorld()
    const log = newBatcherLog(world, new Batcher('successor'))
    world.l1.mine({ logs: [{ ...log, data: log.data.subarray(1) }] })
    world.postSingular(...(await world.sequenceMany(1)))
    await world.derive()
    expect(world.count('configUpdateDropped')).toBe(1)
    expect(world.safeHead).toEqual(world.sequencerHead)
  })
})

describe('an L1 reorg', () => {
  test.each([1, 2, 7, 64])(
    'of %i blocks asks for a reset, and the new branch is derived',
    async (depth) => {
      const world = new DerivationWorld({ config: { seqWindowSize: 200n } })
      world.postSingular(...(await world.sequenceMany(2)))
      await world.derive()
      world.l1.mineMany(depth)
      await world.derive()
      world.l1.rewind(depth)
      world.postSingular(...(await world.sequenceMany(2)))
      world.l1.mineMany(depth)
      await expect(world.derive()).rejects.toMatchObject({ severity: 'reset', code: 'L1_REORG' })
      await world.restart()
      await world.derive()
      expect(world.safeHead).toEqual(world.sequencerHead)
    },
  )

  test('to a shorter branch is noticed when that grows past the block that was read', async () => {
    const world = new DerivationWorld()
    world.l1.mineMany(3)
    await world.derive()
    world.l1.rewind(3)
    world.l1.mine()
    expect(await world.derive()).toEqual([])
    world.l1.mineMany(3)
    await expect(world.derive()).rejects.toMatchObject({ code: 'L1_REORG' })
  })
})

describe('an L1 that fails', () => {
  test('at any call changes nothing but the time it takes', async () => {
    const calls = async (failAt: number) => {
      const world = new DerivationWorld()
      const blob = encodeBlob(dataOf(...(await world.sequenceMany(3))))
      const { config, batcher } = world
      world.l1.mine({ transactions: [batcher.blobs(config, [fakeBlobHash(blob)])], blobs: [blob] })
      world.l1.mine({ logs: [newBatcherLog(world, batcher)] })
      const adopting = []
      for (let i = 0; i < 3; i++) adopting.push(await world.sequence())
      adopting.push(await world.sequence([], world.l1.at(1n)))
      world.postSpan(...adopting)
      const before = [...world.l1.calls.values()].reduce((sum, count) => sum + count, 0)
      const total = () =>
        [...world.l1.calls.values()].reduce((sum, count) => sum + count, 0) - before
      let failures = 0
      for (;;) {
        if (total() >= failAt && failures === 0) world.l1.failures = ++failures
        try {
          const outcome = await world.pipeline.step(world.safeHead)
          if (outcome.type === 'attributes') await world.adopt(outcome.derived)
          if (outcome.type === 'idle') break
        } catch (error) {
          expect(error).toMatchObject({ severity: 'temporary' })
        }
      }
      expect(world.safeHead).toEqual(world.sequencerHead)
      return total()
    }
    const needed = await calls(Number.POSITIVE_INFINITY)
    for (let failAt = 0; failAt < needed; failAt++) await calls(failAt)
    expect(needed).toBeGreaterThan(10)
  })
})

describe('receipts', () => {
  test('are read only where the bloom admits a deposit or a config update', async () => {
    const world = new DerivationWorld()
    world.l1.mineMany(3)
    world.l1.mine({ logs: [newBatcherLog(world, world.batcher)] })
    world.l1.mine({
      logs: [{ address: `0x${'12'.repeat(20)}`, topics: [], data: new Uint8Array(0) }],
    })
    await world.derive()
    expect(world.l1.calls.get('receiptsByHash')).toBe(1)
  })
})

describe('the activation of Holocene', () => {
  const config = { forkTimes: { ...forkTimesUpTo('granite'), holocene: 1_000_036n } }

  test('forgets frames and batches from before', async () => {
    const world = new DerivationWorld({ config })
    const [a, b, c] = await world.sequenceMany(3)
    const [first, second] = framesOf([encodeSingularBatch(a!.batch)], { frameCount: 2 })
    world.postSingular(c!, b!)
    world.post([first!])
    world.post([second!])
    await world.derive()
    expect(world.count('holoceneActivated')).toBe(1)
    expect(world.safeHead.number).toBe(0n)
    world.postSingular(a!)
    await world.derive()
    expect(world.safeHead.number).toBe(1n)
  })

  test('takes batches of epochs from before, by the new rules', async () => {
    const world = new DerivationWorld({ config })
    const [a, b] = await world.sequenceMany(2)
    world.l1.mineMany(2)
    world.postSingular(a!, a!, b!)
    await world.derive()
    expect(world.verdicts).toEqual(['accept', 'past', 'accept'])
    expect(world.safeHead).toEqual(world.sequencerHead)
  })

  test('does not touch what was safe already', async () => {
    const world = new DerivationWorld({ config })
    world.postSpan(...(await world.sequenceMany(3)))
    await world.derive()
    world.l1.mineMany(4)
    world.postSpan(...(await world.sequenceMany(2)))
    await world.derive()
    expect(world.safeHead).toEqual(world.sequencerHead)
  })
})

describe('span batches', () => {
  test('do not count before Delta', async () => {
    const world = new DerivationWorld({ config: { forkTimes: forkTimesUpTo('canyon') } })
    const blocks = await world.sequenceMany(2)
    world.postSpan(...blocks)
    await world.derive()
    expect(world.count('batchMalformed')).toBe(1)
    world.postSingular(...blocks)
    await world.derive()
    expect(world.safeHead).toEqual(world.sequencerHead)
  })

  test('of a channel in brotli count from Fjord on', async () => {
    for (const [fork, height] of [
      ['ecotone', 0n],
      ['fjord', 2n],
    ] as const) {
      const world = new DerivationWorld({ config: { forkTimes: forkTimesUpTo(fork) } })
      const blocks = await world.sequenceMany(2)
      world.post(framesOf([world.span(...blocks)], { compression: 'brotli' }))
      await world.derive()
      expect(world.safeHead.number).toBe(height)
    }
  })
})

describe('a pipeline', () => {
  test('must be reset before it steps', async () => {
    const world = new DerivationWorld()
    const fresh = world.pipelineFrom(world.l1)
    await expect(fresh.step(world.safeHead)).rejects.toMatchObject({ code: 'PIPELINE_NOT_RESET' })
  })

  test('asks for a reset when the safe head is on another L1 chain than it reads', async () => {
    const world = new DerivationWorld()
    world.postSpan(...(await world.sequenceMany(2)))
    await world.pipeline.step(world.safeHead)
    const l1Origin = { number: 0n, hash: `0x${'77'.repeat(32)}` as Hash }
    await expect(world.pipeline.step({ ...world.safeHead, l1Origin })).rejects.toMatchObject({
      severity: 'reset',
      code: 'EPOCH_CONFLICT',
    })
  })

  test('asks for a reset when the safe head moved while a batch waited for its attributes', async () => {
    const world = new DerivationWorld()
    world.postSpan(...(await world.sequenceMany(2)))
    world.verifier.isDown = true
    await expect(world.derive()).rejects.toMatchObject({ severity: 'temporary' })
    world.verifier.isDown = false
    const moved = { ...world.safeHead, hash: `0x${'88'.repeat(32)}` as Hash }
    await expect(world.pipeline.step(moved)).rejects.toMatchObject({ code: 'SAFE_HEAD_MOVED' })
  })
})
