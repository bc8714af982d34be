import { describe, expect, it } from 'vitest'
import { bigIntToBytes, concatBytes } from '../../src/base/bytes.ts'
import { zeroHash } from '../../src/base/hex.ts'
import { forkTimesUpTo } from '../../src/chain/forks.ts'
import type { L1Log } from '../../src/derive/providers.ts'
import { depositEventTopic } from '../../src/protocol/depositLog.ts'
import type { SequencedBlock } from '../../src/sequencer/sequencedBlock.ts'
import { latenessMs } from '../../src/sequencer/sequencedBlock.ts'
import { dawn, startWorld, type World } from './world.ts'

describe('a sequencer in good weather', () => {
  it('makes 60 blocks, each at its timestamp, on its parent, on the L1 origin that is due', async () => {
    await using world = await startWorld({ l1Ahead: 2 })
    await world.advance(121_000)
    expect(world.failure).toBeUndefined()
    expect(world.blocks).toHaveLength(60)
    for (const [index, block] of world.blocks.entries()) {
      const { ref } = block
      expect(ref.number).toBe(BigInt(index + 1))
      expect(ref.timestamp).toBe(BigInt(dawn + 2 * (index + 1)))
      expect(ref.parentHash).toBe(world.blocks[index - 1]?.ref.hash ?? world.config.genesis.l2.hash)
      expect(latenessMs(block)).toBeLessThanOrEqual(0)
    }
    expectSoundOrigins(world)
  })

  it('reaches the newest L1 block that is not in its future', async () => {
    await using world = await startWorld({ l1Ahead: 2 })
    await world.advance(31_000)
    const { ref } = world.blocks.at(-1)!
    expect(ref.timestamp).toBe(BigInt(dawn + 30))
    // The L1 block of that very second is made when the block is nearly done.
    expect(world.l1.head.number - ref.l1Origin.number).toBeLessThanOrEqual(1n)
  })

  it('keeps its distance from the L1 head', async () => {
    await using world = await startWorld({ l1Ahead: 10, l1Confs: 4 })
    await world.advance(61_000)
    const { l1Origin } = world.blocks.at(-1)!.ref
    expect(world.l1.head.number - l1Origin.number).toBeGreaterThanOrEqual(4n)
    expect(world.l1.head.number - l1Origin.number).toBeLessThanOrEqual(5n)
  })

  it('learns how long sealing takes, and gives the rest to the engine', async () => {
    await using world = await startWorld({ l1Ahead: 2, blockTime: 1n })
    world.engine.latencyMs = 2
    await world.advance(20_000)
    const settled = world.blocks.slice(5)
    expect(settled.length).toBeGreaterThan(10)
    for (const block of settled) {
      // getPayload, newPayload and forkchoiceUpdated at 2 ms each.
      expect(block.times.insertedMs - block.times.sealMs).toBe(6)
      expect(Math.abs(latenessMs(block))).toBeLessThanOrEqual(5)
      expect(builtMs(block)).toBeGreaterThanOrEqual(985)
    }
  })

  it('makes three calls of the engine for a block', async () => {
    await using world = await startWorld({ l1Ahead: 2 })
    world.engine.latencyMs = 2
    await world.advance(20_000)
    const { calls } = world.engine
    const made = world.blocks.length
    calls.length = 0
    await world.advance(60_000)
    expect(world.blocks.length - made).toBe(30)
    expect(calls).toHaveLength(90)
    expect(new Set(calls.map(({ method }) => method))).toEqual(
      new Set(['getPayload', 'newPayload', 'startBuild']),
    )
  })

  it('keeps no block waiting for the deposits of the next one', async () => {
    await using world = await startWorld({ l1Ahead: 2 })
    world.engine.latencyMs = 2
    await world.advance(20_500)
    const { number } = world.l1.mine([{ succeeded: true, logs: [depositLog(world)] }])
    const before = world.engine.countCalls('forkchoice')
    await world.advance(30_000)
    const [first] = world.blocks.filter(({ ref }) => ref.l1Origin.number === number)
    expect(first!.envelope.executionPayload.transactions).toHaveLength(2)
    expect(world.engine.countCalls('forkchoice') - before).toBe(1)
  })

  it('waits for no L1 answer to start a block', async () => {
    await using world = await startWorld({ l1Ahead: 3 })
    await world.advance(1_000)
    world.l1.latencyMs = 400
    await world.advance(60_000)
    const starts = world.blocks
      .slice(2)
      .map((block) => block.times.startedMs - block.times.plannedMs)
    expect(starts.length).toBeGreaterThan(25)
    expect(Math.max(...starts)).toBe(0)
    expect(new Set(world.blocks.map((block) => block.ref.l1Origin.number)).size).toBeGreaterThan(8)
  })

  it('asks L1 for each block once, and no more for each block of its own', async () => {
    await using world = await startWorld({ l1Ahead: 3 })
    await world.advance(12_500)
    world.l1.calls.clear()
    await world.advance(60_000)
    const asked = Object.fromEntries(world.l1.calls)
    expect(asked['blockByHash']).toBe(10)
    expect(asked['receiptsByHash']).toBe(10)
    expect(asked['blockRefByNumber']).toBeLessThanOrEqual(45)
  })

  it('catches up back to back when it starts late, with transactions in every block', async () => {
    await using world = await startWorld({ age: 600 })
    world.engine.pool = [Uint8Array.of(2, 1)]
    await world.advance(12_000)
    expect(world.blocks.length).toBeGreaterThan(300)
    expectSoundOrigins(world)
    const last = world.blocks.at(-1)!
    expect(Number(last.ref.timestamp)).toBe(dawn + 12)
    expect(Math.abs(latenessMs(last))).toBeLessThanOrEqual(10)
    for (const block of world.blocks) {
      expect(block.envelope.executionPayload.transactions.at(-1)).toEqual(Uint8Array.of(2, 1))
    }
  })

  it('adopts the block that the engine already has on a restart, instead of making its sibling', async () => {
    const first = await startWorld()
    await first.advance(5_000)
    const { engine } = first
    await first.stop()
    const headBefore = engine.head
    await using second = await startWorld({ engine, clock: first.clock, l1: first.l1 })
    await second.advance(4_000)
    expect(second.blocks[0]!.ref.parentHash).toBe(headBefore.hash)
    expect(engine.blocksAt(headBefore.number)).toHaveLength(1)
  })
})

