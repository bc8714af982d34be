import { describe, expect, it } from 'vitest'
import { EngineApiError } from '../../src/protocol/engineApiError.ts'
import type { PayloadEnvelope } from '../../src/protocol/payload.ts'
import { seededRandom } from '../../src/runtime/seededRandom.ts'
import type { EngineMethod } from '../../src/testing/fakeEngine.ts'
import { VerifierWorld } from './verifierWorld.ts'

const forks = ['delta', 'granite', 'karst'] as const

describe('a verifier in bad weather', () => {
  for (let seed = 1; seed <= 24; seed++) {
    const fork = forks[seed % forks.length]!
    it(`ends on the same chain as one that was never disturbed (seed ${seed}, ${fork})`, async () => {
      const random = seededRandom(seed)
      const world = new VerifierWorld({ fork })
      await world.live(3)
      await world.start()
      for (let i = 0; i < 40; i++) await disturb(world, random)
      world.l1.failures = 0
      world.engine.isDown = false
      world.engine.clearFaults()
      await world.live(3)
      await world.untilDerived()
      await world.stop()

      await using calm = new VerifierWorld({ fork, l1: world.l1, chain: world.chain })
      await calm.start()
      await calm.untilDerived()
      expect(world.engine.head).toEqual(world.posted)
      expect(calm.engine.head).toEqual(world.engine.head)
      expect(calm.engine.canonical).toEqual(world.engine.canonical)
    })
  }
})

/** Something happens, good or bad; then some time passes. */
async function disturb(world: VerifierWorld, random: () => number): Promise<void> {
  const upTo = (count: number) => Math.floor(random() * count)
  switch (upTo(9)) {
    case 0:
    case 1:
      world.l1.failures = 0
      await world.live(1 + upTo(4))
      break
    case 2: {
      world.l1.failures = 0
      const depth = 1 + upTo(Math.min(6, Number(world.l1.head.number) - 1))
      await world.reorgL1(depth)
      await world.mine(depth + 1)
      break
    }
    case 3:
      world.l1.failures = upTo(40)
      break
    case 4:
      world.engine.isDown = true
      await world.clock.advance(upTo(4_000))
      world.engine.restart(Math.min(upTo(3), Number(world.engine.head.number)))
      break
    case 5:
      await world.stop()
      await world.start()
      break
    case 6: {
      const methods: EngineMethod[] = ['startBuild', 'getPayload', 'newPayload', 'forkchoice']
      world.engine.fail(methods[upTo(4)]!, { type: 'error', error: fault(upTo(3)) })
      break
    }
    case 7: {
      const next = world.chain[Number(world.status.unsafeL2.number) + upTo(3)]
      if (next !== undefined) gossip(world, next.payload)
      break
    }
    default:
      break
  }
  for (let i = 0; i < upTo(30); i++) await world.clock.advance(100)
}

/** Sends the verifier a block; whether it takes it is its own affair. */
function gossip(world: VerifierWorld, payload: PayloadEnvelope): void {
  world.driver.insertUnsafePayload(payload).catch(() => undefined)
}

function fault(kind: number): Error {
  if (kind === 0) return new EngineApiError(-38002, 'invalid forkchoice state')
  if (kind === 1) return new EngineApiError(-32000, 'boom')
  return new Error('ECONNRESET')
}
