import { describe, expect, it } from 'vitest'
import type { Conductor } from '../../src/sequencer/conductor.ts'
import { settle } from '../../src/testing/manualClock.ts'
import { during, startWorld, type World } from './world.ts'

const never = () => new Promise<never>(() => undefined)
const hangingConductor: Conductor = { enabled: true, isLeader: async () => true, commit: never }

/** How to bring a sequencer into each state in which it can be stuck. */
const states: [string, (world: World) => Promise<void>][] = [
  [
    'waits for the heads, L1 being down',
    async (world) => {
      world.l1.isDown = true
      await world.driver.requestReset()
      await world.advance(500)
    },
  ],
  [
    'waits for L1 to answer during a reset',
    async (world) => {
      world.l1.latencyMs = 3_600_000
      await world.driver.requestReset()
      await world.advance(500)
    },
  ],
  ['is building', (world) => world.advance(500)],
  [
    'waits for the engine to start a build',
    async (world) => {
      world.engine.fail('startBuild', { type: 'hang' })
      await world.advance(2_200)
    },
  ],
  [
    'waits for the engine to seal',
    async (world) => {
      world.engine.fail('getPayload', { type: 'hang' })
      await world.advance(2_000)
    },
  ],
  [
    'waits for the engine to insert',
    async (world) => {
      world.engine.fail('newPayload', { type: 'hang' })
      await world.advance(2_000)
    },
  ],
  [
    'waits for the engine to set the head',
    async (world) => {
      world.engine.fail('forkchoice', { type: 'hang' })
      await world.advance(2_000)
    },
  ],
  [
    'holds back after a fault',
    async (world) => {
      world.engine.isDown = true
      await world.advance(2_300)
    },
  ],
  [
    'holds back for a syncing engine',
    async (world) => {
      world.engine.fail(
        'startBuild',
        ...Array.from({ length: 9 }, () => ({ type: 'status', status: 'SYNCING' }) as const),
      )
      await world.advance(20_000)
    },
  ],
]

describe('a sequencer that', () => {
  for (const [name, bring] of states) {
    it(`${name} stops on request within 5 s`, async () => {
      await using world = await startWorld()
      await world.advance(10_200)
      await bring(world)
      const beganMs = world.clock.now()
      await during(world, world.driver.stopSequencer())
      expect(world.clock.now() - beganMs).toBeLessThanOrEqual(5_000)
      expect(world.driver.sequencerActive).toBe(false)
    })

    it(`${name} ends with its node within 5 s, and leaves no timer behind`, async () => {
      const world = await startWorld()
      await world.advance(10_200)
      await bring(world)
      expect(await world.stop()).toBeLessThanOrEqual(5_000)
      world.l1.latencyMs = 0
      await settle()
      expect(world.clock.sleeping).toBe(0)
    })
  }

  it('waits for a conductor stops on request within 5 s', async () => {
    await using world = await startWorld({ conductor: hangingConductor })
    await world.advance(2_500)
    const beganMs = world.clock.now()
    await during(world, world.driver.stopSequencer())
    expect(world.clock.now() - beganMs).toBeLessThanOrEqual(5_000)
  })

  it('was stopped while the engine hung goes on from where the engine is', async () => {
    await using world = await startWorld()
    await world.advance(10_200)
    world.engine.fail('forkchoice', { type: 'loseAnswer' })
    await world.advance(2_000)
    await during(world, world.driver.stopSequencer())
    await world.advance(1_000)
    const head = world.engine.head.hash
    expect(world.driver.status.unsafeHead!.hash).toBe(head)
    await during(world, world.driver.startSequencer(head))
    await world.advance(6_000)
    expect(world.engine.canonical.some((block) => block.hash === head)).toBe(true)
  })

  it('stops as its block becomes the head lets go of the next one, which began with that', async () => {
    await using world = await startWorld()
    world.engine.latencyMs = 2
    await world.advance(10_200)
    world.engine.fail('forkchoice', { type: 'delay', durationMs: 300 })
    await world.advance(1_900)
    expect(world.engine.calls.at(-1)!.method).toBe('startBuild')
    const head = await during(world, world.driver.stopSequencer())
    expect(head).toBe(world.engine.head.hash)
    expect(world.blocks.at(-1)!.ref.hash).toBe(head)
    await world.advance(10)
    expect(world.engine.calls.at(-1)!.method).toBe('getPayload')
    await world.advance(6_000)
    expect(world.engine.head.hash).toBe(head)
  })

  it('stops while its block is inserted begins no other one with it', async () => {
    await using world = await startWorld()
    await world.advance(10_200)
    world.engine.fail('newPayload', { type: 'delay', durationMs: 300 })
    await world.advance(1_900)
    expect(world.engine.calls.at(-1)!.method).toBe('newPayload')
    const head = await during(world, world.driver.stopSequencer())
    expect(world.engine.calls.at(-1)).toMatchObject({ method: 'forkchoice', head })
    expect(world.engine.head.hash).toBe(head)
  })

  it('is over answers requests with a refusal', async () => {
    const world = await startWorld()
    await world.stop()
    await expect(world.driver.stopSequencer()).rejects.toMatchObject({ code: 'DRIVER_ENDED' })
  })
})
