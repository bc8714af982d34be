import { expect, test } from 'vitest'
import type { Hash } from '../../base/hex.ts'
import { silentLogger } from '../../runtime/logger.ts'
import { orAbort } from '../../runtime/orAbort.ts'
import { ManualClock, settle } from '../../testing/manualClock.ts'
import { ChainClock } from './chainClock.ts'
import { LivePace } from './livePace.ts'
import { Lockstep } from './lockstep.ts'
import type { TimedSequencer } from './pace.ts'
import { Timekeeper, type TimekeeperOptions } from './timekeeper.ts'

const genesisTime = 10_000

/** A chain that a sequencer makes in no time, unless it hangs. */
function world({
  inSteps = false,
  ...options
}: Partial<TimekeeperOptions> & { inSteps?: boolean } = {}) {
  const startTime = genesisTime
  const host = new ManualClock(5_000)
  const clock = new ChainClock({ clock: host })
  clock.set(startTime * 1000, startTime * 1000)
  const log: string[] = []
  const state = { isSequencing: true, hangs: false, head: startTime, l1Head: '' }
  /** What L1 waits for before it makes its next block. */
  const l1 = { held: Promise.resolve() }
  const follow = () => {
    if (state.hangs || !state.isSequencing) return
    const due = startTime + 2 * Math.floor((clock.now() / 1000 - startTime) / 2)
    for (; state.head < due; state.head += 2) log.push(`L2 ${state.head + 2 - genesisTime}`)
  }
  const sequencer: TimedSequencer = {
    get isSequencing() {
      return state.isSequencing
    },
    get headTimestamp() {
      follow()
      return state.head
    },
    get buildingTimestamp() {
      return state.head + 2
    },
    nextBegun: () => new Promise(() => undefined),
    async lookAtL1() {},
    hasSeen: (hash) => hash === state.l1Head,
    async settled() {},
    async filled() {
      log.push('filled')
    },
  }
  const paceDeps = { clock, sequencer, canSeeL1: () => true, logger: silentLogger }
  const timekeeper = new Timekeeper(
    { genesisTime, l1BlockTime: 6, l2BlockTime: 2, ...options },
    {
      clock,
      logger: silentLogger,
      sequencer,
      pace: inSteps ? new Lockstep({ ...paceDeps, nodes: [], turns: [] }) : new LivePace(paceDeps),
      async mine(timestamp, signal) {
        await orAbort(l1.held, signal)
        log.push(`L1 ${timestamp - genesisTime}`)
        state.l1Head = `0x${timestamp}`
        return state.l1Head as Hash
      },
    },
  )
  const advance = (...args: Parameters<Timekeeper['advance']>) =>
    timekeeper.exclusively(() => timekeeper.advance(...args))
  return { host, clock, log, state, l1, timekeeper, advance }
}

test('moves on block by block, L1 first where both are due', async () => {
  const { log, advance, timekeeper } = world()
  await advance({ to: genesisTime + 8 })
  expect(log).toEqual(['L2 2', 'L2 4', 'L1 6', 'L2 6', 'L2 8'])
  expect(timekeeper.now).toBe(genesisTime + 8)
})

test('misses slots of L1 when told to, but never the last one', async () => {
  const { log, advance } = world()
  await advance({ to: genesisTime + 48, l1Spacing: 18 })
  const slots = log.filter((entry) => entry.startsWith('L1'))
  expect(slots).toEqual(['L1 18', 'L1 36', 'L1 48'])
  expect(log.filter((entry) => entry.startsWith('L2'))).toHaveLength(24)
})

test('does not wait for a sequencer that is paused', async () => {
  const { log, state, advance } = world()
  state.isSequencing = false
  await advance({ to: genesisTime + 12 })
  expect(log).toEqual(['L1 6', 'L1 12'])
})

