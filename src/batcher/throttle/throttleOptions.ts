/** How the data backlog becomes an intensity of throttling. */
export const throttleControllerTypes = ['step', 'linear', 'quadratic', 'pid'] as const

export type ThrottleControllerType = (typeof throttleControllerTypes)[number]

/** Gains and bounds of the PID controller. */
export interface PidOptions {
  readonly kp: number
  readonly ki: number
  readonly kd: number
  /** Bound of the accumulated error. */
  readonly integralMax: number
  /** Greatest intensity; at most 1. */
  readonly outputMax: number
  /** Least time between two looks at the backlog. */
  readonly sampleTimeMs: number
}

/**
 * When blocks are made smaller, and how much. Names and defaults are op-batcher's. A lower limit of 0 sets no limit
 * of that kind at all.
 */
export interface ThrottleOptions {
  readonly controllerType: ThrottleControllerType
  /** Bytes of backlog above which throttling begins; 0 turns it off. */
  readonly lowerThreshold: number
  /** Bytes of backlog from which on it is at its greatest. Not read by step and pid. */
  readonly upperThreshold: number
  /** Bytes of a transaction at full intensity. */
  readonly txSizeLowerLimit: number
  /** Bytes of a transaction as soon as there is any throttling. */
  readonly txSizeUpperLimit: number
  /** Bytes of a block at full intensity. */
  readonly blockSizeLowerLimit: number
  /** Bytes of a block without throttling. */
  readonly blockSizeUpperLimit: number
  readonly pid: PidOptions
  /** Engines to be told beside those that the batcher reads from. */
  readonly additionalEndpoints: readonly string[]
}

const lowerThreshold = 3_200_000

export const defaultThrottleOptions: ThrottleOptions = {
  controllerType: 'quadratic',
  lowerThreshold,
  upperThreshold: 4 * lowerThreshold,
  txSizeLowerLimit: 150,
  txSizeUpperLimit: 20_000,
  blockSizeLowerLimit: 2_000,
  blockSizeUpperLimit: 130_000,
  pid: { kp: 0.33, ki: 0.01, kd: 0.05, integralMax: 1_000, outputMax: 1, sampleTimeMs: 2_000 },
  additionalEndpoints: [],
}

/** What is wrong with the options, in words; `undefined` when nothing is. */
export function throttleProblem(options: ThrottleOptions): string | undefined {
  const { controllerType, lowerThreshold, upperThreshold, pid } = options
  const isGradual = controllerType === 'linear' || controllerType === 'quadratic'
  if (isGradual && lowerThreshold !== 0 && upperThreshold <= lowerThreshold) {
    return `the upper threshold (${upperThreshold}) must be above the lower one (${lowerThreshold})`
  }
  const { blockSizeLowerLimit, blockSizeUpperLimit, txSizeLowerLimit, txSizeUpperLimit } = options
  if (blockSizeLowerLimit > 0 && blockSizeLowerLimit >= blockSizeUpperLimit) {
    return `the lower limit of blocks (${blockSizeLowerLimit}) must be below the upper one (${blockSizeUpperLimit})`
  }
  if (txSizeLowerLimit > 0 && controllerType !== 'step' && txSizeLowerLimit >= txSizeUpperLimit) {
    return `the lower limit of transactions (${txSizeLowerLimit}) must be below the upper one (${txSizeUpperLimit})`
  }
  return controllerType === 'pid' ? pidProblem(pid) : undefined
}

/** What is wrong with gains and bounds, in words. */
function pidProblem(pid: PidOptions): string | undefined {
  if (!(pid.kp >= 0 && pid.ki >= 0 && pid.kd >= 0)) return 'PID gains must not be negative'
  if (!(pid.integralMax > 0)) return `PID integral maximum must be above 0, got ${pid.integralMax}`
  if (!(pid.outputMax > 0 && pid.outputMax <= 1)) {
    return `PID output maximum must be above 0 and at most 1, got ${pid.outputMax}`
  }
  return pid.sampleTimeMs > 0
    ? undefined
    : `PID sample time must be above 0, got ${pid.sampleTimeMs}`
}