describe('a sequencer while L1 stands still', () => {
  const drift = { forkTimes: forkTimesUpTo('ecotone'), maxSequencerDrift: 30n }

  it('leaves out user transactions once it is too far ahead, then waits, and goes on with L1', async () => {
    await using world = await startWorld({ config: drift })
    world.engine.pool = [Uint8Array.of(2, 1)]
    await world.advance(7_000)
    world.l1Paused = true
    const { timestamp } = world.l1.head
    await world.advance(60_000)
    const newest = world.blocks.at(-1)!
    expect(newest.ref.timestamp).toBe(timestamp + 30n)
    const before = world.blocks.length
    await world.advance(30_000)
    expect(world.blocks).toHaveLength(before)

    world.l1Paused = false
    world.l1.mineUntil(world.clock.now())
    world.announceL1()
    await world.advance(10_000)
    expect(world.blocks.length).toBeGreaterThan(before + 30)
    expect(Number(world.engine.head.timestamp) * 1000).toBeGreaterThan(world.clock.now() - 4_000)
    expectSoundOrigins(world)
  })
})

describe('a sequencer that recovers', () => {
  it('takes every next L1 origin and no user transactions until it has caught up with L1', async () => {
    await using world = await startWorld({ age: 60, recover: true })
    world.engine.pool = [Uint8Array.of(2, 1)]
    await world.advance(4_000)
    for (const block of world.blocks) {
      expect(block.envelope.executionPayload.transactions.at(-1)).not.toEqual(Uint8Array.of(2, 1))
    }
    expectSoundOrigins(world)
    expect(Number(world.engine.head.timestamp)).toBe(dawn + 4)
  })
})

/** A user's deposit, as the portal logs it. */
function depositLog({ config }: World): L1Log {
  const gas = 21_000n
  const isCreation = Uint8Array.of(0)
  const content = concatBytes(word(0n), word(0n), bigIntToBytes(gas, 8), isCreation)
  return {
    address: config.depositContractAddress,
    topics: [depositEventTopic, zeroHash, zeroHash, zeroHash],
    data: concatBytes(word(32n), word(73n), content, new Uint8Array(96 - content.length)),
    logIndex: 0n,
  }
}

function word(value: bigint): Uint8Array {
  return bigIntToBytes(value, 32)
}

function builtMs(block: SequencedBlock): number {
  return block.times.sealMs - block.times.startedMs
}

/** Origins are canonical, not in a block's future, go up by one at most, and are taken as soon as they may. */
function expectSoundOrigins(world: World): void {
  const chain = world.engine.canonical
  for (const [index, block] of chain.entries()) {
    const origin = world.l1.at(Number(block.l1Origin.number))
    expect(block.l1Origin.hash).toBe(origin.hash)
    expect(block.timestamp >= origin.timestamp).toBe(true)
    const parent = chain[index - 1]
    if (parent === undefined) continue
    const step = block.l1Origin.number - parent.l1Origin.number
    expect(step === 0n || step === 1n).toBe(true)
    expect(block.sequenceNumber).toBe(step === 1n ? 0n : parent.sequenceNumber + 1n)
  }
}
