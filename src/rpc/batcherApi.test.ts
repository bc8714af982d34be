import { describe, expect, test } from 'vitest'
import { TaktError } from '../base/errors.ts'
import type { BatcherControl, ThrottleInfo } from '../batcher/batcher.ts'
import { batcherApi } from './batcherApi.ts'

const context = { signal: new AbortController().signal, notify: undefined }
const throttle: ThrottleInfo = {
  type: 'linear',
  lowerThreshold: 1_000,
  upperThreshold: 2_000,
  backlogBytes: 1_500,
  intensity: 0.5,
  maxTxBytes: 7_500,
  maxBlockBytes: 75_500,
}

/** A batcher that notes what is asked of it. */
function noting(changes: Partial<BatcherControl> = {}) {
  const calls: unknown[] = []
  const control: BatcherControl = {
    start: async () => void calls.push('start'),
    stop: async () => void calls.push('stop'),
    flush: () => void calls.push('flush'),
    throttle,
    setThrottleController: (type, pid) => void calls.push({ type, pid }),
    resetThrottleController: () => void calls.push('reset'),
    ...changes,
  }
  const api = batcherApi(control)
  const call = (method: string, ...params: unknown[]) => api[method]!(params, context)
  return { call, calls }
}

describe('the admin methods of a batcher', () => {
  test.each([
    ['admin_startBatcher', 'start'],
    ['admin_stopBatcher', 'stop'],
    ['admin_flushBatcher', 'flush'],
    ['admin_resetThrottleController', 'reset'],
  ])('%s', async (method, wanted) => {
    const { call, calls } = noting()
    expect(await call(method)).toBeNull()
    expect(calls).toEqual([wanted])
  })

  test('tell the state of throttling in the words of op-batcher', async () => {
    expect(await noting().call('admin_getThrottleController')).toEqual({
      type: 'linear',
      lower_threshold: 1_000,
      upper_threshold: 2_000,
      current_load: 1_500,
      intensity: 0.5,
      max_tx_size: 7_500,
      max_block_size: 75_500,
    })
  })

  test('change the controller; gains are read only for pid', async () => {
    const { call, calls } = noting()
    const pid = {
      ...{ kp: 0.1, ki: 0.2, kd: 0.3, integral_max: 10, output_max: 1 },
      sample_time: '1m30s',
    }
    await call('admin_setThrottleController', 'step', pid)
    await call('admin_setThrottleController', 'pid', pid)
    expect(calls).toEqual([
      { type: 'step', pid: undefined },
      {
        type: 'pid',
        pid: { kp: 0.1, ki: 0.2, kd: 0.3, integralMax: 10, outputMax: 1, sampleTimeMs: 90_000 },
      },
    ])
  })

  test.each([
    [['cubic'], 'step, linear, quadratic, pid'],
    [['pid'], 'needs its configuration'],
    [['pid', { kp: 'much' }], 'kp'],
    [
      ['pid', { kp: 1, ki: 1, kd: 1, integral_max: 1, output_max: 1, sample_time: 2 }],
      'sample_time',
    ],
  ])('refuse the controller %j', async (params, words) => {
    const { call, calls } = noting()
    await expect(call('admin_setThrottleController', ...params)).rejects.toThrow(words)
    expect(calls).toEqual([])
  })

  test('tell the caller why something is refused', async () => {
    const stop = () => Promise.reject(new TaktError('BATCHER_NOT_RUNNING', 'it is not running'))
    await expect(noting({ stop }).call('admin_stopBatcher')).rejects.toMatchObject({
      shortMessage: 'it is not running',
      data: { code: 'BATCHER_NOT_RUNNING' },
    })
  })
})
