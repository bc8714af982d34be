import { describe, expect, test } from 'vitest'
import { ThrottleController } from './throttleController.ts'
import { defaultThrottleOptions, type ThrottleOptions, throttleProblem } from './throttleOptions.ts'

const options: ThrottleOptions = {
  ...defaultThrottleOptions,
  lowerThreshold: 1_000_000,
  upperThreshold: 2_000_000,
  txSizeLowerLimit: 5_000,
  txSizeUpperLimit: 10_000,
  blockSizeLowerLimit: 21_000,
  blockSizeUpperLimit: 130_000,
}

describe('limits by backlog', () => {
  const idle = { maxTxBytes: 0, maxBlockBytes: 130_000 }
  test.each([
    { type: 'step', backlog: 1_000_000, intensity: 0, ...idle },
    { type: 'step', backlog: 1_000_001, intensity: 1, maxTxBytes: 5_000, maxBlockBytes: 21_000 },
    { type: 'linear', backlog: 999_999, intensity: 0, ...idle },
    { type: 'linear', backlog: 1_000_000, intensity: 0, ...idle },
    {
      type: 'linear',
      backlog: 1_500_000,
      intensity: 0.5,
      maxTxBytes: 7_500,
      maxBlockBytes: 75_500,
    },
    { type: 'linear', backlog: 2_000_000, intensity: 1, maxTxBytes: 5_000, maxBlockBytes: 21_000 },
    { type: 'linear', backlog: 9_000_000, intensity: 1, maxTxBytes: 5_000, maxBlockBytes: 21_000 },
    { type: 'quadratic', backlog: 1_000_000, intensity: 0, ...idle },
    {
      type: 'quadratic',
      backlog: 1_500_000,
      intensity: 0.25,
      maxTxBytes: 8_750,
      maxBlockBytes: 102_750,
    },
    {
      type: 'quadratic',
      backlog: 2_500_000,
      intensity: 1,
      maxTxBytes: 5_000,
      maxBlockBytes: 21_000,
    },
  ] as const)('$type at $backlog bytes', ({ type, backlog, ...expected }) => {
    const controller = new ThrottleController({ ...options, controllerType: type })
    expect(controller.update(backlog, 0)).toEqual(expected)
    expect(controller.state).toEqual(expected)
  })

  test('a lower limit of 0 sets no limit at all', () => {
    const unlimited = { ...options, txSizeLowerLimit: 0, blockSizeLowerLimit: 0 }
    const controller = new ThrottleController({ ...unlimited, controllerType: 'linear' })
    expect(controller.update(2_000_000, 0)).toEqual({
      intensity: 1,
      maxTxBytes: 0,
      maxBlockBytes: 0,
    })
  })

  test('are those of no backlog before anything is measured, and after a reset', () => {
    const controller = new ThrottleController({ ...options, controllerType: 'linear' })
    expect(controller.state).toEqual({ intensity: 0, ...idle })
    controller.update(2_000_000, 0)
    controller.reset()
    expect(controller.state).toEqual({ intensity: 0, ...idle })
  })
})

describe('the PID controller', () => {
  const pid = { kp: 0.2, ki: 0.1, kd: 0.05, integralMax: 2, outputMax: 0.9, sampleTimeMs: 1_000 }
  const create = () => new ThrottleController({ ...options, controllerType: 'pid', pid })

  test('adds what the error is, what it was, and how it changes', () => {
    const controller = create()
    // At first there is no past: 0.2 · 0.5.
    expect(controller.update(1_500_000, 0).intensity).toBeCloseTo(0.1)
    // 0.2 · 0.5 + 0.1 · (0.5 · 2 s) + 0.05 · 0.
    expect(controller.update(1_500_000, 2_000).intensity).toBeCloseTo(0.2)
    // 0.2 · 1 + 0.1 · (1 + 1 · 1 s) + 0.05 · 0.5 / 1 s: the integral is at its bound.
    expect(controller.update(2_000_000, 3_000).intensity).toBeCloseTo(0.425)
  })

  test('looks no more often than its sample time', () => {
    const controller = create()
    const { intensity } = controller.update(1_500_000, 0)
    expect(controller.update(9_000_000, 999).intensity).toBe(intensity)
    expect(controller.update(9_000_000, 1_000).intensity).toBe(0.9)
  })

  test('lets go at once when the backlog is worked off', () => {
    const controller = create()
    controller.update(9_000_000, 0)
    controller.update(9_000_000, 5_000)
    expect(controller.update(1_000_000, 6_000).intensity).toBe(0)
    expect(controller.update(1_500_000, 7_000).intensity).toBeCloseTo(0.1 + 0.05 + 0.025)
  })
})

describe('options', () => {
  test.each([
    [{ upperThreshold: 1_000_000 }, 'upper threshold'],
    [{ blockSizeLowerLimit: 130_000 }, 'of blocks'],
    [{ txSizeLowerLimit: 10_000 }, 'of transactions'],
    [{ controllerType: 'pid' as const, pid: { ...options.pid, kp: -1 } }, 'gains'],
    [{ controllerType: 'pid' as const, pid: { ...options.pid, integralMax: 0 } }, 'integral'],
    [{ controllerType: 'pid' as const, pid: { ...options.pid, outputMax: 2 } }, 'output'],
    [{ controllerType: 'pid' as const, pid: { ...options.pid, sampleTimeMs: 0 } }, 'sample time'],
  ])('%j is refused', (change, words) => {
    expect(throttleProblem({ ...options, ...change })).toContain(words)
  })

  test('need no upper limit of transactions with the step, and no thresholds when throttling is off', () => {
    const step = { ...options, controllerType: 'step' as const, txSizeUpperLimit: 0 }
    expect(throttleProblem(step)).toBeUndefined()
    expect(throttleProblem({ ...options, lowerThreshold: 0, upperThreshold: 0 })).toBeUndefined()
  })
})