test('mines no L1 block while L1 is paused', async () => {
  const { log, timekeeper, advance } = world()
  await timekeeper.setMinesL1(false)
  await advance({ to: genesisTime + 6 })
  expect(log).toEqual(['L2 2', 'L2 4', 'L2 6'])
})

test('gives a sequencer that needs it some time, and says when it makes no blocks at all', async () => {
  const { host, state, advance, clock } = world()
  state.hangs = true
  const advancing = advance({ to: genesisTime + 2 })
  await host.advance(5_000)
  expect(clock.now()).toBeGreaterThan((genesisTime + 2) * 1000 + 3_000)
  const refused = expect(advancing).rejects.toMatchObject({ code: 'CHAIN_STALLED' })
  await host.advance(40_000)
  await refused
})

test('moves nothing any more once it is closed', async () => {
  const { log, advance, timekeeper } = world()
  await timekeeper.close()
  await expect(advance({ to: genesisTime + 2 })).rejects.toMatchObject({ code: 'DEVNET_CLOSED' })
  const task = async () => void log.push('done')
  await expect(timekeeper.exclusively(task)).rejects.toMatchObject({ code: 'DEVNET_CLOSED' })
  expect(log).toEqual([])
})

test('lets time flow once it is resumed, and mines in every slot', async () => {
  const { host, log, timekeeper, clock } = world()
  await host.advance(60_000)
  expect(clock.now()).toBe(genesisTime * 1000)
  await timekeeper.resume()
  await host.advance(13_000)
  expect(timekeeper.now).toBe(genesisTime + 13)
  expect(log).toEqual(['L1 6', 'L1 12'])
  await timekeeper.close()
  expect(host.sleeping).toBe(0)
})

test('stands still again when it is paused, but for what a block may still need', async () => {
  const { host, timekeeper, clock } = world()
  await timekeeper.resume()
  await host.advance(500)
  await timekeeper.pause()
  await host.advance(60_000)
  expect(clock.now()).toBeGreaterThan((genesisTime + 1) * 1000)
  expect(clock.now()).toBeLessThan((genesisTime + 2) * 1000)
})

test.each(['time', 'L1'])(
  'pauses %s when the L1 block that is under way is there',
  async (what) => {
    const { host, log, l1, timekeeper } = world()
    await timekeeper.resume()
    const { promise, resolve } = Promise.withResolvers<void>()
    l1.held = promise
    await host.advance(6_000)
    const pausing = what === 'time' ? timekeeper.pause() : timekeeper.setMinesL1(false)
    await settle()
    expect(log).toEqual([])
    resolve()
    await pausing
    expect(log).toEqual(['L1 6'])
    await timekeeper.close()
  },
)

test('ends at once though L1 hangs', async () => {
  const { host, l1, timekeeper } = world()
  await timekeeper.resume()
  l1.held = new Promise(() => undefined)
  await host.advance(6_000)
  await timekeeper.close()
  expect(host.sleeping).toBe(0)
})

test('goes in steps, in real time, when blocks are to follow from each other', async () => {
  const { host, log, timekeeper } = world({ inSteps: true })
  await timekeeper.resume()
  await host.advance(6_100)
  expect(log.filter((entry) => entry !== 'filled')).toEqual(['L2 2', 'L2 4', 'L1 6', 'L2 6'])
  await timekeeper.close()
  expect(host.sleeping).toBe(0)
})

test('does one thing at a time, and goes on afterwards as before', async () => {
  const { host, log, timekeeper } = world()
  await timekeeper.resume()
  const order: string[] = []
  const task = (name: string) => async () => {
    order.push(`${name} begins`)
    await Promise.resolve()
    order.push(`${name} ends`)
  }
  await Promise.all([timekeeper.exclusively(task('a')), timekeeper.exclusively(task('b'))])
  expect(order).toEqual(['a begins', 'a ends', 'b begins', 'b ends'])
  await host.advance(7_000)
  expect(log).toContain('L1 6')
  await timekeeper.close()
})
