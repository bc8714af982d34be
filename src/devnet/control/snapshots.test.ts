import { expect, test } from 'vitest'
import { TaktError } from '../../base/errors.ts'
import { type Hash, zeroHash } from '../../base/hex.ts'
import type { L1BlockRef } from '../../chain/refs.ts'
import type { ForkchoiceState } from '../../engine/interface.ts'
import { ManualClock } from '../../testing/manualClock.ts'
import { ChainClock } from '../time/chainClock.ts'
import { Snapshots } from './snapshots.ts'

function world() {
  const clock = new ChainClock({ clock: new ManualClock() })
  clock.set(5_000, 5_000)
  const log: string[] = []
  let l1Ids = 0
  const state = {
    l1Number: 10n,
    head: '0x01' as Hash,
    isRunning: true,
    isEngineOut: false,
    refuses: false,
  }
  const node = {
    get isRunning() {
      return state.isRunning
    },
    get isEngineOut() {
      return state.isEngineOut
    },
    forkchoice: (): ForkchoiceState => ({
      headBlockHash: state.head,
      safeBlockHash: zeroHash,
      finalizedBlockHash: zeroHash,
    }),
    async rewind({ headBlockHash }: ForkchoiceState) {
      if (state.refuses) throw new TaktError('ENGINE_REFUSED', 'no')
      state.head = headBlockHash
    },
    async start() {
      state.isRunning = true
    },
    async stop() {
      state.isRunning = false
    },
  }
  const l1 = {
    async head() {
      return {
        hash: '0x0a',
        number: state.l1Number,
        parentHash: '0x09',
        timestamp: 0n,
      } as L1BlockRef
    },
    async request(method: string, params: readonly unknown[]) {
      log.push([method, ...params].join(' '))
      return method === 'evm_snapshot' ? `l1-${++l1Ids}` : true
    },
  }
  return { snapshots: new Snapshots({ l1, clock, nodes: [node] }), clock, log, state }
}

test('go back as often as one likes, each time with a new snapshot of L1', async () => {
  const { snapshots, clock, log, state } = world()
  const id = await snapshots.take()
  for (const _ of [1, 2]) {
    state.head = '0x02'
    clock.set(9_000, 9_000)
    await snapshots.revert(id)
    expect([state.head, clock.now(), state.isRunning]).toEqual(['0x01', 5_000, true])
  }
  expect(log.filter((call) => call.startsWith('evm_revert'))).toEqual([
    'evm_revert l1-1',
    'evm_revert l1-2',
  ])
})

test('forget those that were taken later', async () => {
  const { snapshots } = world()
  const [first, second] = [await snapshots.take(), await snapshots.take()]
  await snapshots.revert(first)
  await expect(snapshots.revert(second)).rejects.toMatchObject({
    code: 'SNAPSHOT_UNKNOWN',
    shortMessage: 'there is no snapshot 0x2: there are 0x1',
  })
})

test('are lost when their L1 block is replaced', async () => {
  const { snapshots, state } = world()
  const early = await snapshots.take()
  state.l1Number = 14n
  const late = await snapshots.take()
  snapshots.forgetAbove(12n)
  await expect(snapshots.revert(late)).rejects.toMatchObject({ code: 'SNAPSHOT_UNKNOWN' })
  await snapshots.revert(early)
})

test('change nothing while an engine is out', async () => {
  const { snapshots, log, state } = world()
  const id = await snapshots.take()
  state.isEngineOut = true
  await expect(snapshots.revert(id)).rejects.toMatchObject({ code: 'ENGINE_OUT' })
  expect(state.isRunning).toBe(true)
  expect(log).toEqual(['evm_snapshot'])
})

test('leave no node stopped, whatever goes wrong', async () => {
  const { snapshots, state } = world()
  const id = await snapshots.take()
  state.refuses = true
  await expect(snapshots.revert(id)).rejects.toMatchObject({ code: 'ENGINE_REFUSED' })
  expect(state.isRunning).toBe(true)
})

test('need nodes that know their heads', async () => {
  const { snapshots, state } = world()
  state.head = zeroHash
  await expect(snapshots.take()).rejects.toMatchObject({ code: 'NODE_NOT_READY' })
})
