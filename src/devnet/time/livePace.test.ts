import { expect, test } from 'vitest'
import type { Hash } from '../../base/hex.ts'
import { ManualClock } from '../../testing/manualClock.ts'
import { ChainClock } from './chainClock.ts'
import { LivePace } from './livePace.ts'

function world() {
  const host = new ManualClock()
  const clock = new ChainClock({ clock: host })
  const begun = Promise.withResolvers<void>()
  const state = { headTimestamp: 0, buildingTimestamp: 0, l1Head: '0x01' }
  const sequencer = {
    isSequencing: true,
    get headTimestamp() {
      return state.headTimestamp
    },
    get buildingTimestamp() {
      return state.buildingTimestamp
    },
    nextBegun: () => begun.promise,
    async lookAtL1() {
      state.l1Head = '0x02'
    },
    hasSeen: (hash: Hash) => hash === state.l1Head,
    async settled() {},
    async filled() {},
  }
  return { pace: new LivePace({ clock, sequencer, canSeeL1: () => true }), host, begun, state }
}

test('goes on as soon as the next block is begun, without looking at a clock', async () => {
  const { pace, begun, state, host } = world()
  const reached = pace.afterL2Block(2)
  state.buildingTimestamp = 4
  begun.resolve()
  // The node learns of its new head a moment after the engine has answered.
  state.headTimestamp = 2
  await reached
  expect(host.sleeping).toBe(0)
})

test('has the node look at L1 instead of waiting for news', async () => {
  const { pace, host } = world()
  await pace.afterL1Block('0x02')
  expect(host.sleeping).toBe(0)
})
