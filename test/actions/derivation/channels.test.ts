import { describe, expect, test } from 'vitest'
import { forkTimesUpTo } from '../../../src/chain/forks.ts'
import { encodeSingularBatch } from '../../../src/protocol/batch/singularBatch.ts'
import { channelId, framesOf, split } from '../../../src/testing/batcher.ts'
import { DerivationWorld, type SequencedBatch } from '../../../src/testing/derivationWorld.ts'

const fjord = { forkTimes: forkTimesUpTo('fjord') }

function encoded(...blocks: readonly SequencedBatch[]): Uint8Array[] {
  return blocks.map(({ batch }) => encodeSingularBatch(batch))
}

function droppedFrames(world: DerivationWorld): string[] {
  return world.events.flatMap((event) => (event.type === 'frameDropped' ? [event.reason] : []))
}

function droppedChannels(world: DerivationWorld): string[] {
  return world.events.flatMap((event) => (event.type === 'channelDropped' ? [event.reason] : []))
}

describe('before Holocene', () => {
  test('the frames of a channel may come in any order, over several L1 blocks', async () => {
    const world = new DerivationWorld({ config: fjord })
    const [a, b, c] = framesOf(encoded(...(await world.sequenceMany(5))), { frameCount: 3 })
    world.post([c!])
    world.post([a!], [b!])
    await world.derive()
    expect(world.safeHead).toEqual(world.sequencerHead)
  })

  test('interleaved channels are both read', async () => {
    const world = new DerivationWorld({ config: fjord })
    const [first, second] = [await world.sequenceMany(3), await world.sequenceMany(3)]
    const one = framesOf(encoded(...first), { id: channelId(1), frameCount: 2 })
    const two = framesOf(encoded(...second), { id: channelId(2), frameCount: 2 })
    world.post([one[0]!, two[0]!])
    world.post([two[1]!])
    world.post([one[1]!])
    await world.derive()
    expect(world.safeHead).toEqual(world.sequencerHead)
  })

  test.each([
    ['regolith', 0],
    ['canyon', 3],
  ] as const)('%s: behind an open channel, %i blocks of a later one count', async (fork, count) => {
    const world = new DerivationWorld({ config: { forkTimes: forkTimesUpTo(fork) } })
    const blocks = await world.sequenceMany(3)
    const [opening] = split(Uint8Array.of(1, 2), 2, channelId(9))
    world.post([opening!], framesOf(encoded(...blocks), { id: channelId(1) }))
    await world.derive()
    expect(world.safeHead.number).toBe(BigInt(count))
  })

  test('a channel that is not complete in time is dropped, and what comes for it later opens a new one', async () => {
    const world = new DerivationWorld({ config: fjord })
    const [a, b] = framesOf(encoded(...(await world.sequenceMany(3))), { frameCount: 2 })
    world.post([a!])
    world.l1.mineMany(10)
    world.post([b!])
    await world.derive()
    expect(world.safeHead.number).toBe(0n)
    expect(droppedChannels(world)).toEqual(['timedOut'])
    world.post([a!])
    await world.derive()
    expect(world.safeHead).toEqual(world.sequencerHead)
  })

  test('the last block of the timeout still counts', async () => {
    const world = new DerivationWorld({ config: fjord })
    const [a, b] = framesOf(encoded(...(await world.sequenceMany(3))), { frameCount: 2 })
    world.post([a!])
    world.l1.mineMany(9)
    world.post([b!])
    await world.derive()
    expect(world.safeHead).toEqual(world.sequencerHead)
  })

  test('from Granite on the timeout is 50 blocks', async () => {
    const config = { forkTimes: forkTimesUpTo('granite'), seqWindowSize: 200n }
    const world = new DerivationWorld({ config })
    const [a, b] = framesOf(encoded(...(await world.sequenceMany(3))), { frameCount: 2 })
    world.post([a!])
    world.l1.mineMany(49)
    world.post([b!])
    await world.derive()
    expect(world.safeHead).toEqual(world.sequencerHead)
  })

  test('bad data is passed over', async () => {
    const world = new DerivationWorld({ config: fjord })
    const [good] = framesOf(encoded(...(await world.sequenceMany(2))))
    const { config, batcher } = world
    world.l1.mine({
      transactions: [
        batcher.calldata(config, new Uint8Array(0)),
        batcher.calldata(config, Uint8Array.of(1, 2, 3)),
        batcher.calldata(config, Uint8Array.of(0, 2, 3)),
      ],
    })
    world.post(split(Uint8Array.of(0x78, 1, 2, 3), 1, channelId(4)), [good!])
    world.post(split(Uint8Array.of(7), 1, channelId(5)))
    world.post(framesOf([Uint8Array.of(9)], { id: channelId(6) }))
    await world.derive()
    expect(world.count('framesDropped')).toBe(3)
    expect(world.count('channelCorrupt')).toBe(2)
    expect(world.safeHead).toEqual(world.sequencerHead)
  })
})

