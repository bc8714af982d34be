import { expect, test } from 'vitest'
import { TaktError } from '../../base/errors.ts'
import type { RpcContext } from '../../jsonrpc/dispatch.ts'
import { notedControl } from '../../testing/notedControl.ts'
import { type CheckedControl, checkedControl } from './checkedControl.ts'
import { controlApi } from './controlApi.ts'

function noting() {
  const { told, control } = notedControl()
  return { told, methods: controlApi(checkedControl(control)) }
}

const context: RpcContext = { signal: new AbortController().signal, notify: undefined }

test.each([
  ['takt_warp', [3600], ['warp', 3600]],
  ['takt_warp', ['0x3c'], ['warp', 60]],
  ['devnet_mine', [], ['mine', 1]],
  ['devnet_mine', ['5'], ['mine', 5]],
  ['devnet_mineL1', [2], ['mineL1', 2]],
  ['devnet_reorgL1', [3], ['reorgL1', 3]],
  ['devnet_pause', [], ['pause', 'time']],
  ['devnet_resume', ['batcher'], ['resume', 'batcher']],
  ['devnet_startOutage', ['l1'], ['startOutage', 'l1']],
  ['devnet_endOutage', ['engine'], ['endOutage', 'engine']],
  ['devnet_setLatency', ['beacon', 0], ['setLatency', 'beacon', 0]],
  ['devnet_snapshot', [], ['snapshot']],
  ['devnet_revert', ['0x1'], ['revert', '0x1']],
  ['devnet_status', [], ['status']],
] as const)('%s %j', async (method, params, expected) => {
  const { told, methods } = noting()
  await methods[method]!([...params], context)
  expect(told).toEqual([expected])
})

test.each([
  ['takt_warp', [], 'seconds is missing'],
  ['takt_warp', [1.5], 'seconds: 1.5'],
  ['takt_warp', [''], 'seconds: ""'],
  ['devnet_mine', [0], 'blocks: 0'],
  ['devnet_pause', ['everything'], 'part: "everything" is not one of time, l1'],
  ['devnet_startOutage', [], 'target is missing'],
  ['devnet_setLatency', ['batcher', 5], 'target: "batcher" is not one of l1, beacon, engine'],
  ['devnet_revert', [1], 'id: 1 is not text'],
] as const)('%s refuses %j', async (method, params, message) => {
  const { told, methods } = noting()
  await expect(methods[method]!([...params], context)).rejects.toThrow(message)
  expect(told).toEqual([])
})

test('what the devnet refuses is told to the caller', async () => {
  const { methods } = noting()
  const refusing = controlApi({
    snapshot: () => Promise.reject(new TaktError('NODE_PAUSED', 'the node does not run')),
  } as unknown as CheckedControl)
  expect(Object.keys(refusing)).toEqual(Object.keys(methods))
  await expect(refusing['devnet_snapshot']!([], context)).rejects.toMatchObject({
    shortMessage: 'the node does not run',
    data: { code: 'NODE_PAUSED' },
  })
})
