import { describe, expect, it } from 'vitest'
import type { Hash } from '../../src/base/hex.ts'
import { EngineApiError } from '../../src/protocol/engineApiError.ts'
import type { PayloadEnvelope } from '../../src/protocol/payload.ts'
import type { Conductor } from '../../src/sequencer/conductor.ts'
import { settle } from '../../src/testing/manualClock.ts'
import { during, startWorld, type World, type WorldOptions } from './world.ts'

// Numbers are those of the list of races that the split of building and sealing opens. Of the others, 3, 4 and 9 are in
// engine/consolidate.test.ts, 21 and 31 in engine/controller.test.ts, 19 in runtime/serial.test.ts, 20 in
// driver/unsafeBlocks.test.ts; and in this folder 7 and 28 in sequencer.test.ts, 10 in verifierResets.test.ts, 25 in
// sequencerDerives.test.ts, 26 in verifierElSync.test.ts. 27 waits for a network to publish to.
describe('between build and seal', () => {
  it('1: a reset that moves the head drops the block that was being built', async () => {
    await using world = await midBlock({ l1Ahead: 2 })
    const before = world.engine.head
    world.l1.reorg(2)
    await world.driver.requestReset()
    await settle()
    expect(world.engine.head.number).toBeLessThan(before.number)
    await world.advance(10_000)
    expectChain(world)
  })

  it('1: a reset that does not move the head leaves the chain unbroken', async () => {
    await using world = await midBlock()
    const before = world.engine.calls.length
    await world.driver.requestReset()
    await settle()
    // The job is let go, and the head told again.
    expect(methodsSince(world, before).sort()).toEqual(['forkchoice', 'getPayload'])
    await world.advance(10_000)
    expectChain(world)
    expectNoSiblings(world)
  })

  it('1: a reset that comes while a block is planned lets nothing begin before it is done', async () => {
    await using world = await startWorld()
    world.engine.latencyMs = 100
    await world.driver.requestReset()
    // The heads are set, and the block on top of them is being planned.
    while (world.engine.countCalls('forkchoice') < 2) await world.advance(10)
    await world.advance(2_150)
    await world.driver.requestReset()
    const before = world.engine.calls.length
    await world.advance(2_000)
    const [first] = world.engine.calls.slice(before)
    expect(first).toMatchObject({ method: 'forkchoice' })
    await world.advance(10_000)
    expectChain(world)
  })

  it('1: a reset that comes while a block is sealed drops it', async () => {
    await using world = await midBlock()
    world.engine.fail('getPayload', { type: 'delay', durationMs: 500 })
    await world.advance(1_500)
    const before = world.engine.calls.length
    await world.driver.requestReset()
    await world.advance(1_000)
    expect(methodsSince(world, before)).not.toContain('newPayload')
    await world.advance(10_000)
    expectChain(world)
  })

  it('2: a block from elsewhere wins, and is built upon', async () => {
    await using world = await midBlock()
    const envelope = blockFromElsewhere(world)
    await during(world, world.driver.insertUnsafePayload(envelope))
    expect(world.engine.head.hash).toBe(envelope.executionPayload.blockHash)
    const made = world.blocks.length
    await world.advance(4_000)
    expect(world.blocks[made]!.ref.parentHash).toBe(envelope.executionPayload.blockHash)
    expectChain(world)
  })

  it('2: a block from elsewhere that is no child of the head is refused', async () => {
    await using world = await midBlock()
    const sibling = blockFromElsewhere(world)
    await world.advance(2_000)
    const head = world.engine.head.hash
    await expect(during(world, world.driver.insertUnsafePayload(sibling))).rejects.toMatchObject({
      code: 'PAYLOAD_NOT_NEXT',
    })
    expect(world.engine.canonical.some((block) => block.hash === head)).toBe(true)
  })

  it('8: a slow seal does not begin a second block', async () => {
    await using world = await midBlock()
    world.engine.fail('getPayload', { type: 'delay', durationMs: 5_000 })
    const builds = world.engine.countCalls('startBuild')
    await world.advance(5_000)
    expect(world.engine.countCalls('startBuild')).toBe(builds)
    await world.advance(5_000)
    expectChain(world)
    expectNoSiblings(world)
  })

  it('22: a job that the engine dropped is built again on the same parent', async () => {
    await using world = await midBlock()
    const parent = world.engine.head.hash
    world.engine.expireJobs()
    await world.advance(2_100)
    expect(world.blocks.at(-1)!.ref.parentHash).toBe(parent)
    expectNoSiblings(world)
  })

  it('22: a job that the engine drops again is given a block time before the next one', async () => {
    await using world = await midBlock()
    const unknown = { type: 'error', error: new EngineApiError(-38001, 'scripted') } as const
    world.engine.fail('getPayload', ...Array.from({ length: 100 }, () => unknown))
    await world.advance(1_600)
    const before = world.engine.calls.length
    await world.advance(6_000)
    expect(methodsSince(world, before).filter((method) => method === 'startBuild')).toHaveLength(3)
  })

  it('23: the same attributes sent again give the same job', async () => {
    await using world = await midBlock()
    await world.advance(1_450)
    world.engine.fail('startBuild', { type: 'loseAnswer' })
    await world.advance(20_000)
    expectChain(world)
    expectNoSiblings(world)
  })

  it('29: a build whose answer was lost is not sealed once the head has gone back', async () => {
    await using world = await midBlock({ l1Ahead: 2 })
    await world.advance(1_450)
    world.engine.fail('startBuild', { type: 'loseAnswer' })
    await world.advance(100)
    const { hash } = world.engine.head
    const made = world.blocks.length
    world.l1.reorg(4)
    await world.driver.requestReset()
    await world.advance(20_000)
    expect(world.blocks.length).toBeGreaterThan(made + 4)
    expect(world.blocks.slice(made).map(({ ref }) => ref.parentHash)).not.toContain(hash)
    expectChain(world)
  })

  it('24: a head that goes back to a lower block is built upon at once', async () => {
    await using world = await midBlock({ l1Ahead: 2 })
    const before = world.engine.head
    world.l1.reorg(3)
    await world.driver.requestReset()
    await settle()
    const rewound = world.engine.head
    expect(rewound.number).toBeLessThan(before.number)
    const made = world.blocks.length
    await world.advance(2_600)
    expect(world.blocks[made]!.ref.parentHash).toBe(rewound.hash)
  })
})

