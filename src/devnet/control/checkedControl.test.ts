import { expect, test } from 'vitest'
import { notedControl } from '../../testing/notedControl.ts'
import { type CheckedControl, checkedControl } from './checkedControl.ts'

function noting() {
  const { told, control } = notedControl()
  return { told, control: checkedControl(control) }
}

test('passes on what can be done', async () => {
  const { told, control } = noting()
  await control.warp(60)
  await control.mine()
  await control.pause()
  await control.setLatency('l1', 0)
  expect(told).toEqual([
    ['warp', 60],
    ['mine', 1],
    ['pause', 'time'],
    ['setLatency', 'l1', 0],
  ])
})

test.each<[keyof CheckedControl, readonly unknown[], string]>([
  ['warp', [Number.NaN], 'seconds: NaN is not a whole number from 1'],
  ['warp', [-1], 'seconds: -1'],
  ['warp', [Number.POSITIVE_INFINITY], 'seconds: Infinity'],
  ['mine', [0], 'blocks: 0'],
  ['mineL1', [1.5], 'blocks: 1.5'],
  ['reorgL1', [0], 'depth: 0'],
  ['pause', ['moon'], 'part: "moon" is not one of time, l1'],
  ['resume', ['moon'], 'part: "moon"'],
  ['startOutage', ['sequencer'], 'target: "sequencer" is not one of l1, beacon'],
  ['endOutage', ['sequencer'], 'target: "sequencer"'],
  ['setLatency', ['l1', -5], 'milliseconds: -5 is not a whole number from 0'],
  ['revert', [7], 'id: 7 is not text'],
])('%s refuses %j', async (method, args, message) => {
  const { told, control } = noting()
  await expect(control[method](...args)).rejects.toMatchObject({
    code: 'PARAMETER',
    shortMessage: expect.stringContaining(message),
  })
  expect(told).toEqual([])
})