describe('from Holocene on', () => {
  test('frames in order make a channel, over several transactions and blocks', async () => {
    const world = new DerivationWorld()
    const frames = framesOf(encoded(...(await world.sequenceMany(5))), { frameCount: 4 })
    world.post([frames[0]!, frames[1]!], [frames[2]!])
    world.post([frames[3]!])
    await world.derive()
    expect(world.safeHead).toEqual(world.sequencerHead)
  })

  test('a frame out of order is dropped, and its channel waits for the right one', async () => {
    const world = new DerivationWorld()
    const [a, b, c] = framesOf(encoded(...(await world.sequenceMany(5))), { frameCount: 3 })
    world.post([a!], [c!])
    await world.derive()
    expect(droppedFrames(world)).toEqual(['outOfOrder'])
    world.post([b!, c!])
    await world.derive()
    expect(world.safeHead).toEqual(world.sequencerHead)
  })

  test('a frame without a channel is dropped', async () => {
    const world = new DerivationWorld()
    const [, b] = framesOf(encoded(...(await world.sequenceMany(5))), { frameCount: 2 })
    world.post([b!])
    await world.derive()
    expect(droppedFrames(world)).toEqual(['noChannel'])
  })

  test('frames behind the last one of their channel are dropped', async () => {
    const world = new DerivationWorld()
    const frames = framesOf(encoded(...(await world.sequenceMany(2))), { frameCount: 2 })
    world.post([...frames, { ...frames[1]!, number: 2 }])
    await world.derive()
    expect(droppedFrames(world)).toEqual(['notNext'])
    expect(world.safeHead).toEqual(world.sequencerHead)
  })

  test('a new channel ends one that is open, in a transaction or in a later one', async () => {
    const world = new DerivationWorld()
    const blocks = await world.sequenceMany(4)
    const [open] = framesOf(encoded(...blocks), { id: channelId(1), frameCount: 2 })
    const complete = framesOf(encoded(...blocks), { id: channelId(2) })
    world.post([open!, ...complete])
    await world.derive()
    expect(droppedFrames(world)).toEqual(['channelAbandoned'])
    expect(world.safeHead).toEqual(world.sequencerHead)
    world.post([open!])
    world.post(framesOf(encoded(...(await world.sequenceMany(1))), { id: channelId(3) }))
    await world.derive()
    expect(droppedChannels(world)).toEqual(['replaced'])
    expect(world.safeHead).toEqual(world.sequencerHead)
  })

  test('interleaved channels lose the one that was opened first', async () => {
    const world = new DerivationWorld()
    const blocks = await world.sequenceMany(3)
    const one = framesOf(encoded(...blocks), { id: channelId(1), frameCount: 2 })
    const two = framesOf(encoded(...blocks), { id: channelId(2), frameCount: 2 })
    world.post([one[0]!])
    world.post([two[0]!])
    world.post([one[1]!])
    world.post([two[1]!])
    await world.derive()
    expect(droppedFrames(world)).toEqual(['otherChannel'])
    expect(world.safeHead).toEqual(world.sequencerHead)
  })

  test('a channel times out after 50 blocks', async () => {
    const world = new DerivationWorld({ config: { seqWindowSize: 200n } })
    const [a, b] = framesOf(encoded(...(await world.sequenceMany(3))), { frameCount: 2 })
    world.post([a!])
    world.l1.mineMany(50)
    world.post([b!])
    await world.derive()
    expect(droppedChannels(world)).toEqual(['timedOut'])
    expect(world.safeHead.number).toBe(0n)
  })
})