describe('while the head is set', () => {
  const lost = { type: 'error', error: new EngineApiError(-38002, 'scripted') } as const

  it('5: an engine that does not know the head to build on makes the heads be found anew', async () => {
    await using world = await midBlock()
    const { hash: head } = world.engine.head
    world.engine.fail('startBuild', lost)
    await world.advance(10_000)
    expectToldAlone(world, head)
    expectChain(world)
  })

  it('6: an engine that sees another fork choice makes the heads be found anew', async () => {
    await using world = await midBlock()
    const { hash: head } = world.engine.head
    world.engine.fail('forkchoice', lost)
    await world.advance(10_000)
    expectToldAlone(world, head)
    expectChain(world)
  })

  it('17: an insert that fails is tried again with the same block', async () => {
    await using world = await midBlock()
    const failing = { type: 'error', error: new EngineApiError(-32000, 'scripted') } as const
    world.engine.fail('newPayload', failing, failing)
    const sinceMs = world.clock.now()
    await world.advance(5_000)
    const tried = world.engine.calls
      .filter(({ method, atMs }) => method === 'newPayload' && atMs >= sinceMs)
      .slice(0, 3)
    expect(new Set(tried.map(({ head }) => head)).size).toBe(1)
    expectNoSiblings(world)
  })
})

