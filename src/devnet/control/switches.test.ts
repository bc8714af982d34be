import { expect, test } from 'vitest'
import type { Link } from '../l1/link.ts'
import type { RollupNode } from '../services/rollupNode.ts'
import type { Timekeeper } from '../time/timekeeper.ts'
import { Switches } from './switches.ts'

function link(): Link {
  let isCut = false
  return {
    ...{ rpcUrl: '', wsUrl: '', latencyMs: 0 },
    get isCut() {
      return isCut
    },
    cut() {
      isCut = true
    },
    restore() {
      isCut = false
    },
    setLatency() {},
    async close() {},
  }
}

/** Runs, but starts only while it sees L1. */
function verifierBehind(l1: Link) {
  let isRunning = true
  return {
    get isRunning() {
      return isRunning
    },
    async start() {
      if (l1.isCut) throw new Error('L1 does not answer')
      isRunning = true
    },
    async stop() {
      isRunning = false
    },
  } as RollupNode
}

function devnet() {
  const links = { l1: link(), beacon: link(), close: async () => {} }
  const sequencer = { isEngineOut: false, engineLatencyMs: 0 } as RollupNode
  const timekeeper = { isPaused: false, minesL1: true } as Timekeeper
  const absent = { batcher: undefined, proposer: undefined }
  return new Switches({
    ...{ links, sequencer, timekeeper, ...absent },
    verifier: verifierBehind(links.l1),
  })
}

test('a verifier that is resumed while L1 is out starts when L1 is back', async () => {
  const switches = devnet()
  await switches.pause('verifier')
  await switches.startOutage('l1')
  expect(switches.state).toMatchObject({ paused: ['verifier'], outages: ['l1'] })
  await switches.resume('verifier')
  expect(switches.state).toMatchObject({ paused: [], outages: ['l1'] })
  await switches.endOutage('l1')
  await switches.pause('verifier')
  expect(switches.state).toMatchObject({ paused: ['verifier'], outages: [] })
})

test('a verifier that is paused again meanwhile stays paused', async () => {
  const switches = devnet()
  await switches.startOutage('l1')
  for (const act of ['pause', 'resume', 'pause'] as const) await switches[act]('verifier')
  await switches.endOutage('l1')
  expect(switches.state.paused).toEqual(['verifier'])
})

test('what a devnet does not have cannot be switched', async () => {
  await expect(devnet().pause('batcher')).rejects.toMatchObject({ code: 'PART_ABSENT' })
})