describe('with a conductor', () => {
  it('14: a block that is not committed reaches neither the engine nor the network', async () => {
    const conductor = new ScriptedConductor()
    const published: PayloadEnvelope[] = []
    const publisher = { publish: (envelope: PayloadEnvelope) => published.push(envelope) }
    await using world = await midBlock({ conductor, publisher })
    conductor.refuse = true
    const head = world.engine.head.hash
    const before = published.length
    await world.advance(10_000)
    expect(world.engine.head.hash).toBe(head)
    expect(published).toHaveLength(before)
    expect(new Set(conductor.offered.slice(before)).size).toBe(1)
    conductor.refuse = false
    await world.advance(10_000)
    expectChain(world)
    expect(published).toHaveLength(world.blocks.length)
  })

  it('14: a stop does not wait for a commit that never comes', async () => {
    const conductor = new ScriptedConductor()
    await using world = await midBlock({ conductor })
    conductor.hang = true
    await world.advance(3_000)
    const beganMs = world.clock.now()
    await during(world, world.driver.stopSequencer())
    expect(world.clock.now() - beganMs).toBeLessThanOrEqual(5_000)
  })

  it('15: a block that is committed is inserted although a stop came in between', async () => {
    const conductor = new ScriptedConductor()
    await using world = await midBlock({ conductor })
    const failing = { type: 'error', error: new EngineApiError(-32000, 'scripted') } as const
    world.engine.fail('newPayload', failing)
    await world.advance(1_600)
    const committed = conductor.offered.at(-1)
    const head = await during(world, world.driver.stopSequencer())
    expect(head).toBe(committed)
    expect(world.engine.head.hash).toBe(committed)
  })

  it('16: a commit that was lost and applied is repeated with the same block, never another', async () => {
    const conductor = new ScriptedConductor()
    await using world = await midBlock({ conductor })
    conductor.loseAnswers = 2
    await world.advance(90_000)
    const byNumber = new Map<bigint, Set<Hash>>()
    for (const [index, hash] of conductor.offered.entries()) {
      const number = conductor.numbers[index]!
      byNumber.set(number, (byNumber.get(number) ?? new Set()).add(hash))
    }
    expect([...byNumber.values()].every((hashes) => hashes.size === 1)).toBe(true)
    expectNoSiblings(world)
  })

  it('16: not even a reset in between makes it another block', async () => {
    const conductor = new ScriptedConductor()
    await using world = await midBlock({ conductor })
    conductor.refuse = true
    await world.advance(3_000)
    const offered = conductor.offered.at(-1)
    await world.driver.requestReset()
    conductor.refuse = false
    await world.advance(6_000)
    expect(world.engine.canonical.some((block) => block.hash === offered)).toBe(true)
    expectNoSiblings(world)
  })

  it('17: an insert that fails after the commit is not committed again', async () => {
    const conductor = new ScriptedConductor()
    await using world = await midBlock({ conductor })
    const failing = { type: 'error', error: new EngineApiError(-32000, 'scripted') } as const
    world.engine.fail('newPayload', failing, failing)
    await world.advance(10_000)
    expect(new Set(conductor.offered).size).toBe(conductor.offered.length)
    expectChain(world)
  })

  it('18: nothing is published before the own engine has it', async () => {
    const order: string[] = []
    const publisher = {
      publish: (envelope: PayloadEnvelope) => order.push(envelope.executionPayload.blockHash),
    }
    await using world = await midBlock({ publisher })
    world.engine.fail('newPayload', { type: 'status', status: 'INVALID' })
    await world.advance(8_000)
    expect(order).toEqual(world.blocks.map((block) => block.ref.hash))
  })
})

describe('starting and stopping by request', () => {
  it('11: a stop between build and seal makes no block, and a later start seals no old job', async () => {
    await using world = await midBlock()
    const head = await during(world, world.driver.stopSequencer())
    expect(head).toBe(world.engine.head.hash)
    await settle()
    // As good as the Engine API can cancel.
    expect(world.engine.calls.at(-1)!.method).toBe('getPayload')
    const made = world.blocks.length
    await world.advance(10_000)
    expect(world.blocks).toHaveLength(made)
    await during(world, world.driver.startSequencer(head))
    const atMs = world.clock.now()
    await world.advance(10_000)
    expect(world.blocks[made]!.times.startedMs).toBeGreaterThanOrEqual(atMs)
    expectChain(world)
    expectNoSiblings(world)
  })

  it('11: a stop while a block is sealed drops it before anyone may have it', async () => {
    const conductor = new ScriptedConductor()
    await using world = await midBlock({ conductor })
    const head = world.engine.head.hash
    world.engine.fail('getPayload', { type: 'delay', durationMs: 500 })
    await world.advance(1_500)
    const offered = conductor.offered.length
    expect(await during(world, world.driver.stopSequencer())).toBe(head)
    await world.advance(1_000)
    expect(conductor.offered).toHaveLength(offered)
    expect(world.engine.head.hash).toBe(head)
  })

  it('12: a stop just before the block is due stops it', async () => {
    await using world = await midBlock()
    await world.advanceTo(12_000 - world.blocks.length)
    const made = world.blocks.length
    await during(world, world.driver.stopSequencer())
    await world.advance(4_000)
    expect(world.blocks).toHaveLength(made)
  })

  it('13: a start during a reset begins nothing before the reset is done', async () => {
    await using world = await startWorld({ active: false })
    await world.advance(1_000)
    const head = world.engine.head.hash
    world.l1.isDown = true
    await world.driver.requestReset()
    await world.advance(100)
    await during(world, world.driver.startSequencer(head))
    await world.advance(10_000)
    expect(world.engine.countCalls('startBuild')).toBe(0)
    world.l1.isDown = false
    world.announceL1()
    await world.advance(10_000)
    expect(world.blocks.length).toBeGreaterThan(4)
  })

  it('30: a start at another block than the head is refused', async () => {
    await using world = await startWorld({ active: false })
    await world.advance(1_000)
    await expect(
      during(world, world.driver.startSequencer(`0x${'44'.repeat(32)}`)),
    ).rejects.toMatchObject({ code: 'SEQUENCER_HEAD_MISMATCH' })
    expect(world.driver.sequencerActive).toBe(false)
  })

  it('a start by one who does not lead is refused', async () => {
    const conductor = new ScriptedConductor()
    conductor.leads = false
    await using world = await startWorld({ active: false, conductor })
    await world.advance(1_000)
    await expect(
      during(world, world.driver.startSequencer(world.engine.head.hash)),
    ).rejects.toMatchObject({ code: 'SEQUENCER_NOT_LEADER' })
  })

  it('a second start, and a stop of what is stopped, are refused', async () => {
    await using world = await midBlock()
    await expect(
      during(world, world.driver.startSequencer(world.engine.head.hash)),
    ).rejects.toMatchObject({ code: 'SEQUENCER_ALREADY_STARTED' })
    await during(world, world.driver.stopSequencer())
    await expect(during(world, world.driver.stopSequencer())).rejects.toMatchObject({
      code: 'SEQUENCER_NOT_RUNNING',
    })
  })
})

class ScriptedConductor implements Conductor {
  readonly enabled = true
  readonly offered: Hash[] = []
  readonly numbers: bigint[] = []
  leads = true
  refuse = false
  hang = false
  /** So many commits are applied, but never answered. */
  loseAnswers = 0

  async isLeader(): Promise<boolean> {
    return this.leads
  }

  async commit(envelope: PayloadEnvelope): Promise<void> {
    this.offered.push(envelope.executionPayload.blockHash)
    this.numbers.push(envelope.executionPayload.blockNumber)
    if (this.refuse) throw new Error('not the leader')
    if (this.hang || this.loseAnswers > 0) {
      this.loseAnswers--
      return new Promise(() => undefined)
    }
  }
}

/** A world in which block 6 is being built. */
async function midBlock(options: WorldOptions = {}): Promise<World> {
  const world = await startWorld(options)
  await world.advance(10_500)
  return world
}

/** What another sequencer would make of the job that is under way. */
function blockFromElsewhere(world: World): PayloadEnvelope {
  const { hash } = world.engine.head
  const attributes = world.engine.newestAttributes
  if (attributes === undefined) throw new Error('nothing is being built')
  return world.engine.buildElsewhere(hash, { ...attributes, gasLimit: attributes.gasLimit - 1n })
}

function expectChain(world: World): void {
  expect(world.failure).toBeUndefined()
  const chain = world.engine.canonical
  for (const [index, block] of chain.entries()) {
    if (index > 0) expect(block.parentHash).toBe(chain[index - 1]!.hash)
  }
  const behindMs = world.clock.now() - Number(world.engine.head.timestamp) * 1000
  expect(behindMs).toBeLessThanOrEqual(2_000)
}

/** Nothing but a reset tells the engine of the head that it has, without beginning a block on it. */
function expectToldAlone(world: World, head: Hash): void {
  expect(world.engine.calls).toContainEqual(expect.objectContaining({ method: 'forkchoice', head }))
}

function methodsSince(world: World, sinceCall: number): string[] {
  return world.engine.calls.slice(sinceCall).map(({ method }) => method)
}

function expectNoSiblings(world: World): void {
  const numbers = world.blocks.map((block) => block.ref.number)
  expect(new Set(numbers).size).toBe(numbers.length)
}
